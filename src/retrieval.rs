//! Finding the passages that answer a question: those of one session's documents, compared by their words.

use aggregates::{IngestId, thread::Grounding};
use futures_util::{FutureExt, future::BoxFuture};
use passages::{question, rank};

use crate::{
    actors::{Passage, Retrieve},
    views::{PassageQuery, ViewError, Views},
};

/// Passages that an answer rests on at most.
const BEST: usize = 5;

/// Finds them in the views.
#[derive(Clone)]
pub struct Retriever(Views);

impl Retriever {
    /// Over these views.
    #[must_use]
    pub fn new(views: Views) -> Self {
        Self(views)
    }

    async fn best(self, grounding: Grounding, asked: String) -> Result<Vec<Passage>, ViewError> {
        let terms = question(&asked);
        if terms.is_empty() {
            return Ok(vec![]);
        }
        let query = PassageQuery {
            session: grounding.session.0,
            owner: grounding.owner.0,
            institution: grounding.institution,
            terms,
        };
        let candidates = self.0.passages(&query).await?;
        let words = candidates.iter().map(|candidate| candidate.words.as_str());
        let ranked = rank(&query.terms, words);
        let best: Vec<(String, f64)> = ranked
            .into_iter()
            .take(BEST)
            .filter_map(|(nth, score)| Some((candidates.get(nth)?.chunk.clone(), score)))
            .collect();
        let keys: Vec<String> = best.iter().map(|(chunk, _)| chunk.clone()).collect();
        let mut rows = self.0.passages_by_key(&keys).await?;
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
        Ok(best.into_iter().filter_map(passage).collect())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a score is small, and never negative"
)]
fn thousandths(score: f64) -> u64 {
    (score * 1000.0).round() as u64
}

impl Retrieve for Retriever {
    fn retrieve(
        &self,
        grounding: Grounding,
        question: String,
    ) -> BoxFuture<'static, Result<Vec<Passage>, String>> {
        let best = self.clone().best(grounding, question);
        best.map(|best| best.map_err(|error| error.to_string()))
            .boxed()
    }
}
