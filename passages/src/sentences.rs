//! Where sentences end: as Unicode has it, but not behind `Dr.`, `e.g.` or the number of an item.

use unicode_segmentation::UnicodeSegmentation;

/// Abbreviations that a sentence goes on behind, without their last dot, in small letters.
const ABBREVIATIONS: &[&str] = &[
    "abb", "abs", "al", "approx", "art", "bzw", "ca", "cf", "ch", "col", "dr", "e.g", "ed", "eds",
    "eq", "fig", "figs", "gen", "hr", "i.e", "jr", "lt", "m", "mme", "mr", "mrs", "ms", "mt", "no",
    "nr", "p", "pp", "prof", "rev", "sec", "sr", "st", "tab", "usw", "v", "vgl", "vol", "vs",
    "z.b",
];

/// The sentences of a paragraph, in order, with the space behind them: together they are the paragraph. A line break
/// inside a sentence is space, as paragraphs are broken into lines anywhere.
pub(crate) fn sentences(paragraph: &str) -> impl Iterator<Item = &str> {
    // As many bytes as the original, so that places are the same.
    let flat = paragraph.replace(['\n', '\r'], " ");
    let mut ends: Vec<usize> = Vec::new();
    let mut begin = 0;
    for (at, part) in flat.split_sentence_bound_indices() {
        let end = at + part.len();
        let so_far = flat.get(begin..end).unwrap_or_default();
        if !goes_on(so_far) {
            ends.push(end);
            begin = end;
        }
    }
    if begin < flat.len() {
        ends.push(flat.len());
    }
    let mut begin = 0;
    ends.into_iter().map(move |end| {
        let sentence = paragraph.get(begin..end).unwrap_or_default();
        begin = end;
        sentence
    })
}

/// Whether what ends here is an abbreviation, an initial or the number of an item.
fn goes_on(sentence: &str) -> bool {
    let Some(sentence) = sentence.trim_end().strip_suffix('.') else {
        return false;
    };
    let last = sentence
        .rsplit(|letter: char| letter.is_whitespace() || letter == '(')
        .next()
        .unwrap_or_default();
    let is_item = last.len() == sentence.trim_start().len()
        && last.len() < 4
        && last.bytes().all(|digit| digit.is_ascii_alphanumeric());
    let mut letters = last.chars();
    let is_initial = letters.next().is_some_and(char::is_uppercase) && letters.next().is_none();
    let is_short = last.len() <= 6;
    is_item || is_initial || (is_short && ABBREVIATIONS.contains(&last.to_lowercase().as_str()))
}
