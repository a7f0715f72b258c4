//! A question beside passages that come one after the other: of each is kept what ranking needs, and no more.

use std::collections::HashMap;

use passages::{Ranker, fuse};

use crate::{providers::decoded, views::PassageWords};

/// Of each way of comparing, those that are looked at together.
pub(super) const OF_EACH: usize = 15;

/// Where a passage stands: its document's number, and its place in it.
type Place = (i64, i64);
/// Passages, best first, with how well they fit.
type Ranking = Vec<(Place, f64)>;

/// See the module.
pub(super) struct Comparison<'q> {
    by_words: Ranker<'q, Place>,
    vector: Option<&'q [f32]>,
    /// How near a passage has to be whose words are others, as a cosine.
    least: f32,
    near: Ranking,
    /// The documents' ingests by their numbers.
    documents: HashMap<i64, String>,
}

/// A passage that fits.
#[derive(Debug, PartialEq)]
pub(super) struct Fitting {
    /// Its document's ingest.
    pub(super) ingest: String,
    /// Its place in it.
    pub(super) place: i64,
    /// How well it fits: how near it is where vectors were compared, else by its words.
    pub(super) score: f64,
}

impl<'q> Comparison<'q> {
    /// By these terms; and by this vector, where there is one.
    pub(super) fn new(terms: &'q [String], vector: Option<&'q [f32]>, least: f32) -> Self {
        Self {
            by_words: Ranker::new(terms),
            vector,
            least,
            near: vec![],
            documents: HashMap::new(),
        }
    }

    /// Reads the next passage.
    pub(super) fn read(&mut self, passage: PassageWords) {
        let place = (passage.number, passage.place);
        self.by_words.read(place, &passage.words);
        if let Some(nearness) = self.nearness(passage.vector.as_deref()) {
            self.near.push((place, f64::from(nearness)));
        }
        self.documents
            .entry(passage.number)
            .or_insert(passage.ingest);
    }

    /// How near it is, if that is near enough.
    fn nearness(&self, vector: Option<&str>) -> Option<f32> {
        let cosine = cosine(self.vector?, &decoded(vector?)?)?;
        (cosine >= self.least).then_some(cosine)
    }

    /// The best of all that were read, best first, at most [`OF_EACH`] of each way of comparing.
    pub(super) fn best(mut self) -> Vec<Fitting> {
        let by_words = self.by_words.ranked();
        let ranking = match self.vector {
            None => by_words,
            Some(_) => {
                self.near
                    .sort_unstable_by(|(one_is, one), (other_is, other)| {
                        other.total_cmp(one).then_with(|| one_is.cmp(other_is))
                    });
                together(&by_words, &self.near)
            }
        };
        let documents = self.documents;
        ranking
            .into_iter()
            .take(2 * OF_EACH)
            .filter_map(|((number, place), score)| {
                Some(Fitting {
                    ingest: documents.get(&number)?.clone(),
                    place,
                    score,
                })
            })
            .collect()
    }
}

