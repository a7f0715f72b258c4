//! An answer without a model: the sentences of the sources that answer best.

use std::collections::{HashMap, HashSet};

use crate::{
    chunk::blocks::{Block, blocks},
    question,
    rank::rarity,
    sentences::sentences,
    terms,
};

/// Unicode code points of a sentence that is quoted.
const LONGEST: usize = 400;
/// Of a sentence that tells something; what is shorter is a fragment.
const WORDS: usize = 5;
const CHARACTERS: usize = 20;

/// A sentence, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Which of the sources.
    pub source: usize,
    /// What it says, in one line; cut with `…` when it is long.
    pub text: String,
}

/// The sentences of `sources` that answer a question best, at most so many, best first, equals in their order, none
/// twice. A sentence counts by the terms it shares with the question, the rarer the more; one without any is no answer.
/// Headings and fragments come after all sentences.
#[must_use]
pub fn best_sentences(asked: &str, sources: &[&str], most: usize) -> Vec<Sentence> {
    let asked = question(asked);
    let asked: HashMap<&str, usize> = (0..)
        .zip(&asked)
        .map(|(place, term)| (term.as_str(), place))
        .collect();
    let mut candidates: Vec<(Sentence, Vec<usize>, bool)> = Vec::new();
    let mut with = vec![0usize; asked.len()];
    let mut seen = HashSet::new();
    let mut count = 0;
    for (source, text) in sources.iter().enumerate() {
        each_sentence(text, |sentence, is_heading| {
            let text = shown(sentence);
            let terms = terms(&text);
            count += 1;
            let mut shared: Vec<usize> = terms
                .iter()
                .filter_map(|term| asked.get(term.as_str()).copied())
                .collect();
            shared.sort_unstable();
            shared.dedup();
            for term in &shared {
                if let Some(with) = with.get_mut(*term) {
                    *with += 1;
                }
            }
            if !shared.is_empty() && seen.insert(terms) {
                let is_fragment = is_heading || is_short(&text);
                candidates.push((Sentence { source, text }, shared, is_fragment));
            }
        });
    }
    let mut scored: Vec<(bool, f64, Sentence)> = candidates
        .into_iter()
        .map(|(sentence, shared, is_fragment)| {
            let rarities = shared.iter().filter_map(|term| with.get(*term));
            let score = rarities.map(|with| rarity(*with, count)).sum();
            (is_fragment, score, sentence)
        })
        .collect();
    // Stable: equals stay in order.
    scored.sort_by(|(one_is, one, _), (other_is, other, _)| {
        one_is.cmp(other_is).then(other.total_cmp(one))
    });
    scored.truncate(most);
    scored
        .into_iter()
        .map(|(_, _, sentence)| sentence)
        .collect()
}

/// Sentences of a text, and whether they are headings. Each item of a list and each row of a table is one.
fn each_sentence(text: &str, mut take: impl FnMut(&str, bool)) {
    blocks(text, |block| match block {
        Block::Heading { title, .. } => take(title, true),
        Block::Paragraph(text) => {
            for part in parts(text) {
                for sentence in sentences(part) {
                    if !sentence.trim().is_empty() {
                        take(sentence, false);
                    }
                }
            }
        }
    });
}

/// A paragraph's running text, items and rows.
fn parts(paragraph: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut begin, mut at) = (0, 0);
    for line in paragraph.split_inclusive('\n') {
        let starts_anew = line
            .trim_start()
            .starts_with(['|', '•', '‣', '◦', '–', '-', '*', '+', '>']);
        if starts_anew && at > begin {
            parts.extend(paragraph.get(begin..at));
            begin = at;
        }
        at += line.len();
    }
    parts.extend(paragraph.get(begin..));
    parts
}

/// In one line, without the marks of a list, and not too long.
fn shown(sentence: &str) -> String {
    let marks =
        |mark: char| mark.is_whitespace() || matches!(mark, '•' | '‣' | '◦' | '*' | '+' | '>');
    let sentence = sentence.trim_start_matches(marks);
    let sentence = sentence.strip_prefix("- ").unwrap_or(sentence);
    let mut line = String::new();
    let mut length = 0;
    for word in sentence.split_whitespace() {
        let between = usize::from(length > 0);
        let letters = word.chars().take(LONGEST).count();
        // One is for the mark of the cut.
        if length + between + letters >= LONGEST {
            if length == 0 {
                line.extend(word.chars().take(LONGEST - 1));
            }
            line.push('…');
            return line;
        }
        if between > 0 {
            line.push(' ');
        }
        line.push_str(word);
        length += between + letters;
    }
    line
}

/// Too short to have a subject, a verb and something to say. Where there are no spaces, letters must tell.
fn is_short(text: &str) -> bool {
    let words = text.split(' ').count();
    let is_short = text.chars().count() < CHARACTERS;
    if words == 1 { is_short } else { words < WORDS }
}
