//! Escapes: percent, HTML, backslashes, quoted-printable, `U+0041`.

use super::{Encoding, Payload, byte_of, push};

/// From so many on they are no accident.
const FEWEST: usize = 3;

/// The whole text with its escapes resolved, when there are some.
pub(super) fn find(text: &str, found: &mut Vec<Payload>) {
    // Single bytes are counted much faster than texts are looked for.
    let bytes = text.as_bytes();
    let often = |byte: u8| bytes.iter().filter(|one| **one == byte).count() >= FEWEST;
    let many = |needle: &str| text.matches(needle).take(FEWEST).count() >= FEWEST;
    if !(often(b'%')
        || often(b'&') && many("&#")
        || often(b'\\') && ["\\u", "\\x", "\\1"].into_iter().any(many)
        || often(b'+') && many("U+")
        || often(b'=') && text.contains("=2"))
    {
        return;
    }
    let mut out = Vec::with_capacity(text.len());
    let (mut resolved, mut first, mut last) = (0, text.len(), 0);
    let mut at = 0;
    while at < bytes.len() {
        let (size, value) = escape(text, at);
        let Some(value) = value else {
            out.push(bytes[at]);
            at += 1;
            continue;
        };
        if value < 0x80 || matches!(bytes[at], b'%' | b'=') {
            out.push(u8::try_from(value).unwrap_or(b'?'));
        } else {
            let mut buffer = [0; 4];
            let character = char::from_u32(value).unwrap_or('?');
            out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        }
        resolved += 1;
        first = first.min(at);
        at += size;
        last = at;
    }
    if resolved >= FEWEST {
        push(found, Encoding::Escapes, first..last, out);
    }
}

/// How long the escape is that begins here, and what it stands for.
fn escape(text: &str, at: usize) -> (usize, Option<u32>) {
    let rest = &text.as_bytes()[at..];
    let hexadecimal = |digits: &[u8]| {
        let digits = std::str::from_utf8(digits).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    match rest {
        [b'%' | b'=', one, two, ..] if one.is_ascii_hexdigit() && two.is_ascii_hexdigit() => {
            (3, byte_of(&rest[1..3], 16).map(u32::from))
        }
        [b'\\', b'x', _, _, ..] => (4, byte_of(&rest[2..4], 16).map(u32::from)),
        [b'\\', b'u', b'{', ..] => {
            let digits = rest[3..].iter().take(7).position(|byte| *byte == b'}');
            digits.map_or((1, None), |length| {
                (length + 4, hexadecimal(&rest[3..3 + length]))
            })
        }
        [b'\\', b'u', _, _, _, _, ..] => (6, hexadecimal(&rest[2..6])),
        // A space behind it only separates it from the next.
        [b'U', b'+', _, _, _, _, b' ', b'U', ..] => (7, hexadecimal(&rest[2..6])),
        [b'U', b'+', _, _, _, _, ..] => (6, hexadecimal(&rest[2..6])),
        [b'\\', b'0' | b'1', _, _, ..] => (4, byte_of(&rest[1..4], 8).map(u32::from)),
        [b'&', b'#', ..] => entity(text, at),
        _ => (1, None),
    }
}

fn entity(text: &str, at: usize) -> (usize, Option<u32>) {
    let body = &text.as_bytes()[at + 2..text.len().min(at + 12)];
    let (mark, radix) = match body.first() {
        Some(b'x' | b'X') => (1, 16),
        _ => (0, 10),
    };
    let length = body[mark..]
        .iter()
        .take_while(|byte| char::from(**byte).is_digit(radix))
        .count();
    let digits = std::str::from_utf8(&body[mark..mark + length]).unwrap_or_default();
    // Browsers do without the semicolon.
    let closed = usize::from(body.get(mark + length) == Some(&b';'));
    match u32::from_str_radix(digits, radix) {
        Ok(value) => (2 + mark + length + closed, Some(value)),
        Err(_) => (1, None),
    }
}
