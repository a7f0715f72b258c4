//! Finding the passages that answer a question: those of one session's documents, compared by their words, and where
//! somebody makes vectors by these, too; the best of them in the order of who reads them beside the question, where
//! somebody does.

mod comparison;

use std::{sync::Arc, time::Duration};

use aggregates::{
    IngestId,
    thread::{Attempt, Grounding},
};
use futures_util::{FutureExt, future::BoxFuture};
use passages::question;
use tokio::sync::Semaphore;

use self::comparison::{Comparison, OF_EACH};
use crate::{
    actors::{Passage, Retrieve, Retrieved},
    providers::{RerankModel, VectorModel},
    views::{PassageQuery, ViewError, Views, chunk_key},
};

/// Passages that an answer rests on at most.
const BEST: usize = 5;
/// Sessions whose passages are read at a time.
const AT_ONCE: usize = 4;
/// How long a question waits for its vector, before it is looked for by its words alone.
const PATIENCE: Duration = Duration::from_secs(10);

/// Finds them in the views.
#[derive(Clone)]
pub struct Retriever {
    views: Views,
    vectors: Option<VectorModel>,
    order: Option<RerankModel>,
    /// A large session's passages take a connection for a while: others need some, too.
    slots: Arc<Semaphore>,
    /// How near a passage has to be whose words are others, as a cosine.
    least: f32,
}

impl Retriever {
    /// Over these views; `least_similarity` in per cent.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "at most 100")]
    pub fn new(views: Views, vectors: Option<VectorModel>, least_similarity: u64) -> Self {
        Self {
            views,
            vectors,
            order: None,
            slots: Arc::new(Semaphore::new(AT_ONCE)),
            least: least_similarity as f32 / 100.0,
        }
    }

    /// The same, with somebody who puts the best of them in an order.
    #[must_use]
    pub fn reranked_by(self, order: Option<RerankModel>) -> Self {
        Self { order, ..self }
    }

    async fn best(self, grounding: Grounding, asked: String) -> Result<Retrieved, ViewError> {
        let terms = question(&asked);
        // Where nothing is said nothing is near to it.
        if terms.is_empty() {
            return Ok(Retrieved::default());
        }
        let (vector, mut attempts) = self.vector(&asked).await;
        let embedder = self.vectors.as_ref().filter(|_| vector.is_some());
        let query = PassageQuery {
            session: grounding.session.0,
            owner: grounding.owner.0,
            institution: grounding.institution,
            embedder: embedder.map(|model| {
                let route = model.route();
                format!("{}/{}", route.provider, route.model)
            }),
        };
        let mut comparison = Comparison::new(&terms, vector.as_deref(), self.least);
        {
            let _slot = self.slots.acquire().await;
            let read = |passage| comparison.read(passage);
            self.views.passages(&query, read).await?;
        }
        let most = self.order.as_ref().map_or(BEST, |_| OF_EACH);
        let best: Vec<(String, f64)> = comparison
            .best()
            .into_iter()
            .take(most)
            .map(|found| {
                let key = chunk_key(&found.ingest, found.place.unsigned_abs());
                (key, found.score)
            })
            .collect();
        let keys: Vec<String> = best.iter().map(|(chunk, _)| chunk.clone()).collect();
        let mut rows = self.views.passages_by_key(&keys).await?;
        let passage = |(chunk, score): (String, f64)| {
            let row = rows.remove(&chunk)?;
            Some(Passage {
                ingest: IngestId(row.ingest.parse().ok()?),
                place: row.place.unsigned_abs(),
                filename: row.filename,
                page: row.page.map(i64::unsigned_abs),
                text: row.text,
                score: thousandths(score),
            })
        };
        let found = best.into_iter().filter_map(passage).collect();
        let mut passages = self.in_order(&asked, found, &mut attempts).await;
        passages.truncate(BEST);
        Ok(Retrieved { passages, attempts })
    }

    /// The passages, best first as somebody says who reads them; where nobody does, as they were.
    async fn in_order(
        &self,
        asked: &str,
        found: Vec<Passage>,
        attempts: &mut Vec<Attempt>,
    ) -> Vec<Passage> {
        let Some(model) = self.order.as_ref().filter(|_| found.len() > 1) else {
            return found;
        };
        let texts: Vec<String> = found.iter().map(|passage| passage.text.clone()).collect();
        let (order, attempt) = model.order(asked, &texts, BEST).await;
        attempts.push(attempt);
        match order {
            Ok(order) => placed(found, &order),
            Err(error) => {
                let (kind, status) = (error.kind(), error.status());
                tracing::warn!(kind, status, "passages are not reranked");
                found
            }
        }
    }

    /// The question's vector, where somebody makes some; and the call.
    async fn vector(&self, asked: &str) -> (Option<Vec<f32>>, Vec<Attempt>) {
        let Some(model) = &self.vectors else {
            return (None, vec![]);
        };
        match model.of_one(asked, PATIENCE).await {
            (Ok(vector), attempt) => (Some(vector), vec![attempt]),
            (Err(error), attempt) => {
                let (kind, status) = (error.kind(), error.status());
                tracing::warn!(kind, status, "a question has no vector");
                (None, vec![attempt])
            }
        }
    }
}

/// Those that have a place in this order, with how well they fit by it; then the others, which fit less.
fn placed(found: Vec<Passage>, order: &[(usize, f64)]) -> Vec<Passage> {
    let mut found: Vec<Option<Passage>> = found.into_iter().map(Some).collect();
    let mut placed = vec![];
    for (nth, score) in order {
        if let Some(passage) = found.get_mut(*nth).and_then(Option::take) {
            let score = thousandths(*score);
            placed.push(Passage { score, ..passage });
        }
    }
    let least = placed.last().map_or(0, |passage| passage.score);
    let others = found.into_iter().flatten();
    placed.extend(others.map(|passage| Passage {
        score: passage.score.min(least),
        ..passage
    }));
    placed
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a score is small, and never negative"
)]
fn thousandths(score: f64) -> u64 {
    (score.max(0.0) * 1000.0).round() as u64
}

impl Retrieve for Retriever {
    fn retrieve(
        &self,
        grounding: Grounding,
        question: String,
    ) -> BoxFuture<'static, Result<Retrieved, String>> {
        let best = self.clone().best(grounding, question);
        best.map(|best| best.map_err(|error| error.to_string()))
            .boxed()
    }
}
