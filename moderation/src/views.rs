//! Other ways to read a text: letters apart put together, digits as letters, words unscrambled, ciphers undone.

pub(crate) mod payloads;

use crate::normalize::View;

/// Letters written one by one, put together, and words run together: boundaries are lost in both, so they are searched
/// loosely. What is usual between the letters separates letters, anything else separates words.
pub(crate) fn joined(view: &View) -> Option<View> {
    /// From so many letters on it is no abbreviation.
    const RUN: usize = 5;
    /// From so many on it is no word.
    const LONG: usize = 22;
    if !apart(&view.text, RUN, LONG) {
        return grouped(view);
    }
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
            let run = single(&characters, at);
            end = run.last().map_or(end, |last| last + 1);
            if run.len() >= RUN {
                put_together(&characters, &run, &mut out);
            }
        } else if length >= LONG {
            out.extend_from_slice(&characters[at..end]);
            out.push(('\n', characters[end - 1].1));
        }
        at = end;
    }
    (!out.is_empty()).then(|| View::of(out))
}

/// A text cut into groups of equal size, put together.
fn grouped(view: &View) -> Option<View> {
    /// Groups at least.
    const FEWEST: usize = 7;
    let mut words = view.text.split_ascii_whitespace();
    let size = words.next()?.len();
    // Hardly a sentence has two words of one size at its beginning, and the next of that size, too.
    if !(2..=6).contains(&size) || !words.clone().take(2).all(|word| word.len() == size) {
        return None;
    }
    let (mut same, mut all) = (1, 1);
    for word in words {
        same += usize::from(word.len() == size);
        all += 1;
    }
    (all >= FEWEST && same + 1 >= all)
        .then(|| View::of(view.characters().filter(|(c, _)| !c.is_whitespace())))
}

/// The cheap question first: are there so many single letters, or a word so long?
fn apart(text: &str, run: usize, long: usize) -> bool {
    let (mut length, mut single) = (0, 0);
    for character in text.chars() {
        if character.is_alphanumeric() {
            length += 1;
            if length >= long {
                return true;
            }
        } else if length > 0 {
            single = if length == 1 { single + 1 } else { 0 };
            if single >= run {
                return true;
            }
            length = 0;
        }
    }
    length == 1 && single + 1 >= run
}

/// One letter, a little of anything else, one letter …: where they are.
fn single(characters: &[(char, u32)], from: usize) -> Vec<usize> {
    /// How much may be between two letters.
    const GAP: usize = 8;
    let letter = |at: usize| characters.get(at).is_some_and(|(c, _)| c.is_alphanumeric());
    let mut run = vec![from];
    let mut end = from + 1;
    loop {
        let gap = (end..characters.len().min(end + GAP + 1))
            .take_while(|at| !letter(*at))
            .count();
        let next = end + gap;
        if gap == 0 || gap > GAP || !letter(next) || letter(next + 1) {
            return run;
        }
        run.push(next);
        end = next + 1;
    }
}

/// Adds a run of single letters as words.
fn put_together(characters: &[(char, u32)], run: &[usize], out: &mut Vec<(char, u32)>) {
    /// Gaps that are compared.
    const SEEN: usize = 64;
    let gaps = || run.windows(2).map(|two| two[1] - two[0]);
    let usual = gaps()
        .take(SEEN)
        .min_by_key(|gap| SEEN - gaps().take(SEEN).filter(|other| other == gap).count());
    for (at, place) in run.iter().enumerate() {
        if at > 0 && Some(place - run[at - 1]) != usual {
            out.push((' ', characters[*place].1));
        }
        out.push(characters[*place]);
    }
    if let Some(last) = run.last() {
        out.push(('\n', characters[*last].1));
    }
}

/// Digits and signs as the letters they resemble, in words that have both.
pub(crate) fn unleeted(view: &View) -> Option<View> {
    let bytes = view.text.as_bytes();
    // The cheap question first: is there a letter beside a digit or a sign?
    let sign = |byte: u8| letter_for(char::from(byte)).is_some();
    // What ends a sentence is no letter, see below.
    let ends = |at: usize| {
        matches!(bytes[at], b'!' | b'|' | b'+' | b'(')
            && bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace)
    };
    let beside = bytes.windows(2).enumerate().any(|(at, two)| {
        two[0].is_ascii_alphabetic() && sign(two[1]) && !ends(at + 1)
            || sign(two[0]) && two[1].is_ascii_alphabetic()
    });
    if !beside {
        return None;
    }
    let (mut characters, mut changed) = built(view);
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

