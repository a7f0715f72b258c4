//! The words around a candidate: what speaks for it and what against it.
//!
//! Only so many characters to each side count ([`BEFORE`], [`AFTER`]); the streaming window relies on that.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::nearby::{ends_word, floor, has_word, starts_word};

/// How many bytes before a candidate are read.
const BEFORE: usize = 64;
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

static AGAINST_ALL: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(AGAINST).ok());

/// What a candidate's surroundings say.
pub(super) struct Context {
    before: String,
    after: String,
    /// Whether there is nothing else in the text.
    pub(super) alone: bool,
}

impl Context {
    pub(super) fn of(text: &str, start: usize, end: usize) -> Self {
        let from = floor(text, start.saturating_sub(BEFORE));
        let to = floor(text, (end + AFTER).min(text.len()));
        let before = text.get(from..start).unwrap_or_default();
        let after = text.get(end..to).unwrap_or_default();
        Self {
            alone: start < 4
                && to == text.len()
                && after.trim().len() < 4
                && before.trim().len() < 4,
            before: before.to_lowercase(),
            after: after.to_lowercase(),
        }
    }

    /// How much the surroundings add to the confidence that this is what `words` speak of.
    pub(super) fn weight(&self, words: &[&str]) -> f32 {
        let speaks_for = words
            .iter()
            .filter_map(|word| has_word(&self.before, word))
            .max();
        let against = self.against();
        match (speaks_for, against) {
            (Some(near), Some(far)) if near >= far => 0.4,
            (None, None)
                if words
                    .iter()
                    .any(|word| has_word(&self.after, word).is_some()) =>
            {
                0.3
            }
            (None, None) if self.alone => 0.2,
            (Some(_), None) => 0.4,
            (None, None) => 0.0,
            (_, Some(_)) => -0.5,
        }
    }

    /// Where the last word stands that says it is something else. A word in a domain or a path is none.
    fn against(&self) -> Option<usize> {
        let text = &self.before;
        AGAINST_ALL
            .as_ref()?
            .find_overlapping_iter(text)
            .filter(|found| {
                let before = &text[..found.start()];
                starts_word(text, found.start())
                    && (found.len() > 4 || ends_word(text, found.end()))
                    && !before.ends_with(['.', '@', '/', '_'])
            })
            .map(|found| found.start())
            .max()
    }
}
