//! Finding the passages that answer a question: those of one session's documents, compared by their words, and where
//! somebody makes vectors by these, too.

use std::{collections::HashMap, time::Duration};

use aggregates::{
    IngestId,
    thread::{Attempt, Grounding},
};
use futures_util::{FutureExt, future::BoxFuture};
use passages::{fuse, question, rank};
use tokio::time::timeout;

use crate::{
    actors::{Passage, Retrieve, Retrieved},
    providers::{VectorModel, decoded},
    views::{PassageQuery, PassageWords, ViewError, Views},
};

/// Passages that an answer rests on at most.
const BEST: usize = 5;
/// Of each way of comparing, those that are looked at together.
const OF_EACH: usize = 15;
/// How long a question waits for its vector, before it is looked for by its words alone.
const PATIENCE: Duration = Duration::from_secs(10);

/// Finds them in the views.
#[derive(Clone)]
pub struct Retriever {
    views: Views,
    vectors: Option<VectorModel>,
    /// How near a passage has to be whose words are others, as a cosine.
    least: f32,
}

/// Passages by their places among the candidates, best first, with how well they fit.
type Ranking = Vec<(usize, f64)>;

impl Retriever {
    /// Over these views; `least_similarity` in per cent.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "at most 100")]
    pub fn new(views: Views, vectors: Option<VectorModel>, least_similarity: u64) -> Self {
        Self {
            views,
            vectors,
            least: least_similarity as f32 / 100.0,
        }
    }

    async fn best(self, grounding: Grounding, asked: String) -> Result<Retrieved, ViewError> {
        let terms = question(&asked);
        // Where nothing is said nothing is near to it.
        if terms.is_empty() {
            return Ok(Retrieved::default());
        }
        let (vector, attempts) = self.vector(&asked).await;
        let embedder = self.vectors.as_ref().filter(|_| vector.is_some());
        let query = PassageQuery {
            session: grounding.session.0,
            owner: grounding.owner.0,
            institution: grounding.institution,
            terms,
            embedder: embedder.map(|model| {
                let route = model.route();
                format!("{}/{}", route.provider, route.model)
            }),
        };
        let candidates = self.views.passages(&query).await?;
        let words = candidates.iter().map(|candidate| candidate.words.as_str());
        let by_words = rank(&query.terms, words);
        let best = match vector {
            None => by_words,
            Some(vector) => together(&by_words, &near(&candidates, &vector, self.least)),
        };
        let best: Vec<(String, f64)> = best
            .into_iter()
            .take(BEST)
            .filter_map(|(nth, score)| Some((candidates.get(nth)?.chunk.clone(), score)))
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
        Ok(Retrieved {
            passages: best.into_iter().filter_map(passage).collect(),
            attempts,
        })
    }

    /// The question's vector, where somebody makes some; and the call.
    async fn vector(&self, asked: &str) -> (Option<Vec<f32>>, Vec<Attempt>) {
        let Some(model) = &self.vectors else {
            return (None, vec![]);
        };
        match timeout(PATIENCE, model.of_one(asked)).await {
            Ok((Ok(vector), attempt)) => (Some(vector), vec![attempt]),
            Ok((Err(error), attempt)) => {
                tracing::warn!(%error, "a question has no vector");
                (None, vec![attempt])
            }
            Err(_) => {
                tracing::warn!("a question has had no vector in time");
                (None, vec![])
            }
        }
    }
}

/// Those that are near, nearest first.
fn near(candidates: &[PassageWords], vector: &[f32], least: f32) -> Ranking {
    let mut near: Ranking = candidates
        .iter()
        .enumerate()
        .filter_map(|(nth, candidate)| {
            let cosine = cosine(vector, &decoded(candidate.vector.as_deref()?)?)?;
            (cosine >= least).then_some((nth, f64::from(cosine)))
        })
        .collect();
    near.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    near
}

/// Both ways of comparing as one, by reciprocal rank. A passage is as good as it is near; one that only has the words, as
/// its place says.
fn together(by_words: &Ranking, near: &Ranking) -> Ranking {
    let first = |ranking: &Ranking| -> Vec<usize> {
        ranking.iter().take(OF_EACH).map(|(nth, _)| *nth).collect()
    };
    let nearness: HashMap<usize, f64> = near.iter().copied().collect();
    let fused = fuse(&[&first(by_words), &first(near)]);
    fused
        .into_iter()
        .map(|nth| (nth, nearness.get(&nth).copied().unwrap_or(0.0)))
        .collect()
}

/// `None`: they are not of one model, or one of them is nothing.
fn cosine(one: &[f32], other: &[f32]) -> Option<f32> {
    if one.len() != other.len() {
        return None;
    }
    let product = |one: &[f32], other: &[f32]| -> f32 {
        one.iter().zip(other).map(|(one, other)| one * other).sum()
    };
    let lengths = (product(one, one) * product(other, other)).sqrt();
    let cosine = product(one, other) / lengths;
    cosine.is_finite().then_some(cosine)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::encoded;

    fn candidate(vector: Option<&[f32]>) -> PassageWords {
        PassageWords {
            chunk: String::new(),
            words: String::new(),
            vector: vector.map(encoded),
        }
    }

    #[test]
    fn what_is_near_comes_in_the_order_of_its_nearness() {
        let candidates = [
            candidate(Some(&[0.0, 1.0])),
            candidate(None),
            candidate(Some(&[3.0, 0.1])),
            candidate(Some(&[1.0, 1.0])),
            candidate(Some(&[0.0, 0.0])),
            candidate(Some(&[1.0])),
            candidate(Some(&[-1.0, 0.0])),
        ];
        let near = near(&candidates, &[2.0, 0.0], 0.3);
        let places: Vec<usize> = near.iter().map(|(nth, _)| *nth).collect();
        assert_eq!(places, [2, 3]);
        assert!((near[1].1 - 0.707).abs() < 0.001);
    }

    #[test]
    fn what_is_first_by_words_and_near_is_first_of_all() {
        let by_words = vec![(4, 9.0), (1, 3.0)];
        let near = vec![(1, 0.9), (7, 0.5)];
        assert_eq!(together(&by_words, &near), [(1, 0.9), (4, 0.0), (7, 0.5)]);
    }
}
