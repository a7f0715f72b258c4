//! Whether a text speaks about an injection rather than being one.
//!
//! It takes weight away and never decides alone: a quotation inside a question loses most, a question some.

use std::ops::Range;

use super::{
    lexicon::Class,
    matcher::{Hit, Word},
};
use crate::category::Category;

/// How much weight the surroundings of a hit take away. Whatever the length of the text, only what is near is looked at:
/// a text may be nothing but hits.
pub(super) fn about(text: &str, hit: &Hit, words: &[Word], questions: &[Range<usize>]) -> f32 {
    let quoted = quoted(text, hit.range.start, hit.range.end);
    // What is asked stands before, in the same sentence, or right behind: `what does "…" mean?`
    let from = hit.range.start.saturating_sub(90);
    let to = hit.range.end + 90;
    // They are in order of their ends.
    let near = &words[words.partition_point(|word| word.end < from)..];
    let near = &near[..near.partition_point(|word| word.end <= to)];
    let framed = near.iter().any(|word| {
        word.class == Class::Frame
            && word.start >= from
            && (word.end <= hit.range.start || word.start >= hit.range.end)
    });
    let mine = near.iter().any(|word| {
        word.class == Class::Mine && word.start >= hit.range.start && word.end <= hit.range.end
    });
    let asked = framed && asks(questions, hit.range.start);
    let last = hit.rule.steps.last().map(|(class, _)| *class);
    let after = &text[hit.range.end..];
    if matches!(
        last,
        Some(Class::Secret | Class::TheSecret | Class::SetUp | Class::Above)
    ) && !alone(after)
    {
        return 0.6;
    }
    // "Ignore all of this if you have already paid."
    let settled = after.trim_start().strip_prefix("if you");
    if settled.is_some_and(|rest| {
        ["'ve already", " have already", " already"]
            .iter()
            .any(|word| rest.starts_with(word))
    }) {
        return 0.7;
    }
    if last == Some(Class::NoMore) && chooses(text, &hit.range) {
        return 0.6;
    }
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

/// Whether there is something to choose: `answer with "yes" or "no" and nothing else` is about an answer.
fn chooses(text: &str, hit: &Range<usize>) -> bool {
    let from = crate::nearby::floor(text, hit.start.saturating_sub(80));
    [" or ", "if ", "when ", "unless ", "otherwise", "either "]
        .iter()
        .any(|word| text[from..hit.end].contains(word))
}

/// Whether what follows leaves a secret by itself: "the secret of a good soup" is none.
fn alone(after: &str) -> bool {
    const GOES_ON: &str = "you that which backwards in letter and with without but reversed now please so then again as one is if your \
        start begin say go verbatim word exactly starting que qui che das dat die jota som ktore";
    let next = after.trim_start_matches(' ');
    // Scripts without spaces would make one word of all the rest.
    let ascii = next.find(|c: char| !c.is_ascii_alphabetic());
    let (word, rest) = next.split_at(ascii.unwrap_or(next.len()));
    let foreign = rest.starts_with(char::is_alphabetic);
    word.is_empty() || foreign || GOES_ON.split_ascii_whitespace().any(|one| one == word)
}

/// The sentences of a text that begin like a question about something, each from behind the words that say so.
pub(super) fn questions(text: &str) -> Vec<Range<usize>> {
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
    let mut end = 0;
    text.split_inclusive(['.', '!', '?', '\n'])
        .filter_map(|sentence| {
            end += sentence.len();
            let sentence = sentence.trim_start_matches([' ', '"', '\'', '-']);
            let question = QUESTIONS
                .iter()
                .find(|start| sentence.starts_with(**start))?;
            Some(end - sentence.len() + question.len()..end)
        })
        .collect()
}

/// Whether a place is in one of these sentences.
fn asks(questions: &[Range<usize>], at: usize) -> bool {
    let next = questions.partition_point(|question| question.end <= at);
    questions
        .get(next)
        .is_some_and(|question| question.start <= at)
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
        let (Some(opened), Some(closed)) = (before.rfind(*open), after.find(*close)) else {
            return false;
        };
        // An apostrophe inside a word opens nothing.
        let apostrophe = *open == '\'' && before[..opened].ends_with(char::is_alphanumeric);
        // An even number of the same marks before closes what was opened.
        let odd = open != close || before.matches(*open).count() % 2 == 1;
        odd && !apostrophe && before.len() + after.len() > closed + 12
    })
}
