//! Words of an alphabet that no language has: base64, base32, base58, base85, hexadecimal, uuencode, rot47.

use super::{Encoding, Payload, SHORTEST, byte_of, push};

/// Words that are tried at most.
const TRIED: usize = 64;
/// Words of base58 that are tried at most, and how long they may be: it is one long number.
const LONG_NUMBERS: usize = 4;
const LONGEST_NUMBER: usize = 180;

pub(super) fn find(text: &str, found: &mut Vec<Payload>) {
    let (mut tried, mut numbers) = (0, 0);
    let mut run = Run::default();
    for word in text.split_ascii_whitespace() {
        // Words are parts of the text: where they are in memory says where they stand.
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        run.take(word, start, found);
        if word.len() < SHORTEST || tried >= TRIED {
            continue;
        }
        tried += 1;
        one(word, start, &mut numbers, found);
    }
    run.end(found);
    uuencoded(text, found);
    rot47(text, found);
}

fn in_alphabet(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_')
}

/// One word by itself.
fn one(word: &str, start: usize, numbers: &mut usize, found: &mut Vec<Payload>) {
    let from = word.find(in_alphabet).unwrap_or_default();
    let body = &word[from..];
    let best = body
        .split(|c: char| !in_alphabet(c))
        .max_by_key(|part| part.len())
        .unwrap_or_default();
    let body_start = start + from + body.find(best).unwrap_or_default();
    let range = body_start..body_start + best.len();
    // What is padded in front was written from its end.
    if word.starts_with('=') && best.len() >= 2 * SHORTEST {
        let reversed: String = best.chars().rev().collect();
        let bytes = regrouped(&reversed, base64, 6);
        if bytes.is_some_and(|bytes| push(found, Encoding::Base64, range.clone(), bytes)) {
            return;
        }
    }
    if best.len() >= SHORTEST {
        if let Some(bytes) = digits(best)
            && push(found, Encoding::Codes, range.clone(), bytes)
        {
            return;
        }
        for bytes in [regrouped(best, base64, 6), regrouped(best, base32, 5)]
            .into_iter()
            .flatten()
        {
            if push(found, Encoding::Base64, range.clone(), bytes) {
                return;
            }
        }
        if *numbers < LONG_NUMBERS && (20..=LONGEST_NUMBER).contains(&best.len()) && drawn(best) {
            *numbers += 1;
            if base58(best).is_some_and(|bytes| push(found, Encoding::Base64, range, bytes)) {
                return;
            }
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

/// Whether this looks drawn rather than written: a digit, or a capital behind a small letter.
fn drawn(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
        || word
            .as_bytes()
            .windows(2)
            .any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase())
}

/// Words of base64 one after the other: one payload in pieces, or a payload each.
#[derive(Default)]
struct Run<'t> {
    words: Vec<(usize, &'t str)>,
    drawn: usize,
    end: usize,
}

impl<'t> Run<'t> {
    /// Words that are kept at most.
    const MOST: usize = 64;

    fn take(&mut self, word: &'t str, start: usize, found: &mut Vec<Payload>) {
        let body = word.trim_end_matches('=');
        if word.len() < 4 || self.words.len() >= Self::MOST || !body.chars().all(in_alphabet) {
            self.end(found);
            return;
        }
        self.drawn += usize::from(drawn(body));
        self.words.push((start, body));
        self.end = start + word.len();
    }

    fn end(&mut self, found: &mut Vec<Payload>) {
        let (words, drawn) = (
            std::mem::take(&mut self.words),
            std::mem::take(&mut self.drawn),
        );
        // Plain prose is of that alphabet, too.
        if words.len() < 2 || drawn * 2 < words.len() {
            return;
        }
        let range = words[0].0..self.end;
        let whole: String = words.iter().map(|(_, word)| *word).collect();
        if whole.len() >= 2 * SHORTEST
            && regrouped(&whole, base64, 6)
                .is_some_and(|bytes| push(found, Encoding::Base64, range.clone(), bytes))
        {
            return;
        }
        let each: Option<Vec<Vec<u8>>> = words
            .iter()
            .map(|(_, word)| regrouped(word, base64, 6))
            .collect();
        if let Some(each) = each {
            push(found, Encoding::Base64, range, each.join(&b' '));
        }
    }
}

/// Hexadecimal or binary digits without anything between them.
fn digits(word: &str) -> Option<Vec<u8>> {
    let digits = word.strip_prefix("0x").unwrap_or(word).as_bytes();
    let (size, radix) = if digits.len().is_multiple_of(8)
        && digits.iter().all(|byte| matches!(byte, b'0' | b'1'))
    {
        (8, 2)
    } else if digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit) {
        (2, 16)
    } else {
        return None;
    };
    digits
        .chunks(size)
        .map(|digits| byte_of(digits, radix))
        .collect()
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
        b'a'..=b'z' => byte - b'a',
        b'2'..=b'7' => byte - b'2' + 26,
        _ => return None,
    }))
}

