//! Which passages answer a question best: BM25, and several rankings made one.

use std::{collections::HashMap, hash::Hash};

/// How fast a term's repetition counts less, and how much a long passage counts less: BM25's usual figures.
const SATURATION: f64 = 1.2;
const LENGTH_COUNTS: f64 = 0.75;

/// How little the first places of a ranking stand out when it is fused: the usual figure.
const FLATNESS: u128 = 60;

/// Ranks passages, given as [`indexed`](crate::indexed), for the terms of a [`question`](fn@crate::question): which
/// one, and its score, best first, equals in their order. Those with none of the terms are left out. How rare a term
/// is, and how long a passage usually, is taken from exactly these passages.
#[must_use]
pub fn rank<'a>(question: &[String], passages: impl Iterator<Item = &'a str>) -> Vec<(usize, f64)> {
    let mut ranker = Ranker::new(question);
    for (place, indexed) in passages.enumerate() {
        ranker.read(place, indexed);
    }
    ranker.ranked()
}

/// The same for passages that are read one after the other, and not kept: of each that has some of the terms it is
/// remembered which and how often, and of the others that they were there. `K` is what a passage is known by; equals
/// are in the order of it, however they came.
pub struct Ranker<'a, K> {
    wanted: Wanted<'a>,
    found: Vec<Found<K>>,
    hits: Vec<Hit>,
    count: usize,
    words: usize,
}

impl<'a, K: Ord> Ranker<'a, K> {
    /// For these terms.
    #[must_use]
    pub fn new(question: &'a [String]) -> Self {
        Self {
            wanted: Wanted::new(question),
            found: vec![],
            hits: vec![],
            count: 0,
            words: 0,
        }
    }

    /// Reads the next passage.
    pub fn read(&mut self, passage: K, indexed: &str) {
        let before = self.hits.len();
        let length = self.wanted.count(indexed, &mut self.hits);
        self.count += 1;
        self.words += length;
        if self.hits.len() > before {
            self.found.push(Found {
                passage,
                length,
                hits: before..self.hits.len(),
            });
        }
    }

    /// What was read, ranked.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of terms are small")]
    pub fn ranked(self) -> Vec<(K, f64)> {
        let with = self.wanted.passages.iter();
        let rarity: Vec<f64> = with.map(|with| rarity(*with, self.count)).collect();
        let usual = self.words as f64 / self.count as f64;
        let score = |found: &Found<K>| -> f64 {
            let length = found.length as f64 / usual;
            let weight = SATURATION * (1.0 - LENGTH_COUNTS + LENGTH_COUNTS * length);
            let hits = self.hits.get(found.hits.clone()).unwrap_or_default();
            let scores = hits.iter().map(|hit| {
                let often = f64::from(hit.often);
                let rarity = rarity.get(hit.term as usize).copied().unwrap_or_default();
                rarity * often * (SATURATION + 1.0) / (often + weight)
            });
            scores.sum()
        };
        let scored = self.found.into_iter();
        let mut ranked: Vec<(K, f64)> = scored
            .map(|found| {
                let score = score(&found);
                (found.passage, score)
            })
            .collect();
        ranked.sort_unstable_by(|(one_is, one), (other_is, other)| {
            other.total_cmp(one).then_with(|| one_is.cmp(other_is))
        });
        ranked
    }
}

/// How much it says that a term is there: Robertson's idf, as Lucene keeps it above zero.
#[expect(clippy::cast_precision_loss, reason = "counts of passages are small")]
pub(crate) fn rarity(with: usize, of: usize) -> f64 {
    let (with, of) = (with as f64, of as f64);
    (1.0 + (of - with + 0.5) / (with + 0.5)).ln()
}

/// A passage with some of the terms.
struct Found<K> {
    passage: K,
    length: usize,
    hits: std::ops::Range<usize>,
}

/// A term of the question in a passage.
struct Hit {
    term: u32,
    often: u32,
}

/// The terms of a question.
struct Wanted<'a> {
    places: HashMap<&'a str, u32>,
    /// First bytes of terms: most words of a passage are none of them, which this tells fast.
    begins: [bool; 256],
    /// In how many passages each is.
    passages: Vec<usize>,
    /// In the passage that is read, how often each is.
    often: Vec<u32>,
}

impl<'a> Wanted<'a> {
    fn new(question: &'a [String]) -> Self {
        let mut places = HashMap::new();
        let mut begins = [false; 256];
        for term in question {
            let next = u32::try_from(places.len()).unwrap_or(u32::MAX);
            places.entry(term.as_str()).or_insert(next);
            let begin = term.bytes().next().map(usize::from);
            if let Some(begins) = begin.and_then(|begin| begins.get_mut(begin)) {
                *begins = true;
            }
        }
        Self {
            passages: vec![0; places.len()],
            often: vec![0; places.len()],
            places,
            begins,
        }
    }

    /// Reads a passage: adds a hit for each term in it, and says how many terms it has at all.
    fn count(&mut self, indexed: &str, hits: &mut Vec<Hit>) -> usize {
        let mut length = 0;
        let before = hits.len();
        for term in indexed.split(' ').filter(|term| !term.is_empty()) {
            length += 1;
            let begin = term.bytes().next().map(usize::from);
            if begin.is_none_or(|begin| self.begins.get(begin) != Some(&true)) {
                continue;
            }
            let Some(&term) = self.places.get(term) else {
                continue;
            };
            if let Some(often) = self.often.get_mut(term as usize) {
                if *often == 0 {
                    hits.push(Hit { term, often: 0 });
                }
                *often = often.saturating_add(1);
            }
        }
        // In the order of the question, so that equal passages have equal sums.
        let new = hits.get_mut(before..).unwrap_or_default();
        new.sort_unstable_by_key(|hit| hit.term);
        for hit in new {
            if let Some(often) = self.often.get_mut(hit.term as usize) {
                hit.often = std::mem::take(often);
            }
            if let Some(passages) = self.passages.get_mut(hit.term as usize) {
                *passages += 1;
            }
        }
        length
    }
}

/// Makes one ranking of several by reciprocal rank: what stands high in most of them comes first, equals in the order
/// in which they are met, list by list. In one list, what stands there again does not count again.
#[must_use]
pub fn fuse<T: Copy + Eq + Hash>(lists: &[&[T]]) -> Vec<T> {
    let mut places: HashMap<T, usize> = HashMap::new();
    let mut fused: Vec<(T, u128, usize)> = Vec::new();
    for (number, list) in (1..).zip(lists) {
        for (rank, &item) in (1..).zip(*list) {
            let next = fused.len();
            let place = *places.entry(item).or_insert(next);
            if place == next {
                fused.push((item, 0, 0));
            }
            if let Some((_, score, last)) = fused.get_mut(place)
                && *last != number
            {
                *last = number;
                // A fraction of 2^64: sums of these are the same in any order.
                *score += (1 << 64) / (FLATNESS + rank);
            }
        }
    }
    fused.sort_by(|(_, one, _), (_, other, _)| other.cmp(one));
    fused.into_iter().map(|(item, _, _)| item).collect()
}
