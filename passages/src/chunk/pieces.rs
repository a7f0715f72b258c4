//! Where a paragraph that is too long is cut: behind a sentence, a line, a word, or else between two characters.

use unicode_segmentation::UnicodeSegmentation;

use crate::sentences::sentences;

/// Code points of a text, as far as somebody cares.
pub(super) fn length(text: &str, most: usize) -> usize {
    text.chars().take(most).count()
}

/// The first piece, of at most `room` code points, without the space behind it, and the rest. The text begins with
/// something, and so does the piece.
pub(super) fn first(text: &str, room: usize) -> (&str, &str) {
    let Some((end, _)) = text.char_indices().nth(room) else {
        return (text.trim_end(), "");
    };
    let window = text.get(..end).unwrap_or(text);
    // Cut early, a piece would say little, and many of them would be made.
    let early = window.len() / 4;
    let cut = behind_a_sentence(window)
        .filter(|cut| *cut > early)
        .or_else(|| behind_a_line(window).filter(|cut| *cut > early))
        .or_else(|| behind_a_word(text, window).filter(|cut| *cut > early))
        .or_else(|| between_characters(text, end).filter(|cut| *cut > early))
        .unwrap_or(end);
    let (piece, rest) = text.split_at_checked(cut).unwrap_or((text, ""));
    (piece.trim_end(), rest)
}

/// The end of the last sentence that is followed by another one.
fn behind_a_sentence(window: &str) -> Option<usize> {
    let mut end = 0;
    let mut last = None;
    for sentence in sentences(window) {
        last = (end > 0).then_some(end);
        end += sentence.len();
    }
    last
}

fn behind_a_line(window: &str) -> Option<usize> {
    window.rfind('\n')
}

fn behind_a_word(text: &str, window: &str) -> Option<usize> {
    let next = text
        .get(window.len()..)
        .and_then(|rest| rest.chars().next());
    if next.is_some_and(char::is_whitespace) {
        return Some(window.len());
    }
    window.rfind(char::is_whitespace).or_else(|| {
        // Scripts without spaces: where Unicode sees a word end. The last of them may go on.
        let (at, _) = window.split_word_bound_indices().next_back()?;
        Some(at)
    })
}

/// The last place up to `end` that is not inside of what people see as one character.
fn between_characters(text: &str, end: usize) -> Option<usize> {
    // One code point more tells whether the last one goes on.
    let seen = text
        .get(end..)
        .and_then(|rest| rest.chars().next())
        .map_or(end, |next| end + next.len_utf8());
    let window = text.get(..seen)?;
    let (at, _) = window.grapheme_indices(true).next_back()?;
    Some(at)
}
