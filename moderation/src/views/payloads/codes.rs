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
    let binary = |item: &&&str| item.len() == 8 && item.bytes().all(|b| matches!(b, b'0' | b'1'));
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
