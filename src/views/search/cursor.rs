//! Where a page of a search ended.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::window::Range;
use crate::views::BadCursor;

/// What the best comes first by: the score, and of equal ones the newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) score: i64,
    pub(super) position: i64,
}

/// Where a page ended: in which window, after what. As text it is opaque and fit for a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchCursor {
    window: Range,
    pub(super) after: Option<Rank>,
}

impl SearchCursor {
    pub(super) fn within(window: Range, after: Option<Rank>) -> Self {
        Self { window, after }
    }

    /// A new window begins.
    pub(super) fn before(upper: i64) -> Self {
        let window = Range {
            upper,
            ..Range::EVERYTHING
        };
        Self {
            window,
            after: None,
        }
    }

    /// The window, no larger than what is asked for now.
    pub(super) fn range(&self, asked: Range) -> Range {
        Range {
            lower: self.window.lower.max(asked.lower),
            upper: self.window.upper.min(asked.upper),
        }
    }
}

impl fmt::Display for SearchCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes: Vec<u8> = Vec::with_capacity(32);
        let after = self.after.map(|rank| [rank.score, rank.position]);
        for number in [self.window.lower, self.window.upper]
            .into_iter()
            .chain(after.into_iter().flatten())
        {
            bytes.extend(number.to_be_bytes());
        }
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for SearchCursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let (numbers, rest) = bytes.as_chunks::<8>();
        if !rest.is_empty() {
            return Err(BadCursor);
        }
        let numbers: Vec<i64> = numbers.iter().copied().map(i64::from_be_bytes).collect();
        let (lower, upper, after) = match numbers[..] {
            [lower, upper] => (lower, upper, None),
            [lower, upper, score, position] => (lower, upper, Some(Rank { score, position })),
            _ => return Err(BadCursor),
        };
        Ok(Self {
            window: Range { lower, upper },
            after,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_cursor_survives_its_text_and_other_texts_are_none() {
        let window = Range {
            lower: 3,
            upper: i64::MAX,
        };
        let rank = Rank {
            score: 1_234,
            position: 9,
        };
        for cursor in [
            SearchCursor::before(7),
            SearchCursor::within(window, Some(rank)),
            SearchCursor::within(window, None),
        ] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for text in [
            "",
            "AA",
            "?",
            "AAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(text.parse::<SearchCursor>(), Err(BadCursor), "{text}");
        }
    }
}
