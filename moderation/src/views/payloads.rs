//! Encoded text inside a text: found by its alphabet, decoded, kept when it reads like text.

use std::ops::Range;

/// How a payload was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Base64, and its relatives 32 and 85.
    Base64,
    /// Hexadecimal, octal, binary and decimal codes.
    Codes,
    /// Escapes: percent, HTML, backslashes, quoted-printable.
    Escapes,
    /// Morse, spelling alphabets.
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

/// Everything in a text that decodes to readable text.
pub(crate) fn payloads(text: &str) -> Vec<Payload> {
    let mut found = Vec::new();
    words(text, &mut found);
    codes(text, &mut found);
    escapes(text, &mut found);
    spelled(text, &mut found);
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

/// Text, when the bytes are mostly letters and spaces.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let (mut all, mut good, mut letters) = (0_usize, 0_usize, 0_usize);
    for character in text.chars() {
        all += 1;
        letters += usize::from(character.is_alphabetic());
        good += usize::from(
            character.is_alphanumeric()
                || character == ' '
                || character.is_ascii_punctuation()
                || character == '\n',
        );
    }
    (all >= SHORTEST * 2 / 3 && good * 20 >= all * 19 && letters * 2 >= all).then_some(text)
}

/// Base64, base32, ascii85 and hexadecimal words.
fn words(text: &str, found: &mut Vec<Payload>) {
    let mut tried = 0;
    for word in text.split_ascii_whitespace() {
        if word.len() < SHORTEST || tried >= 64 {
            continue;
        }
        tried += 1;
        // Words are parts of the text: where they are in memory says where they stand.
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        let alphabet = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
        let from = word.find(alphabet).unwrap_or_default();
        let body = &word[from..];
        let best = body
            .split(|c: char| !alphabet(c))
            .max_by_key(|part| part.len())
            .unwrap_or_default();
        let body_start = start + from + body.find(best).unwrap_or_default();
        let range = body_start..body_start + best.len();
        let hexadecimal = best.strip_prefix("0x").unwrap_or(best);
        if hexadecimal.len().is_multiple_of(2)
            && hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            let bytes = hexadecimal
                .as_bytes()
                .chunks(2)
                .filter_map(|pair| byte_of(pair, 16))
                .collect();
            if push(found, Encoding::Codes, range.clone(), bytes) {
                continue;
            }
        }
        if best.len() >= SHORTEST {
            let bits = |value: fn(u8) -> Option<u32>, width| {
                best.bytes()
                    .map(value)
                    .collect::<Option<Vec<_>>>()
                    .map(|values| regroup(&values, width))
            };
            if bits(base64, 6)
                .is_some_and(|bytes| push(found, Encoding::Base64, range.clone(), bytes))
                || bits(base32, 5)
                    .is_some_and(|bytes| push(found, Encoding::Base64, range.clone(), bytes))
            {
                continue;
            }
        }
        let word = word.trim_start_matches("<~").trim_end_matches("~>");
        if word.len() >= 16 && word.bytes().any(|byte| !byte.is_ascii_alphanumeric()) {
            for (alphabet, base) in [(ASCII85, 33_u8), (BASE85, 0)] {
                if let Some(bytes) = base85(word, alphabet, base)
                    && push(found, Encoding::Base64, start..start + word.len(), bytes)
                {
                    break;
                }
            }
        }
    }
}

fn base64(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

fn base32(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'2'..=b'7' => byte - b'2' + 26,
        _ => return None,
    }))
}

/// Values of so many bits each as bytes.
fn regroup(values: &[u32], width: u32) -> Vec<u8> {
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::with_capacity(values.len()));
    for value in values {
        bits = bits << width | value;
        held += width;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).unwrap_or_default());
        }
    }
    bytes
}

const ASCII85: &[u8] = b"";
const BASE85: &[u8] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

fn base85(word: &str, alphabet: &[u8], base: u8) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(word.len());
    for chunk in word.as_bytes().chunks(5) {
        let mut value = 0_u64;
        for at in 0..5 {
            let digit = match chunk.get(at) {
                None => 84,
                Some(byte) if alphabet.is_empty() => {
                    byte.checked_sub(base).filter(|digit| *digit < 85)?
                }
                Some(byte) => {
                    u8::try_from(alphabet.iter().position(|letter| letter == byte)?).ok()?
                }
            };
            value = value * 85 + u64::from(digit);
        }
        let whole = u32::try_from(value).ok()?.to_be_bytes();
        bytes.extend_from_slice(&whole[..chunk.len().saturating_sub(1)]);
    }
    Some(bytes)
}

fn byte_of(digits: &[u8], radix: u32) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, radix).ok()
}

