//! Encoded text inside a text: found by its alphabet, decoded, kept when it reads like text.

mod codes;
mod escapes;
mod marked;
mod spelled;
mod words;

use std::ops::Range;

/// How a payload was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Base64, and its relatives 32, 58 and 85, uuencode, rot47.
    Base64,
    /// Hexadecimal, octal, binary and decimal codes, letters by their number.
    Codes,
    /// Escapes: percent, HTML, backslashes, quoted-printable; marks inside of words.
    Escapes,
    /// Morse, spelling alphabets, strings in pieces.
    Spelled,
}

/// Decoded text, and where its encoded form stands.
pub(crate) struct Payload {
    pub(crate) encoding: Encoding,
    pub(crate) text: String,
    pub(crate) range: Range<usize>,
}

/// Payloads that are decoded at most.
const MOST: usize = 8;
/// What is too short to say anything.
const SHORTEST: usize = 12;

/// Everything in a text that decodes to readable text. `lower` is the same text in its clean form.
pub(crate) fn payloads(text: &str, lower: &str) -> Vec<Payload> {
    let mut found = Vec::new();
    words::find(text, &mut found);
    codes::find(text, &mut found);
    escapes::find(text, &mut found);
    spelled::find(text, lower, &mut found);
    marked::find(text, &mut found);
    found.truncate(MOST);
    found
}

fn push(found: &mut Vec<Payload>, encoding: Encoding, range: Range<usize>, bytes: Vec<u8>) -> bool {
    let Some(text) = readable(bytes) else {
        return false;
    };
    found.push(Payload {
        encoding,
        text,
        range,
    });
    true
}

/// Text, when the bytes are mostly letters and spaces, or escapes once more.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(narrow(bytes)).ok()?;
    let (mut all, mut good, mut letters, mut escapes) = (0_usize, 0_usize, 0_usize, 0_usize);
    for character in text.chars() {
        all += 1;
        letters += usize::from(character.is_alphabetic());
        escapes += usize::from(matches!(character, '%' | '\\' | '&' | '='));
        good += usize::from(
            character.is_alphanumeric()
                || character == ' '
                || character.is_ascii_punctuation()
                || character == '\n',
        );
    }
    // Digits of codes, once more.
    let coded = all >= 4 * SHORTEST && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (coded
        || all >= SHORTEST * 2 / 3
            && good * 20 >= all * 19
            && (letters * 2 >= all || escapes * 6 >= all))
        .then_some(text)
}

/// Characters of two bytes each, as some systems write them, in one.
fn narrow(bytes: Vec<u8>) -> Vec<u8> {
    let wide =
        bytes.len() >= 2 * SHORTEST && bytes.iter().skip(1).step_by(2).all(|byte| *byte == 0);
    if wide {
        bytes.into_iter().step_by(2).collect()
    } else {
        bytes
    }
}

fn byte_of(digits: &[u8], radix: u32) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, radix).ok()
}

/// Letters that were written apart, put together: what stands between most of them separates letters, anything else
/// separates words.
fn assembled<'a>(letters: impl Iterator<Item = (char, &'a str)> + Clone) -> String {
    let gaps = || letters.clone().skip(1).map(|(_, gap)| gap);
    let usual = gaps()
        .take(16)
        .max_by_key(|gap| gaps().take(64).filter(|other| other == gap).count())
        .unwrap_or_default();
    let mut text = String::new();
    for (at, (letter, gap)) in letters.enumerate() {
        if at > 0 && gap != usual {
            text.push(' ');
        }
        text.push(letter);
    }
    text
}
