//! Words that matter with their letters swapped: "ignroe", "prveious".

use std::{collections::HashMap, sync::LazyLock};

use super::lexicon::{Class, WORDS};

/// By first letter and sorted letters.
static RIGHT: LazyLock<HashMap<Vec<u8>, &'static str>> = LazyLock::new(|| {
    #[rustfmt::skip]
    const USUAL: &[&str] = &[
        "instructions", "instruction", "directives", "guidelines", "restrictions", "constraints", "limitations", "previous", "preceding",
        "ignore", "disregard", "override", "bypass", "prompts", "prompt", "message", "messages", "system", "reveal", "everything",
        "assistant", "unrestricted", "conversation", "context", "follow", "forget", "safety", "filters", "initial", "original",
        "earlier", "existing", "developer", "hidden", "secret", "repeat", "display", "output", "answer", "respond", "rules", "pretend",
    ];
    let ascii = |word: &&str| word.len() >= 5 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let listed = WORDS
        .iter()
        .filter(|(class, _)| matches!(class, Class::Ignore | Class::Prev | Class::Instr))
        // The first list of each is English.
        .scan(Vec::new(), |seen: &mut Vec<u8>, (class, words)| {
            let first = !seen.contains(&(*class as u8));
            seen.push(*class as u8);
            Some(if first { *words } else { "" })
        })
        .flat_map(str::split_whitespace);
    listed
        .chain(USUAL.iter().copied())
        .filter(ascii)
        .map(|word| (key(word), word))
        .collect()
});

/// The word that this one was meant to be, when it is another.
pub(super) fn right(word: &str) -> Option<&'static str> {
    let right = *RIGHT.get(&key(word))?;
    (right != word).then_some(right)
}

fn key(word: &str) -> Vec<u8> {
    let mut letters = word.as_bytes().to_vec();
    if let Some((_, rest)) = letters.split_first_mut() {
        rest.sort_unstable();
    }
    letters
}