/// Both ways of comparing as one, by reciprocal rank. A passage is as good as it is near; one that only has the words, as
/// its place says.
fn together(by_words: &Ranking, near: &Ranking) -> Ranking {
    let first = |ranking: &Ranking| -> Vec<Place> {
        let first = ranking.iter().take(OF_EACH);
        first.map(|(place, _)| *place).collect()
    };
    let nearness: HashMap<Place, f64> = near.iter().copied().collect();
    let fused = fuse(&[&first(by_words), &first(near)]);
    fused
        .into_iter()
        .map(|place| (place, nearness.get(&place).copied().unwrap_or(0.0)))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use passages::rank;
    use proptest::prelude::*;

    use super::*;
    use crate::providers::encoded;

    fn passage(number: i64, place: i64, words: &str, vector: Option<&[f32]>) -> PassageWords {
        PassageWords {
            ingest: format!("document {number}"),
            number,
            place,
            words: words.to_owned(),
            vector: vector.map(encoded),
        }
    }

    fn places(fitting: &[Fitting]) -> Vec<i64> {
        fitting.iter().map(|fitting| fitting.place).collect()
    }

    #[test]
    fn what_is_near_comes_in_the_order_of_its_nearness() {
        let vectors = [
            Some(&[0.0, 1.0][..]),
            None,
            Some(&[3.0, 0.1]),
            Some(&[1.0, 1.0]),
            Some(&[0.0, 0.0]),
            Some(&[1.0]),
            Some(&[-1.0, 0.0]),
        ];
        let mut comparison = Comparison::new(&[], Some(&[2.0, 0.0]), 0.3);
        for (place, vector) in (0..).zip(vectors) {
            comparison.read(passage(1, place, "", vector));
        }
        let near = comparison.best();
        assert_eq!(places(&near), [2, 3]);
        assert!((near[1].score - 0.707).abs() < 0.001);
    }

    #[test]
    fn what_is_first_by_words_and_near_is_first_of_all() {
        let by_words = vec![((0, 4), 9.0), ((0, 1), 3.0)];
        let near = vec![((0, 1), 0.9), ((0, 7), 0.5)];
        assert_eq!(
            together(&by_words, &near),
            [((0, 1), 0.9), ((0, 4), 0.0), ((0, 7), 0.5)]
        );
    }

    /// A passage as the views give it: of some document, with some words, and perhaps with a vector.
    fn any_passage() -> impl Strategy<Value = (i64, String, Option<[f32; 2]>)> {
        let words = prop::collection::vec("[a-d]", 0..6);
        let words = words.prop_map(|words| format!(" {} ", words.join(" ")));
        let vector = prop::option::of([-3..=3i8, -3..=3i8].prop_map(|both| both.map(f32::from)));
        (0..4i64, words, vector)
    }

    proptest! {
        /// All passages held together, ranked, put in the order of their nearness and fused.
        #[test]
        fn what_comes_one_by_one_is_compared_as_all_at_once(
            passages in prop::collection::vec(any_passage(), 0..60),
            asked in prop::collection::vec("[a-d]", 1..4),
            turned in any::<prop::sample::Index>(),
        ) {
            let question = [1.0, 0.5];
            let mut all: Vec<PassageWords> = (0..)
                .zip(&passages)
                .map(|(place, (number, words, vector))| passage(*number, place, words, vector.as_ref().map(|it| &it[..])))
                .collect();
            all.sort_by_key(|passage| (passage.number, passage.place));
            let at = |nth: usize| (all[nth].number, all[nth].place);
            let by_words: Ranking = rank(&asked, all.iter().map(|passage| passage.words.as_str()))
                .into_iter()
                .map(|(nth, score)| (at(nth), score))
                .collect();
            let mut near: Ranking = all
                .iter()
                .filter_map(|passage| {
                    let cosine = cosine(&question, &decoded(passage.vector.as_deref()?)?)?;
                    (cosine >= 0.3).then_some(((passage.number, passage.place), f64::from(cosine)))
                })
                .collect();
            near.sort_by(|(_, one), (_, other)| other.total_cmp(one));
            let expected = [None, Some(&question[..])].map(|vector| match vector {
                None => by_words.clone(),
                Some(_) => together(&by_words, &near),
            });

            let mut coming = all.clone();
            if !coming.is_empty() {
                let by = turned.index(coming.len());
                coming.rotate_left(by);
            }
            for (vector, expected) in [None, Some(&question[..])].into_iter().zip(expected) {
                let mut comparison = Comparison::new(&asked, vector, 0.3);
                coming.iter().cloned().for_each(|passage| comparison.read(passage));
                let best = comparison.best();
                prop_assert_eq!(best.len(), expected.len().min(2 * OF_EACH));
                for (found, ((number, place), score)) in best.iter().zip(expected) {
                    prop_assert_eq!(&found.ingest, &format!("document {number}"));
                    prop_assert_eq!((found.place, found.score), (place, score));
                }
            }
        }
    }
}