/// Numbers that are characters' codes: "72 101 108", "48 65 6c", "01001000 01100101".
fn codes(text: &str, found: &mut Vec<Payload>) {
    let bytes = text.as_bytes();
    let inside = |byte: &u8| {
        byte.is_ascii_hexdigit()
            || matches!(
                byte,
                b' ' | b',' | b'x' | b'\\' | b'\n' | b':' | b';' | b'-'
            )
    };
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| inside(byte)).count();
        if length >= SHORTEST * 2 {
            let run = &text[at..at + length];
            let items: Vec<&str> = run
                .split(|c: char| !c.is_ascii_hexdigit())
                .filter(|item| !item.is_empty() && *item != "0")
                .collect();
            if items.len() >= 6 {
                let radix = if items
                    .iter()
                    .filter(|item| {
                        item.len() == 8 && item.bytes().all(|b| matches!(b, b'0' | b'1'))
                    })
                    .count()
                    * 10
                    > items.len() * 8
                {
                    vec![2]
                } else if items.iter().all(|item| item.len() <= 2) {
                    vec![16, 10]
                } else {
                    vec![10, 8]
                };
                for radix in radix {
                    let decoded: Vec<u8> = items
                        .iter()
                        .filter_map(|item| byte_of(item.as_bytes(), radix))
                        .collect();
                    if decoded.len() * 10 >= items.len() * 9
                        && push(found, Encoding::Codes, at..at + length, decoded)
                    {
                        break;
                    }
                }
            }
        }
        at += length.max(1);
    }
}

/// The whole text with its escapes resolved, when there are some.
fn escapes(text: &str, found: &mut Vec<Payload>) {
    let many = |needle: &str| text.matches(needle).take(4).count() >= 3;
    if !(many("%")
        || many("&#")
        || many("\\u")
        || many("\\x")
        || many("=") && text.contains("=2")
        || many("\\1"))
    {
        return;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut resolved = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (size, value) = match rest {
            [b'%' | b'=', one, two, ..] if one.is_ascii_hexdigit() && two.is_ascii_hexdigit() => {
                (3, byte_of(&rest[1..3], 16).map(u32::from))
            }
            [b'\\', b'x', _, _, ..] => (4, byte_of(&rest[2..4], 16).map(u32::from)),
            [b'\\', b'u', _, _, _, _, ..] => (
                6,
                text.get(at + 2..at + 6)
                    .and_then(|digits| u32::from_str_radix(digits, 16).ok()),
            ),
            [b'\\', b'0' | b'1', _, _, ..] => (4, byte_of(&rest[1..4], 8).map(u32::from)),
            [b'&', b'#', ..] => entity(text, at),
            _ => (1, None),
        };
        match value {
            Some(value) if value < 0x80 || matches!(rest[0], b'%' | b'=') => {
                out.push(u8::try_from(value).unwrap_or(b'?'));
                resolved += 1;
                at += size;
            }
            Some(value) => {
                let mut buffer = [0; 4];
                let character = char::from_u32(value).unwrap_or('?');
                out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
                resolved += 1;
                at += size;
            }
            None => {
                out.push(rest[0]);
                at += 1;
            }
        }
    }
    if resolved >= 3 {
        push(found, Encoding::Escapes, 0..text.len(), out);
    }
}

fn entity(text: &str, at: usize) -> (usize, Option<u32>) {
    let body = &text[at + 2..crate::nearby::floor(text, at + 12)];
    let Some(end) = body.find(';') else {
        return (1, None);
    };
    let digits = &body[..end];
    let value = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => digits.parse().ok(),
    };
    (end + 3, value)
}

/// Morse and spelling alphabets.
fn spelled(text: &str, found: &mut Vec<Payload>) {
    const MORSE: [&str; 26] = [
        ".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--",
        "-.", "---", ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--",
        "--..",
    ];
    const NATO: [&str; 26] = [
        "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
        "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo",
        "sierra", "tango", "uniform", "victor", "whiskey", "x-ray", "yankee", "zulu",
    ];
    let dots = text
        .bytes()
        .filter(|byte| matches!(byte, b'.' | b'-' | b'/' | b' '))
        .count();
    if dots * 2 > text.len() && text.contains('-') {
        let decoded: String = text
            .split([' ', '\n'])
            .map(|sign| match sign {
                "/" | "|" | "" => ' ',
                sign => MORSE
                    .iter()
                    .position(|morse| *morse == sign)
                    .map_or('\0', |place| {
                        char::from(b'a' + u8::try_from(place).unwrap_or_default())
                    }),
            })
            .filter(|c| *c != '\0')
            .collect();
        push(
            found,
            Encoding::Spelled,
            0..text.len(),
            decoded.into_bytes(),
        );
    }
    if text.len() > 60 {
        let lower = text.to_ascii_lowercase();
        if !(lower.contains("oscar") || lower.contains("november") || lower.contains("romeo")) {
            return;
        }
        let mut letters = 0;
        let decoded: String = lower
            .split(|c: char| c.is_whitespace() || c == ',')
            .map(|word| {
                let word = if word == "alpha" {
                    "alfa"
                } else if word == "juliet" {
                    "juliett"
                } else if word == "xray" {
                    "x-ray"
                } else {
                    word
                };
                match NATO.iter().position(|nato| *nato == word) {
                    Some(place) => {
                        letters += 1;
                        char::from(b'a' + u8::try_from(place).unwrap_or_default())
                    }
                    None => ' ',
                }
            })
            .collect();
        if letters >= SHORTEST {
            push(
                found,
                Encoding::Spelled,
                0..text.len(),
                decoded.into_bytes(),
            );
        }
    }
}
