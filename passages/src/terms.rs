//! What passages are indexed and looked for by: words that say something, by their stem.

mod stopwords;

use std::collections::HashSet;

use snowball_stemmers_rs::{Algorithm, Stemmer};

use crate::words::{Kind, Word, each_word};

/// Letters of the shortest and the longest word with a stem.
const STEMMED: std::ops::RangeInclusive<usize> = 3..=40;

/// The terms of a text, in order and as often as they are there. Words that say nothing are left out; of Latin words
/// the English stem stands for all forms, which does other languages no harm as both sides are stemmed.
#[must_use]
pub fn terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    each_term(text, |term, _| terms.push(term));
    terms
}

/// The terms of a passage for its index: with a space before and behind each. Empty when there are none.
#[must_use]
pub fn indexed(text: &str) -> String {
    let mut indexed = String::with_capacity(text.len());
    each_term(text, |term, _| {
        if indexed.is_empty() {
            indexed.push(' ');
        }
        indexed.push_str(&term);
        indexed.push(' ');
    });
    indexed
}

/// What a question looks for: its terms in order, each once.
#[must_use]
pub fn question(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut terms = Vec::new();
    let mut pair = false;
    each_term(text, |term, kind| {
        // The last letter of a run is in the pair before it; alone it would find runs that end with it.
        let is_known = pair && kind == Kind::Last;
        pair = matches!(kind, Kind::Pair { .. });
        if !is_known && seen.insert(term.clone()) {
            terms.push(term);
        }
    });
    terms
}

fn each_term(text: &str, mut take: impl FnMut(String, Kind)) {
    let stemmer = Stemmer::create(Algorithm::English);
    each_word(text, |word| {
        if !stopwords::contains(&word.term) && !is_part(text, &word) {
            let stem = stemmed(&stemmer, word.term);
            take(stem, word.kind);
        }
        true
    });
}

fn stemmed(stemmer: &Stemmer, term: String) -> String {
    let is_latin =
        STEMMED.contains(&term.len()) && term.bytes().all(|letter| letter.is_ascii_lowercase());
    if !is_latin {
        return term;
    }
    let stem = stemmer.stem(&term);
    if stem.is_empty() {
        return term;
    }
    stem.into_owned()
}

/// What an apostrophe has cut off: the `s` of `it's`, the `don` of `don't`, the `l` of `l'eau`.
fn is_part(text: &str, word: &Word) -> bool {
    const APOSTROPHES: [char; 2] = ['\'', '’'];
    let before = text.get(..word.place.start).unwrap_or_default();
    let behind = text.get(word.place.end..).unwrap_or_default();
    match (word.term.as_str(), behind.strip_prefix(APOSTROPHES)) {
        ("s" | "t" | "d" | "m" | "ll" | "re" | "ve", _) => before.ends_with(APOSTROPHES),
        (term, Some(behind)) => {
            let mut behind = behind.chars();
            let (next, then) = (behind.next(), behind.next());
            let is_not = term.ends_with('n')
                && matches!(next, Some('t' | 'T'))
                && !then.is_some_and(char::is_alphanumeric);
            is_not || (term.len() == 1 && next.is_some_and(char::is_alphanumeric))
        }
        _ => false,
    }
}
