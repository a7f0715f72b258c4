//! Letters spelled: Morse, spelling alphabets; and strings that a program would put together.

use super::{Encoding, Payload, SHORTEST, assembled, push};

pub(super) fn find(text: &str, lower: &str, found: &mut Vec<Payload>) {
    morse(text, found);
    spelling_alphabet(text, lower, found);
    in_pieces(text, found);
}

const MORSE: [&str; 26] = [
    ".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--",
    "-.", "---", ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--", "--..",
];

/// A dot or a dash, in whatever shape.
fn sign(character: char) -> Option<char> {
    Some(match character {
        '.' | '•' | '·' | '∙' | '●' => '.',
        '-' | '−' | '–' | '—' | '_' => '-',
        _ => return None,
    })
}

fn letter(signs: &str) -> Option<char> {
    let place = MORSE.iter().position(|morse| *morse == signs)?;
    u8::try_from(place)
        .ok()
        .map(|place| char::from(b'a' + place))
}

/// Runs of nothing but Morse signs. A stroke, or more than one space, is between words.
fn morse(text: &str, found: &mut Vec<Payload>) {
    let may_be_signs = |byte: &&u8| matches!(**byte, b'.' | b'-' | b'_' | 0x80..);
    if text.as_bytes().iter().filter(may_be_signs).count() < SHORTEST {
        return;
    }
    let (mut start, mut end) = (0, 0);
    let (mut letters, mut decoded) = (0, String::new());
    let mut close = |start: usize, end: usize, letters: &mut usize, decoded: &mut String| {
        if *letters >= SHORTEST {
            push(
                found,
                Encoding::Spelled,
                start..end,
                std::mem::take(decoded).into_bytes(),
            );
        }
        decoded.clear();
        *letters = 0;
    };
    for word in text.split_whitespace() {
        let at = word.as_ptr().addr() - text.as_ptr().addr();
        if matches!(word, "/" | "|" | "//") && letters > 0 {
            decoded.push(' ');
            end = at + word.len();
            continue;
        }
        let signs: Option<String> = (word.len() <= 16)
            .then(|| word.chars().map(sign).collect())
            .flatten();
        let Some(letter) = signs.as_deref().and_then(letter) else {
            close(start, end, &mut letters, &mut decoded);
            continue;
        };
        if letters == 0 {
            start = at;
        } else if at - end > 1 {
            decoded.push(' ');
        }
        decoded.push(letter);
        letters += 1;
        end = at + word.len();
    }
    close(start, end, &mut letters, &mut decoded);
}

/// The spelling alphabet of pilots, as it is heard and as it is written.
fn pilots(word: &str) -> Option<char> {
    const WORDS: [&str; 26] = [
        "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
        "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo",
        "sierra", "tango", "uniform", "victor", "whiskey", "xray", "yankee", "zulu",
    ];
    let word = match word {
        "alpha" => "alfa",
        "juliet" => "juliett",
        "whisky" => "whiskey",
        word => word,
    };
    WORDS.contains(&word).then(|| word.chars().next()).flatten()
}

fn spelling_alphabet(text: &str, lower: &str, found: &mut Vec<Payload>) {
    // Hardly a sentence does without these letters.
    if lower.len() < 60
        || !["oscar", "november", "romeo"]
            .iter()
            .any(|word| lower.contains(word))
    {
        return;
    }
    let lower = lower.replace("x-ray", "xray");
    let mut letters: Vec<(char, &str)> = Vec::new();
    let mut end = 0;
    for word in lower.split(|c: char| !c.is_ascii_alphabetic()) {
        let Some(letter) = pilots(word) else {
            continue;
        };
        let at = word.as_ptr().addr() - lower.as_ptr().addr();
        letters.push((letter, &lower[end..at]));
        end = at + word.len();
    }
    if letters.len() >= SHORTEST {
        let decoded = assembled(letters.iter().copied());
        push(
            found,
            Encoding::Spelled,
            0..text.len(),
            decoded.into_bytes(),
        );
    }
}

/// `"ign" + "ore"`: strings that a program would put together.
fn in_pieces(text: &str, found: &mut Vec<Payload>) {
    let mut whole = String::new();
    let (mut done, mut seams) = (0, 0);
    for (plus, _) in text.match_indices('+') {
        let before = text[..plus].trim_end();
        let after = text[plus + 1..].trim_start();
        let quote = |c: char| matches!(c, '"' | '\'' | '`');
        let (Some(close), Some(open)) = (before.chars().next_back(), after.chars().next()) else {
            continue;
        };
        let to = before.len() - close.len_utf8().min(before.len());
        if quote(close) && close == open && to >= done {
            whole.push_str(&text[done..to]);
            done = text.len() - after.len() + 1;
            seams += 1;
        }
    }
    if seams >= 2 {
        whole.push_str(&text[done..]);
        push(found, Encoding::Spelled, 0..text.len(), whole.into_bytes());
    }
}
