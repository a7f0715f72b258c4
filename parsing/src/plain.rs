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

/// The text that these bytes are: by their mark, as announced, else UTF-8 or what Western computers wrote before where it
/// looks so.
pub(crate) fn decoded(bytes: &[u8], mime: &str, is_html: bool) -> Result<String, Unreadable> {
    let known =
        Encoding::for_bom(bytes).or_else(|| coding(bytes, mime, is_html).map(|coding| (coding, 0)));
    let (coding, mark) = known.unwrap_or((WINDOWS_1252, 0));
    let (text, _) = coding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default());
    let most = text.chars().count() / 20;
    let is_rife = |strange: fn(char) -> bool| {
        let count = text.chars().filter(|letter| strange(*letter)).count();
        count > 8 && count > most
    };
    // Of what is no text, about one byte in ten is such a character, whatever it is taken for.
    if is_rife(|letter| letter.is_ascii() && is_control(letter)) {
        return Err(Unreadable::NotText);
    }
    let is_wrong = is_rife(|letter| is_control(letter) || letter == '\u{fffd}');
    if is_wrong || known.is_none() && (label(mime.as_bytes()).is_some() || !is_western(&text)) {
        return Err(Unreadable::Charset);
    }
    Ok(text.into_owned())
}

/// Whether a text that was taken for windows-1252 looks as if it were: its letters beyond ASCII stand alone or in pairs.
/// Those of other scripts stand in words; a no-break space is between words in any.
fn is_western(text: &str) -> bool {
    let (mut beyond, mut foreign) = (0, 0);
    for run in text.split(|letter: char| letter.is_ascii() || letter == '\u{a0}') {
        let length = run.chars().count();
        beyond += length;
        if length > 2 && run.contains(char::is_alphabetic) {
            foreign += length;
        }
    }
    foreign * 2 <= beyond
}

/// What these bytes are coded in; nothing: neither does anybody say so, nor can it be told.
fn coding(bytes: &[u8], mime: &str, is_html: bool) -> Option<&'static Encoding> {
    if let Some(coding) = declared(mime.as_bytes()) {
        return Some(coding);
    }
    // Latin text in UTF-16 is half zeros, on one side.
    let zeros = |side: usize| {
        let side = bytes.iter().skip(side).step_by(2).take(DECLARED);
        side.filter(|byte| **byte == 0).count() * 4
    };
    let some = (bytes.len() / 2).min(DECLARED);
    if some > 0 && zeros(1) > some && zeros(0) * 8 < some {
        return Some(UTF_16LE);
    }
    if some > 0 && zeros(0) > some && zeros(1) * 8 < some {
        return Some(UTF_16BE);
    }
    if std::str::from_utf8(bytes).is_ok() {
        return Some(UTF_8);
    }
    let head = bytes.get(..DECLARED).unwrap_or(bytes);
    let declared = if is_html { declared(head) } else { None };
    declared.filter(|coding| *coding != UTF_8).or_else(|| {
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
        (fit > faults * 4).then_some(UTF_8)
    })
}

/// The coding that is declared here, if it is known.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label(head)?)
}

/// What stands behind `charset=`.
fn label(head: &[u8]) -> Option<&[u8]> {
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
    label
        .split(|byte| matches!(byte, b'"' | b'\'' | b';' | b'>' | b'/' | b' '))
        .next()
}

/// Characters that are not seen, and mean nothing in a text.
pub(crate) fn is_nothing(letter: char) -> bool {
    is_control(letter) || letter == '\u{feff}'
}

fn is_control(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{c}')
}
