//! Words that matter, written wrong: letters swapped ("ignroe"), vowels left out ("prvs"), stars for letters ("*gnore").

use std::sync::LazyLock;

use super::lexicon::{Class, words};

/// A word that matters, with what its misspellings share with it.
struct Known {
    word: &'static str,
    sum: u32,
    /// The first letter and the consonants behind it, when they are enough to know it by.
    bones: String,
}

/// By first letter.
static KNOWN: LazyLock<[Vec<Known>; 26]> = LazyLock::new(|| {
    #[rustfmt::skip]
    const USUAL: &[&str] = &[
        "instructions", "instruction", "directives", "guidelines", "restrictions", "constraints", "limitations", "previous", "preceding",
        "ignore", "disregard", "override", "bypass", "prompts", "prompt", "message", "messages", "system", "reveal", "everything",
        "assistant", "unrestricted", "conversation", "context", "follow", "forget", "safety", "filters", "initial", "original",
        "earlier", "existing", "developer", "hidden", "repeat", "display", "output", "answer", "respond", "rules", "pretend",
        "password", "print", "above", "before", "secret",
    ];
    let ascii = |word: &&str| word.len() >= 5 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let listed = words()
        .filter(|(class, _)| matches!(class, Class::Ignore | Class::Prev | Class::Instr))
        // The first list of each is English.
        .scan(Vec::new(), |seen: &mut Vec<u8>, (class, words)| {
            let first = !seen.contains(&(*class as u8));
            seen.push(*class as u8);
            Some(if first { *words } else { "" })
        })
        .flat_map(str::split_whitespace);
    let mut known: [Vec<Known>; 26] = std::array::from_fn(|_| Vec::new());
    for word in listed.chain(USUAL.iter().copied()).filter(ascii) {
        let list = &mut known[usize::from(word.as_bytes()[0] - b'a')];
        if list.iter().all(|known| known.word != word) {
            list.push(Known {
                word,
                sum: sum(word),
                bones: bones(word),
            });
        }
    }
    known
});

fn sum(word: &str) -> u32 {
    word.bytes().map(u32::from).sum()
}

fn vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u')
}

fn bones(word: &str) -> String {
    let rest = word.bytes().skip(1).filter(|byte| !vowel(*byte));
    word.bytes().take(1).chain(rest).map(char::from).collect()
}

/// Whether this is a word that matters.
pub(super) fn matters(word: &str) -> bool {
    let first = word.bytes().next().filter(u8::is_ascii_lowercase);
    first.is_some_and(|first| {
        let known = &KNOWN[usize::from(first - b'a')];
        known.iter().any(|known| known.word == word)
    })
}

/// The word that this one was meant to be, when it is another.
pub(super) fn right(word: &str) -> Option<&'static str> {
    let bytes = word.as_bytes();
    let first = bytes.first().filter(|byte| byte.is_ascii_lowercase())?;
    if !(4..=14).contains(&bytes.len()) {
        return None;
    }
    let known = &KNOWN[usize::from(first - b'a')];
    if bytes.len() >= 5 {
        let sum = sum(word);
        let same = known
            .iter()
            .filter(|known| known.word.len() == word.len() && known.sum == sum)
            .find(|known| key(known.word) == key(word));
        if let Some(same) = same {
            return (same.word != word).then_some(same.word);
        }
    }
    if bytes[1..].iter().any(|byte| vowel(*byte)) {
        return None;
    }
    known
        .iter()
        .find(|known| known.bones == word && known.word != word)
        .map(|known| known.word)
}

/// The word that has the same letters where this one has no stars.
pub(super) fn unmasked(word: &str) -> Option<&'static str> {
    let stars = word.bytes().filter(|byte| *byte == b'*').count();
    if stars == 0 || stars * 2 > word.len() || !(5..=14).contains(&word.len()) {
        return None;
    }
    let alike = |known: &&Known| {
        known.word.len() == word.len()
            && (known.word.bytes().zip(word.bytes()))
                .all(|(one, other)| other == b'*' || one == other)
    };
    KNOWN.iter().flatten().find(alike).map(|known| known.word)
}

fn key(word: &str) -> Vec<u8> {
    let mut letters = word.as_bytes().to_vec();
    if let Some((_, rest)) = letters.split_first_mut() {
        rest.sort_unstable();
    }
    letters
}
