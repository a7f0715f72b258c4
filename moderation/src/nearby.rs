//! Looking around in a text.

/// The nearest character boundary at or before an offset.
pub(crate) fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Whether a word that was found at an offset begins a word there, and if it is short, is a whole one.
pub(crate) fn is_word(text: &str, word: &str, at: usize) -> bool {
    // Scripts without spaces do not separate words.
    (starts_word(text, at) || !word.starts_with(|first: char| first.is_ascii()))
        && (word.len() > 4 || ends_word(text, at + word.len()))
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