/// Characters of so many bits each as bytes.
fn regrouped(word: &str, value: fn(u8) -> Option<u32>, width: u32) -> Option<Vec<u8>> {
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::with_capacity(word.len()));
    for byte in word.bytes() {
        bits = bits << width | value(byte)?;
        held += width;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).unwrap_or_default());
        }
    }
    Some(bytes)
}

fn base58(word: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes: Vec<u8> = Vec::with_capacity(word.len());
    for byte in word.bytes() {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        let mut carry = digit;
        for place in &mut bytes {
            carry += usize::from(*place) * 58;
            *place = u8::try_from(carry % 256).unwrap_or_default();
            carry /= 256;
        }
        while carry > 0 {
            bytes.push(u8::try_from(carry % 256).unwrap_or_default());
            carry /= 256;
        }
    }
    bytes.reverse();
    Some(bytes)
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

/// Lines as `uuencode` writes them, between `begin` and `end`.
fn uuencoded(text: &str, found: &mut Vec<Payload>) {
    let Some(at) = text.find("begin ") else {
        return;
    };
    let mode = text.as_bytes().get(at + 6..at + 9);
    if !mode.is_some_and(|mode| mode.iter().all(|byte| matches!(byte, b'0'..=b'7'))) {
        return;
    }
    let mut bytes = Vec::new();
    let mut end = at;
    for line in text[at..].split_inclusive('\n') {
        end += line.len();
        let line = line.trim_end_matches(['\r', '\n']);
        if line.starts_with("begin ") {
            continue;
        }
        let Some((length, body)) = line.as_bytes().split_first() else {
            break;
        };
        let length = usize::from(length.wrapping_sub(32) & 63);
        if length == 0 || length > 45 || body.iter().any(|byte| !(32..=96).contains(byte)) {
            break;
        }
        let (mut bits, mut held, before) = (0_u32, 0, bytes.len());
        for byte in body {
            bits = bits << 6 | u32::from((byte - 32) & 63);
            held += 6;
            if held >= 8 {
                held -= 8;
                bytes.push(u8::try_from(bits >> held & 0xFF).unwrap_or_default());
            }
        }
        bytes.truncate(before + length);
    }
    push(found, Encoding::Base64, at..end, bytes);
}

/// Every visible character of ASCII moved by half the alphabet: hardly a small letter is left.
fn rot47(text: &str, found: &mut Vec<Payload>) {
    let (mut seen, mut small) = (0_usize, 0_usize);
    for byte in text.bytes().take(400) {
        seen += usize::from(!byte.is_ascii_whitespace());
        small += usize::from(byte.is_ascii_lowercase());
    }
    if seen < 2 * SHORTEST || small * 8 > seen || !text.is_ascii() {
        return;
    }
    let bytes = text
        .bytes()
        .map(|byte| match byte {
            33..=126 => 33 + (byte - 33 + 47) % 94,
            byte => byte,
        })
        .collect();
    push(found, Encoding::Base64, 0..text.len(), bytes);
}
