//! Bytes of text to text, whatever they are coded in.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::{Limits, Unreadable};

/// Bytes of a page of HTML in which its coding is declared.
const DECLARED: usize = 1_024;

/// Text as it is, without control characters. A form feed begins a new paragraph.
pub(crate) fn text(bytes: &[u8], mime: &str, limits: &Limits) -> Result<String, Unreadable> {
    let decoded = decoded(bytes, mime, false)?;
    let mut text = String::with_capacity(decoded.len().min(limits.text_bytes));
    let mut letters = decoded.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' => {
                letters.next_if_eq(&'\n');
                text.push('\n');
            }
            '\u{c}' => text.push_str("\n\n"),
            '\n' | '\t' => text.push(letter),
            letter if is_nothing(letter) => {}
            letter => text.push(letter),
        }
        if text.len() > limits.text_bytes {
            return Err(Unreadable::TooMuchText(limits.text_bytes));
        }
    }
    Ok(text)
}

/// The text that these bytes are: by their mark, as announced, else UTF-8 or what Western computers wrote before.
pub(crate) fn decoded(bytes: &[u8], mime: &str, is_html: bool) -> Result<String, Unreadable> {
    let (coding, mark) = Encoding::for_bom(bytes).unwrap_or((coding(bytes, mime, is_html), 0));
    let (text, _) = coding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default());
    // Of what is no text, about one byte in ten is such a character.
    let strange = text
        .chars()
        .filter(|letter| is_control(*letter) || *letter == '\u{fffd}')
        .count();
    if strange > 8 && strange > text.chars().count() / 20 {
        return Err(Unreadable::NotText);
    }
    Ok(text.into_owned())
}

fn coding(bytes: &[u8], mime: &str, is_html: bool) -> &'static Encoding {
    if let Some(coding) = declared(mime.as_bytes()) {
        return coding;
    }
    // Latin text in UTF-16 is half zeros, on one side.
    let zeros = |side: usize| {
        let side = bytes.iter().skip(side).step_by(2).take(DECLARED);
        side.filter(|byte| **byte == 0).count() * 4
    };
    let some = (bytes.len() / 2).min(DECLARED);
    if some > 0 && zeros(1) > some && zeros(0) * 8 < some {
        return UTF_16LE;
    }
    if some > 0 && zeros(0) > some && zeros(1) * 8 < some {
        return UTF_16BE;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let head = bytes.get(..DECLARED).unwrap_or(bytes);
    let declared = if is_html { declared(head) } else { None };
    declared
        .filter(|coding| *coding != UTF_8)
        .unwrap_or_else(|| {
            // UTF-8 with a few faults in it, or something else, which has hardly a letter that fits.
            let (mut fit, mut faults) = (0, 0);
            for chunk in bytes.utf8_chunks() {
                fit += chunk
                    .valid()
                    .chars()
                    .filter(|letter| !letter.is_ascii())
                    .count();
                faults += usize::from(!chunk.invalid().is_empty());
            }
            if fit > faults * 4 {
                UTF_8
            } else {
                WINDOWS_1252
            }
        })
}

/// What stands behind `charset=`.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    const NAME: &[u8] = b"charset=";
    let at = head
        .windows(NAME.len())
        .position(|part| part.eq_ignore_ascii_case(NAME))?;
    let label = head.get(at + NAME.len()..)?;
    let label = label.trim_ascii_start();
    let label = label
        .strip_prefix(b"\"")
        .or(label.strip_prefix(b"'"))
        .unwrap_or(label);
    let label = label
        .split(|byte| matches!(byte, b'"' | b'\'' | b';' | b'>' | b'/' | b' '))
        .next()?;
    Encoding::for_label(label)
}

/// Characters that are not seen, and mean nothing in a text.
pub(crate) fn is_nothing(letter: char) -> bool {
    is_control(letter) || letter == '\u{feff}'
}

fn is_control(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{c}')
}
