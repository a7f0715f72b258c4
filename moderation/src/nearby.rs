//! Looking around in a text.

/// The nearest character boundary at or before an offset.
pub(crate) fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Where a word is found last: at the start of a word, and if it is short, as a whole one.
pub(crate) fn has_word(text: &str, word: &str) -> Option<usize> {
    text.rmatch_indices(word).map(|(at, _)| at).find(|at| {
        // Scripts without spaces do not separate words.
        (starts_word(text, *at) || !word.starts_with(|first: char| first.is_ascii()))
            && (word.len() > 4 || ends_word(text, at + word.len()))
    })
}

/// Whether no word goes on at an offset.
pub(crate) fn starts_word(text: &str, at: usize) -> bool {
    !text[..at]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric)
}

/// Whether a word ends at an offset.
pub(crate) fn ends_word(text: &str, at: usize) -> bool {
    !text[at..].chars().next().is_some_and(char::is_alphanumeric)
}
