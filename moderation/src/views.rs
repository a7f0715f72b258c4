//! Other ways to read a text: letters apart put together, digits as letters, words unscrambled, ciphers undone.

pub(crate) mod payloads;

use crate::normalize::View;

/// Letters written one by one, and words run together: both without their boundaries, so searched loosely.
pub(crate) fn joined(view: &View) -> Option<View> {
    /// From so many letters on it is no abbreviation.
    const RUN: usize = 5;
    /// From so many on it is no word.
    const LONG: usize = 22;
    let characters: Vec<(char, u32)> = view.characters().collect();
    let letter = |at: usize| characters.get(at).is_some_and(|(c, _)| c.is_alphanumeric());
    let mut out: Vec<(char, u32)> = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        if !letter(at) {
            at += 1;
            continue;
        }
        let length = (at..characters.len()).take_while(|at| letter(*at)).count();
        let mut end = at + length;
        if length == 1 {
            // One letter, one or two of anything else, one letter …
            let mut run = vec![characters[at]];
            loop {
                let gap = (end..characters.len().min(end + 4))
                    .take_while(|at| !letter(*at))
                    .count();
                let next = end + gap;
                if gap == 0 || gap > 3 || !letter(next) || letter(next + 1) {
                    break;
                }
                run.push(characters[next]);
                end = next + 1;
            }
            if run.len() >= RUN {
                out.extend(run);
                out.push(('\n', 0));
            }
        } else if length >= LONG {
            out.extend_from_slice(&characters[at..end]);
            out.push(('\n', 0));
        }
        at = end;
    }
    (!out.is_empty()).then(|| View::of(out))
}

/// Digits and signs as the letters they resemble, in words that have both.
pub(crate) fn unleeted(view: &View) -> Option<View> {
    let bytes = view.text.as_bytes();
    // The cheap question first: is there a letter beside a digit or a sign?
    let sign = |byte: u8| letter_for(char::from(byte)).is_some();
    let beside = bytes.windows(2).any(|two| {
        two[0].is_ascii_alphabetic() && sign(two[1]) || sign(two[0]) && two[1].is_ascii_alphabetic()
    });
    if !beside {
        return None;
    }
    let mut characters: Vec<(char, u32)> = view.characters().collect();
    let mut changed = false;
    for word in characters.split_mut(|(c, _)| c.is_whitespace()) {
        if word.len() < 60 && word.iter().any(|(c, _)| c.is_ascii_alphabetic()) {
            let last = word.len() - 1;
            for (at, (character, _)) in word.iter_mut().enumerate() {
                // "now!" is no "nowi".
                if at == last && matches!(character, '!' | '|' | '+' | '(') {
                    continue;
                }
                if let Some(letter) = letter_for(*character) {
                    *character = letter;
                    changed = true;
                }
            }
        } else if word.len() <= 4 && word.iter().all(|(c, _)| c.is_ascii_digit()) {
            // A word of digits only: "411" among others.
            for (character, _) in word {
                *character = letter_for(*character).unwrap_or(*character);
            }
        }
    }
    changed.then(|| View::of(characters))
}

fn letter_for(character: char) -> Option<char> {
    Some(match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '|' => 'l',
        '2' => 'z',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '6' | '9' => 'g',
        '7' | '+' => 't',
        '8' => 'b',
        '(' => 'c',
        _ => return None,
    })
}

/// Every letter by a rule.
pub(crate) fn lettered(view: &View, change: impl Fn(char) -> char) -> View {
    View::of(
        view.characters()
            .map(|(character, origin)| (change(character), origin)),
    )
}

/// Read from the end.
pub(crate) fn reversed(view: &View) -> View {
    View::of(view.characters().rev())
}

/// Every word read from its end.
pub(crate) fn words_reversed(view: &View) -> View {
    by_word(view, |word| word.reverse())
}

/// Pig Latin read as English: the ending "ay", and what was moved before it, back to the front.
pub(crate) fn pig_latin(view: &View) -> View {
    by_word(view, |word| {
        let text: String = word.iter().map(|(c, _)| *c).collect();
        let Some(body) = text
            .strip_suffix("way")
            .or_else(|| text.strip_suffix("yay"))
        else {
            if text.len() > 3 && text.ends_with("ay") {
                word.truncate(word.len() - 2);
                let vowel = |c: char| "aeiou".contains(c);
                let moved = word
                    .iter()
                    .rev()
                    .take(3)
                    .take_while(|(c, _)| !vowel(*c))
                    .count();
                // How many were moved cannot be known: what makes a word of the usual beginning is taken.
                let moved = match &text[..text.len() - 2] {
                    body if body.ends_with("pr")
                        || body.ends_with("st")
                        || body.ends_with("sh")
                        || body.ends_with("th") =>
                    {
                        2
                    }
                    _ => moved.min(1),
                };
                word.rotate_right(moved);
            }
            return;
        };
        let length = body.chars().count();
        word.truncate(length);
    })
}

/// Words whose letters were swapped, put right when they are words that matter.
pub(crate) fn unscrambled(
    view: &View,
    right: impl Fn(&str) -> Option<&'static str>,
) -> Option<View> {
    let mut changed = false;
    let out = by_word(view, |word| {
        if !(5..=14).contains(&word.len()) || !word.iter().all(|(c, _)| c.is_ascii_lowercase()) {
            return;
        }
        let text: String = word.iter().map(|(c, _)| *c).collect();
        if let Some(right) = right(&text) {
            for ((character, _), letter) in word.iter_mut().zip(right.chars()) {
                *character = letter;
            }
            changed = true;
        }
    });
    changed.then_some(out)
}

fn by_word(view: &View, mut change: impl FnMut(&mut Vec<(char, u32)>)) -> View {
    let mut out: Vec<(char, u32)> = Vec::with_capacity(view.text.len());
    let mut word: Vec<(char, u32)> = Vec::new();
    for (character, origin) in view.characters() {
        if character.is_alphabetic() {
            word.push((character, origin));
            continue;
        }
        if !word.is_empty() {
            change(&mut word);
            out.append(&mut word);
        }
        out.push((character, origin));
    }
    if !word.is_empty() {
        change(&mut word);
        out.append(&mut word);
    }
    View::of(out)
}
