//! Numbers that are characters' codes: "72 101 108", "48 65 6c", "01001000 01100101", and letters by their number.

use super::{Encoding, Payload, SHORTEST, assembled, byte_of, push};

/// Letters that are counted at least: dates and scores are fewer.
const FEWEST_LETTERS: usize = 12;

/// Codes of a run, at least.
const FEWEST: usize = 6;

pub(super) fn find(text: &str, found: &mut Vec<Payload>) {
    let bytes = text.as_bytes();
    // What is readable has a digit in each of its codes, in hexadecimal too.
    if bytes.iter().filter(|byte| byte.is_ascii_digit()).count() < FEWEST {
        return;
    }
    let inside = |byte: &u8| {
        byte.is_ascii_hexdigit()
            || matches!(
                byte,
                b' ' | b',' | b'x' | b'\\' | b'\n' | b':' | b';' | b'-' | b'/'
            )
    };
    called(text, found);
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| inside(byte)).count();
        if length >= SHORTEST * 2 {
            run(text, at, length, found);
        }
        at += length.max(1);
    }
}

fn run(text: &str, at: usize, length: usize, found: &mut Vec<Payload>) {
    let run = &text[at..at + length];
    let items: Vec<&str> = run
        .split(|c: char| !c.is_ascii_hexdigit())
        .filter(|item| !item.is_empty() && *item != "0")
        .collect();
    if items.len() < FEWEST {
        return;
    }
    // Items are parts of the text: where they are in memory says where they stand.
    let place = |item: &str| item.as_ptr().addr() - text.as_ptr().addr();
    let range = place(items[0])..items.last().map_or(at, |last| place(last) + last.len());
    if numbered(run, &items, range.clone(), found) {
        return;
    }
    if let Some(letters) = squared(&items) {
        push(found, Encoding::Codes, range, letters);
        return;
    }
    // Seven digits are enough for ASCII.
    let binary = |item: &&&str| {
        matches!(item.len(), 7 | 8) && item.bytes().all(|b| matches!(b, b'0' | b'1'))
    };
    let radixes: &[u32] = if items.iter().filter(binary).count() * 10 > items.len() * 8 {
        &[2]
    } else if items.iter().all(|item| item.len() <= 2) {
        &[16, 10]
    } else {
        &[10, 8]
    };
    for radix in radixes {
        let decoded: Vec<u8> = items
            .iter()
            .filter_map(|item| byte_of(item.as_bytes(), *radix))
            .collect();
        if decoded.len() * 10 >= items.len() * 9
            && push(found, Encoding::Codes, range.clone(), decoded)
        {
            break;
        }
    }
}

/// Letters by their place in the alphabet: "9-7-14-15-18-5".
fn numbered(
    run: &str,
    items: &[&str],
    range: std::ops::Range<usize>,
    found: &mut Vec<Payload>,
) -> bool {
    if items.len() < FEWEST_LETTERS {
        return false;
    }
    let letters: Option<Vec<(char, &str)>> = items
        .iter()
        .scan(0, |end, item| {
            // Items are parts of the run: where they are in memory says where they stand.
            let start = item.as_ptr().addr() - run.as_ptr().addr();
            let gap = &run[*end..start];
            *end = start + item.len();
            Some((item, gap))
        })
        .map(|(item, gap)| match item.parse::<u8>() {
            Ok(place @ 1..=26) => Some((char::from(b'a' + place - 1), gap)),
            _ => None,
        })
        .collect();
    letters.is_some_and(|letters| {
        let text = assembled(letters.iter().copied());
        push(found, Encoding::Codes, range, text.into_bytes())
    })
}

/// Codes that a program would turn into letters, one call each: `chr(72)+chr(105)`.
fn called(text: &str, found: &mut Vec<Payload>) {
    let bytes = text.as_bytes();
    let (mut codes, mut start, mut end) = (Vec::new(), text.len(), 0);
    for (at, _) in text.match_indices('(') {
        let name = &bytes[at.saturating_sub(4)..at];
        let named = |suffix: &[u8]| {
            name.len() >= suffix.len()
                && name[name.len() - suffix.len()..].eq_ignore_ascii_case(suffix)
        };
        if !named(b"chr") && !named(b"char") && !named(b"code") {
            continue;
        }
        let digits = bytes[at + 1..]
            .iter()
            .take(4)
            .take_while(|byte| byte.is_ascii_digit());
        let to = at + 1 + digits.count();
        if let Some(code) = byte_of(&bytes[at + 1..to], 10) {
            codes.push(code);
            start = start.min(at);
            end = to;
        }
    }
    if codes.len() >= SHORTEST {
        push(found, Encoding::Codes, start..end, codes);
    }
}

/// Letters by their row and column in a square of five by five, where I and J share a field.
fn squared(items: &[&str]) -> Option<Vec<u8>> {
    const SQUARE: &[u8; 25] = b"abcdefghiklmnopqrstuvwxyz";
    let field = |item: &&str| match item.as_bytes() {
        [row @ b'1'..=b'5', column @ b'1'..=b'5'] => {
            let place = usize::from(row - b'1') * 5 + usize::from(column - b'1');
            SQUARE.get(place).copied()
        }
        _ => None,
    };
    (items.len() >= 2 * FEWEST_LETTERS)
        .then(|| items.iter().map(field).collect())
        .flatten()
}
