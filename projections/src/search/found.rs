//! How well a message fits, and the part of it to show.

use passages::words::{Kind, Word, each_word};

use super::query::{Phrase, SearchTerms};

/// How fast a word's repetition counts less, and how much a long message counts less: BM25's usual figures.
const SATURATION: f64 = 1.2;
const LENGTH_COUNTS: f64 = 0.75;
/// Words of a message of usual length.
const USUAL: f64 = 100.0;
/// Characters of an excerpt, and of it before the first match.
const SHOWN: usize = 240;
const BEFORE: usize = 60;

/// BM25 of a message by its words (or their beginning), in thousandths. Every word weighs the same: all of them
/// are in every message that is found. It depends on the message and on the search alone, so pages that are read
/// one after another fit together.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of words are small")]
#[expect(clippy::cast_possible_truncation, reason = "a score is small")]
pub fn score(words: &str, terms: &SearchTerms) -> i64 {
    let words: Vec<&str> = words.split_ascii_whitespace().collect();
    let length = words.len() as f64 / USUAL;
    let weight = SATURATION * (1.0 - LENGTH_COUNTS + LENGTH_COUNTS * length);
    let score: f64 = terms
        .all
        .iter()
        .map(|phrase| {
            let often = (0..words.len())
                .filter(|&at| phrase.at(words.iter().copied().skip(at)))
                .count();
            // A match beyond the beginning counts once.
            let often = often.max(1) as f64;
            often * (SATURATION + 1.0) / (often + weight)
        })
        .sum();
    (score * 1000.0).round() as i64
}

/// A part of a message, and what in it was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The part; `…` stands where the message goes on. Line breaks are spaces.
    pub text: String,
    /// What to mark: begin (included) and end (excluded) in Unicode code points of `text`, in order, apart.
    pub highlights: Vec<(usize, usize)>,
}

/// The part of `text` with the most of what was looked for; its beginning when there is nothing of it.
#[must_use]
pub fn excerpt(text: &str, terms: &SearchTerms) -> Excerpt {
    let matches = matches(text, &terms.all);
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let character = |byte: usize| starts.partition_point(|start| *start < byte);
    let matches: Vec<(usize, usize, usize)> = matches
        .into_iter()
        .map(|(phrase, from, to)| (phrase, character(from), character(to)))
        .collect();
    let first = best(&matches).unwrap_or(0);
    let begin = if first + 1 < BEFORE {
        0
    } else {
        first.saturating_sub(BEFORE)
    };
    let end = (begin + SHOWN).min(starts.len());
    let byte = |at: usize| starts.get(at).copied().unwrap_or(text.len());
    let shown = text.get(byte(begin)..byte(end)).unwrap_or_default();
    let mut excerpt = Excerpt::default();
    if begin > 0 {
        excerpt.text.push('…');
    }
    let shift = usize::from(begin > 0);
    excerpt.text.extend(shown.chars().map(|character| {
        if character.is_whitespace() || character.is_control() {
            ' '
        } else {
            character
        }
    }));
    if end < starts.len() {
        excerpt.text.push('…');
    }
    let mut marks: Vec<(usize, usize)> = matches
        .iter()
        .filter(|(_, from, to)| *from >= begin && *from < end && to > from)
        .map(|(_, from, to)| (from - begin + shift, (*to).min(end) - begin + shift))
        .collect();
    marks.sort_unstable();
    for (from, to) in marks {
        match excerpt.highlights.last_mut() {
            Some((_, last)) if from <= *last => *last = to.max(*last),
            _ => excerpt.highlights.push((from, to)),
        }
    }
    excerpt
}

/// Where the phrases are: which one, and from which byte to which.
fn matches(text: &str, phrases: &[Phrase]) -> Vec<(usize, usize, usize)> {
    let mut words: Vec<Word> = Vec::new();
    each_word(text, |word| {
        words.push(word);
        true
    });
    let mut found = Vec::new();
    for at in 0..words.len() {
        for (number, phrase) in phrases.iter().enumerate() {
            let Some(these) = words.get(at..at + phrase.terms.len()) else {
                continue;
            };
            if !phrase.at(these.iter().map(|word| word.term.as_str())) {
                continue;
            }
            let (Some(first), Some(last)) = (these.first(), these.last()) else {
                continue;
            };
            let wanted = phrase.terms.last();
            let end = match last.kind {
                // One letter was looked for, and only that is marked.
                Kind::Pair { first } if wanted != Some(&last.term) => first,
                _ => last.place.end,
            };
            found.push((number, first.place.start, end));
        }
    }
    found
}

/// Where the densest part begins.
fn best(matches: &[(usize, usize, usize)]) -> Option<usize> {
    let different = |first: usize| {
        let (_, from, _) = matches.get(first).copied().unwrap_or_default();
        let near = matches.iter().skip(first);
        let mut seen: Vec<usize> = near
            .take_while(|(_, start, _)| start - from < SHOWN - BEFORE)
            .map(|(phrase, _, _)| *phrase)
            .collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    };
    // The first of equals.
    let densest = (0..matches.len())
        .rev()
        .max_by_key(|first| different(*first))?;
    matches.get(densest).map(|(_, from, _)| *from)
}
