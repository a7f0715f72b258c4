//! Whether a text speaks about an injection rather than being one.
//!
//! It takes weight away and never decides alone: a quotation inside a question loses most, a question some.

use super::{
    lexicon::Class,
    matcher::{Hit, Word},
};
use crate::category::Category;

/// How much weight the surroundings of a hit take away.
pub(super) fn about(text: &str, hit: &Hit, words: &[Word]) -> f32 {
    let quoted = quoted(text, hit.range.start, hit.range.end);
    // What is asked stands before, in the same sentence, or right behind: `what does "…" mean?`
    let from = hit.range.start.saturating_sub(90);
    let to = hit.range.end + 90;
    let framed = words.iter().any(|word| {
        word.class == Class::Frame
            && word.start >= from
            && word.end <= to
            && (word.end <= hit.range.start || word.start >= hit.range.end)
    });
    let mine = words.iter().any(|word| {
        word.class == Class::Mine && word.start >= hit.range.start && word.end <= hit.range.end
    });
    let asked = framed && asks(text, hit.range.start);
    let mark = matches!(
        hit.rule.category,
        Category::DelimiterInjection | Category::TagInjection
    );
    match (quoted, framed) {
        (true, true) => 0.7,
        (false, true) if mark && text.len() < 300 => 0.7,
        _ if mine => 0.6,
        (false, true) if asked => 0.6,
        (true, false) => 0.15,
        _ => 0.0,
    }
}

/// Whether the sentence that a hit stands in begins like a question about something.
fn asks(text: &str, at: usize) -> bool {
    const QUESTIONS: &[&str] = &[
        "how ",
        "why ",
        "what does",
        "what is the difference",
        "what's the difference",
        "is it ",
        "is there ",
        "can i ",
        "could i ",
        "should i ",
        "should we ",
        "where ",
        "when ",
        "which ",
        "explain how",
        "does ",
        "do we ",
        "can you explain",
        "could you explain",
        "describe how",
        "who ",
        "is this ",
        "are there ",
        "wie ",
        "warum ",
        "comment ",
        "pourquoi ",
        "como ",
        "por que ",
    ];
    let before = &text[..at];
    let start = before.rfind(['.', '!', '?', '\n']).map_or(0, |end| end + 1);
    let sentence = before[start..].trim_start_matches([' ', '"', '\'', '-']);
    QUESTIONS
        .iter()
        .any(|question| sentence.starts_with(question))
}

/// Whether a range stands between quotation marks, with something outside of them.
fn quoted(text: &str, start: usize, end: usize) -> bool {
    const MARKS: &[(char, char)] = &[
        ('"', '"'),
        ('“', '”'),
        ('„', '“'),
        ('«', '»'),
        ('`', '`'),
        ('‘', '’'),
        ('\'', '\''),
    ];
    let before = &text[crate::nearby::floor(text, start.saturating_sub(200))..start];
    let after = &text[end..crate::nearby::floor(text, end + 200)];
    MARKS.iter().any(|(open, close)| {
        let opened = before.rfind(*open);
        let closed = after.find(*close);
        // An apostrophe inside a word opens nothing.
        let apostrophe =
            *open == '\'' && opened.is_some_and(|at| before[..at].ends_with(char::is_alphanumeric));
        // An even number of the same marks before closes what was opened.
        let odd = open != close || before.matches(*open).count() % 2 == 1;
        opened.is_some()
            && closed.is_some()
            && odd
            && !apostrophe
            && (before.len() + after.len() > closed.unwrap_or_default() + 12)
    })
}
