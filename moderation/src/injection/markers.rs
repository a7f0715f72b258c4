//! Words that only turn up when a text was enciphered: letters shifted, mirrored, reversed.

use crate::views::on_its_head;

/// How the letters of a text were changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// Each by so many places.
    Shifted(u8),
    /// a to z, b to y.
    Mirrored,
    /// Read from the end.
    Reversed,
    /// Pig Latin.
    PigLatin,
    /// Each written twice.
    Doubled,
    /// On their heads, and so read from the end.
    Turned,
}

/// Long words that injections hardly do without.
const WORDS: &[&str] = &[
    "ignore",
    "previous",
    "instructions",
    "instruction",
    "system prompt",
    "disregard",
    "restrictions",
    "guidelines",
    "unrestricted",
    "override",
    "everything",
    "hidden",
    "secret",
    "password",
    "assistant",
];

const PIG_LATIN: &[&str] = &[
    "ignoreway",
    "ignoreyay",
    "ignoreay",
    "eviouspray",
    "instructionsway",
    "instructionsyay",
    "instructionsay",
    "omptpray",
    "ystemsay",
    "isregardday",
    "orgetfay",
    "evealray",
    "ulesray",
    "allway",
    "emsystay",
    "ouryay",
    "asswordpay",
    "iddenhay",
    "ecretsay",
    "everythingway",
    "assistantway",
];

/// All markers with what they look like.
pub(super) fn markers() -> Vec<(String, Marker)> {
    let mut markers = Vec::new();
    for word in WORDS {
        for shift in 1..26 {
            markers.push((
                word.chars().map(|letter| shifted(letter, shift)).collect(),
                Marker::Shifted(shift),
            ));
        }
        markers.push((word.chars().map(mirrored).collect(), Marker::Mirrored));
        markers.push((word.chars().rev().collect(), Marker::Reversed));
        markers.push((
            word.chars().rev().map(on_its_head).collect(),
            Marker::Turned,
        ));
        markers.push((
            word.chars().flat_map(|letter| [letter; 2]).collect(),
            Marker::Doubled,
        ));
    }
    markers.extend(
        PIG_LATIN
            .iter()
            .map(|word| ((*word).to_owned(), Marker::PigLatin)),
    );
    markers
}

/// A small letter, so many places on.
pub(super) fn shifted(letter: char, by: u8) -> char {
    match u8::try_from(letter) {
        Ok(byte @ b'a'..=b'z') => char::from((byte - b'a' + by) % 26 + b'a'),
        _ => letter,
    }
}

/// A small letter, from the other end of the alphabet.
pub(super) fn mirrored(letter: char) -> char {
    match u8::try_from(letter) {
        Ok(byte @ b'a'..=b'z') => char::from(b'z' - (byte - b'a')),
        _ => letter,
    }
}
