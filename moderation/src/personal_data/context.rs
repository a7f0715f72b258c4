//! The words around a candidate: what speaks for it and what against it.
//!
//! Only so many characters to each side count ([`BEFORE`], [`AFTER`]); the streaming window relies on that. All words of
//! all kinds are looked for at once, so that how many there are costs nothing.

use std::{ops::Range, sync::LazyLock};

use aho_corasick::AhoCorasick;

use super::{iban, lettered, network, numbers, phones, wallets};
use crate::nearby::{ends_word, floor, is_word, starts_word};

/// How many bytes before a candidate are read.
const BEFORE: usize = 64;
/// Within how many of these a word against it is about it beyond doubt.
const NEAR: usize = 32;
/// How many bytes after it.
pub(crate) const AFTER: usize = 24;

/// Words that say a number is something else.
#[rustfmt::skip]
const AGAINST: &[&str] = &[
    "order", "reference", "ref", "tracking", "ticket", "job", "serial", "commit", "version", "isbn", "sha256",
    "quota", "bytes", "build", "release", "invoice no", "invoice number", "checksum", "uuid", "room code", "price",
    "coordinates", "score", "rate", "average", "sku", "part number", "model number", "case number", "bestellnummer",
    "bestellung", "tellimus", "commande", "pedido", "ordine", "zamówienie", "timestamp", "epoch", "example", "sample",
    "dummy", "test number", "fake", "placeholder", "beispiel", "näide", "ejemplo", "exemple", "esempio",
];

/// Every word that is looked for: those of [`AGAINST`], then those that speak for some kind.
struct Words {
    automaton: AhoCorasick,
    speaking: Vec<&'static str>,
}

static WORDS: LazyLock<Option<Words>> = LazyLock::new(|| {
    let kinds = [
        iban::CONTEXT,
        network::CONTEXT,
        phones::CONTEXT,
        wallets::CONTEXT,
    ];
    let mut speaking: Vec<&str> = kinds
        .into_iter()
        .chain(numbers::contexts())
        .chain(lettered::contexts())
        .flatten()
        .copied()
        .collect();
    speaking.sort_unstable();
    speaking.dedup();
    let all = AGAINST.iter().chain(&speaking);
    let automaton = AhoCorasick::new(all.map(|word| word.replace('\n', " "))).ok()?;
    Some(Words {
        automaton,
        speaking,
    })
});

/// What a candidate's surroundings say.
pub(super) struct Context {
    span: Range<usize>,
    /// Words that speak for something, and where they stand before it.
    before: Vec<(&'static str, usize)>,
    /// Words that speak for something behind it.
    after: Vec<&'static str>,
    /// Where the last word stands that says it is something else. A word in a domain or a path is none.
    against: Option<usize>,
    /// Whether that is right before it.
    near: bool,
    /// Whether there is nothing else in the text.
    alone: bool,
}

impl Context {
    pub(super) fn of(text: &str, span: &Range<usize>) -> Self {
        let from = floor(text, span.start.saturating_sub(BEFORE));
        let to = floor(text, (span.end + AFTER).min(text.len()));
        let before = text.get(from..span.start).unwrap_or_default();
        let after = text.get(span.end..to).unwrap_or_default();
        let mut context = Self {
            span: span.clone(),
            before: Vec::new(),
            after: Vec::new(),
            against: None,
            near: false,
            alone: span.start < 4
                && to == text.len()
                && after.trim().len() < 4
                && before.trim().len() < 4,
        };
        if let Some(words) = WORDS.as_ref() {
            context.read_before(&folded(before), words);
            context.read_after(&folded(after), words);
        }
        context
    }

    /// Whether this is what stands around that span.
    pub(super) fn is_of(&self, span: &Range<usize>) -> bool {
        self.span == *span
    }

    fn read_before(&mut self, lines: &str, words: &Words) {
        let text = &*lines.replace('\n', " ");
        for found in words.automaton.find_overlapping_iter(text) {
            let at = found.start();
            match found.pattern().as_usize().checked_sub(AGAINST.len()) {
                Some(place)
                    if is_word(text, words.speaking[place], at)
                        && ends_alike(lines, words.speaking[place], found.end()) =>
                {
                    self.before.push((words.speaking[place], at));
                }
                None if starts_word(text, at)
                    && (found.len() > 4 || ends_word(text, found.end()))
                    && !text[..at].ends_with(['.', '@', '/', '_']) =>
                {
                    self.against = self.against.max(Some(at));
                    self.near |= text.len() - at <= NEAR;
                }
                _ => {}
            }
        }
    }

    fn read_after(&mut self, lines: &str, words: &Words) {
        let text = &*lines.replace('\n', " ");
        for found in words.automaton.find_overlapping_iter(text) {
            let place = found.pattern().as_usize().checked_sub(AGAINST.len());
            let word = place.map(|place| words.speaking[place]);
            self.after.extend(word.filter(|word| {
                is_word(text, word, found.start()) && ends_alike(lines, word, found.end())
            }));
        }
    }

    /// How much the surroundings add to the confidence that this is what `words` speak of.
    pub(super) fn weight(&self, words: &[&str]) -> f32 {
        let before = self.before.iter().filter(|(word, _)| words.contains(word));
        let speaks_for = before.map(|(_, at)| *at).max();
        match (speaks_for, self.against) {
            (Some(near), Some(far)) if near >= far => 0.4,
            (None, None) if self.after.iter().any(|word| words.contains(word)) => 0.3,
            (None, None) if self.alone => 0.2,
            (Some(_), None) => 0.4,
            (None, None) => 0.0,
            (Some(_), Some(_)) if !self.near => 0.2,
            (None, Some(_)) if !self.near => -0.15,
            (_, Some(_)) => -0.5,
        }
    }
}

/// A text in small letters, with one space for every run of white space, and one line break for one that ends a line.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.to_lowercase().chars() {
        if !character.is_whitespace() {
            folded.push(character);
        } else if character == '\n' && !folded.ends_with('\n') {
            folded.truncate(folded.trim_end_matches(' ').len());
            folded.push('\n');
        } else if !folded.ends_with([' ', '\n']) {
            folded.push(' ');
        }
    }
    folded
}

/// Whether a word that is to end its line does.
fn ends_alike(lines: &str, word: &str, end: usize) -> bool {
    !word.ends_with('\n') || lines[..end].ends_with('\n')
}
