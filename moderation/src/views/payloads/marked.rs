//! Marks inside of words: `ig**no**re`, `ig<b></b>nore`, `ig<!-- -->nore`.

use super::{Encoding, Payload, push};

/// From so many on they are no accident.
const FEWEST: usize = 2;
/// Tags that stand inside of a line.
const INLINE: &[&str] = &[
    "b", "i", "u", "s", "em", "strong", "span", "font", "small", "sub", "sup", "wbr", "mark",
];
/// How long a tag or a comment may be.
const LONGEST: usize = 64;

/// The whole text without them, when there are some.
pub(super) fn find(text: &str, found: &mut Vec<Payload>) {
    let bytes = text.as_bytes();
    // Single bytes are looked for much faster than texts.
    let has = |byte: u8, marks: &[&str]| {
        bytes.contains(&byte) && marks.iter().any(|mark| text.contains(mark))
    };
    if !(has(b'*', &["**"])
        || has(b'~', &["~~"])
        || has(b'&', &["&shy;", "&zw"])
        || has(b'<', &["</", "-->"]))
    {
        return;
    }
    let mut out = Vec::new();
    let (mut done, mut at, mut marks) = (0, 0, 0);
    let (mut first, mut last) = (text.len(), 0);
    let begins = |byte: &u8| matches!(byte, b'*' | b'<' | b'~' | b'&');
    while let Some(next) = bytes[at..].iter().position(begins) {
        at += next;
        let end = marks_end(text, at);
        let letter = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(|byte| byte.is_ascii_alphabetic())
        };
        if end > at && letter(at.checked_sub(1)) && letter(Some(end)) {
            out.extend_from_slice(&bytes[done..at]);
            done = end;
            marks += 1;
            first = first.min(at);
            last = end;
        }
        at = end.max(at + 1);
    }
    if marks >= FEWEST {
        out.extend_from_slice(&bytes[done..]);
        push(found, Encoding::Escapes, first..last, out);
    }
}

/// Where the marks end that begin here; here, when there are none.
fn marks_end(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = &text.as_bytes()[at..];
        let size = match rest {
            [b'*', b'*', ..] | [b'~', b'~', ..] => 2,
            [b'&', ..] if rest.starts_with(b"&shy;") || rest.starts_with(b"&zwj;") => 5,
            [b'&', ..] if rest.starts_with(b"&zwnj;") => 6,
            [b'<', b'!', b'-', b'-', ..] => {
                let end = rest
                    .windows(3)
                    .take(LONGEST)
                    .position(|three| three == b"-->");
                end.map_or(0, |end| end + 3)
            }
            [b'<', ..] => inline(rest),
            _ => 0,
        };
        if size == 0 {
            return at;
        }
        at += size;
    }
}

/// How long the tag is that begins here, when it is one that stands inside of a line.
fn inline(rest: &[u8]) -> usize {
    let Some(end) = rest.iter().take(LONGEST).position(|byte| *byte == b'>') else {
        return 0;
    };
    let name = rest[1..end].strip_prefix(b"/").unwrap_or(&rest[1..end]);
    let length = name
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let known = INLINE
        .iter()
        .any(|tag| tag.as_bytes().eq_ignore_ascii_case(&name[..length]));
    if known { end + 1 } else { 0 }
}