/// The characters, with letters that are built of several signs as one: `|\|` and `/\`.
fn built(view: &View) -> (Vec<(char, u32)>, bool) {
    #[rustfmt::skip]
    const BUILT: &[(&str, char)] = &[
        ("|\\/|", 'm'), ("|\\|", 'n'), ("|-|", 'h'), ("|_|", 'u'), ("/\\", 'a'), ("\\/", 'v'), ("()", 'o'), ("|<", 'k'), ("|)", 'd'),
        ("|>", 'p'), ("|_", 'l'), ("][", 'i'), ("\\x/", 'w'),
    ];
    let mut characters: Vec<(char, u32)> = view.characters().collect();
    // Half of them has a backslash or a bar, and programs have empty parentheses.
    let bytes = view.text.as_bytes();
    if !bytes.contains(&b'\\') && !bytes.contains(&b'|') {
        return (characters, false);
    }
    let (mut at, mut changed) = (0, false);
    let mut out = Vec::with_capacity(characters.len());
    while at < characters.len() {
        let rest = &characters[at..];
        let same = |signs: &str| {
            rest.len() >= signs.len()
                && signs
                    .chars()
                    .zip(rest)
                    .all(|(one, (other, _))| one == *other)
        };
        let may_be = matches!(rest[0].0, '|' | '/' | '\\' | '(' | ']');
        if may_be && let Some((signs, letter)) = BUILT.iter().find(|(signs, _)| same(signs)) {
            out.push((*letter, rest[0].1));
            at += signs.len();
            changed = true;
        } else {
            out.push(rest[0]);
            at += 1;
        }
    }
    if changed {
        characters = out;
    }
    (characters, changed)
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
pub(crate) fn pig_latin(view: &View, matters: impl Fn(&str) -> bool) -> View {
    by_word(view, |word| {
        let text: String = word.iter().map(|(c, _)| *c).collect();
        if let Some(body) = text
            .strip_suffix("way")
            .or_else(|| text.strip_suffix("yay"))
        {
            word.truncate(body.chars().count());
            return;
        }
        if text.len() <= 3 || !text.ends_with("ay") || !text.is_ascii() {
            return;
        }
        let body = &text[..text.len() - 2];
        // How many letters were moved cannot be seen: so many that the word is one that matters, else one consonant.
        let back = |moved: usize| {
            let at = body.len() - moved.min(body.len());
            format!("{}{}", &body[at..], &body[..at])
        };
        let consonant = !body.ends_with(['a', 'e', 'i', 'o', 'u']);
        let moved = (1..=4)
            .find(|moved| matters(&back(*moved)))
            .unwrap_or(usize::from(consonant));
        word.truncate(body.len());
        word.rotate_right(moved.min(body.len()));
    })
}

/// Every letter once that was written twice.
pub(crate) fn halved(view: &View) -> View {
    let mut pending = None;
    View::of(view.characters().filter(|(character, _)| {
        let second = pending == Some(*character);
        pending = (!second).then_some(*character);
        !second
    }))
}

/// What a small letter looks like on its head, when it is another.
pub(crate) fn on_its_head(letter: char) -> char {
    match letter {
        'u' => 'n',
        'n' => 'u',
        'b' => 'q',
        'q' => 'b',
        'd' => 'p',
        'p' => 'd',
        other => other,
    }
}

/// Read from the end, with the letters that are others when they stand on their heads.
pub(crate) fn turned(view: &View) -> View {
    View::of(
        view.characters()
            .rev()
            .map(|(character, origin)| (on_its_head(character), origin)),
    )
}

/// Words whose letters were swapped or left out, put right when they are words that matter.
pub(crate) fn unscrambled(
    view: &View,
    right: impl Fn(&str) -> Option<&'static str>,
) -> Option<View> {
    // The cheap question first: is there such a word at all?
    let wrong = |word: &str| right(word).is_some();
    view.text
        .split(|c: char| !c.is_alphabetic())
        .any(wrong)
        .then(|| {
            by_word(view, |word| {
                let text: String = word.iter().map(|(c, _)| *c).collect();
                if let Some(right) = right(&text) {
                    replace(word, right);
                }
            })
        })
}

/// Words with stars for some of their letters, put right when they are words that matter.
pub(crate) fn unmasked(view: &View, right: impl Fn(&str) -> Option<&'static str>) -> Option<View> {
    let starred = view.text.contains('*')
        && view.text.split_whitespace().any(|word| {
            word.contains('*') && right(word.trim_end_matches(['.', ',', '!', '?'])).is_some()
        });
    starred.then(|| {
        let mut out: Vec<(char, u32)> = Vec::with_capacity(view.text.len());
        let mut word: Vec<(char, u32)> = Vec::new();
        let mut close = |word: &mut Vec<(char, u32)>| {
            let text: String = word.iter().map(|(c, _)| *c).collect();
            let text = text.trim_end_matches(['.', ',', '!', '?']);
            if let Some(right) = right(text).filter(|_| text.contains('*')) {
                word.truncate(text.chars().count());
                replace(word, right);
            }
            out.append(word);
        };
        for (character, origin) in view.characters() {
            word.push((character, origin));
            if character.is_whitespace() {
                let space = word.pop();
                close(&mut word);
                word.extend(space);
            }
        }
        close(&mut word);
        View::of(out)
    })
}

/// Another word in the place of one.
fn replace(word: &mut Vec<(char, u32)>, right: &str) {
    let places: Vec<u32> = word.iter().map(|(_, origin)| *origin).collect();
    let last = places.len().saturating_sub(1);
    let size = right.chars().count().max(1);
    word.clear();
    // The first and the last letter stay where they were, so that a span of the whole word is right.
    word.extend(right.chars().enumerate().map(|(at, letter)| {
        let place = places.get(at * last / (size - 1).max(1)).copied();
        (letter, place.unwrap_or_default())
    }));
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
