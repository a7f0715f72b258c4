//! Finds the rules' words with one automaton, and the rules in what it found. Linear: every word moves every rule that
//! waits for it by at most one step.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{
    lexicon::{Class, closed_up, words},
    markers::{Marker, markers},
    rules::{RULES, Rule},
    signs::{SIGNS, Sign},
    together::Seen,
};
use crate::{category::Category, normalize::plain};

/// A word of the lexicon in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) class: Class,
    /// Whether the text itself does not have it: another reading does.
    pub(super) disguised: bool,
}

/// A rule in a text that makes more than a sign.
pub(super) struct Hit {
    pub(super) rule: &'static Rule,
    pub(super) range: Range<usize>,
    /// Whether one of its words is disguised.
    pub(super) disguised: bool,
}

enum Meaning {
    Word { class: Class, open: bool },
    Marker(Marker),
    Sign(Sign),
}

/// What the lexicon knows in a text.
#[derive(Default)]
pub(super) struct Read {
    /// Its words, in order of their ends.
    pub(super) words: Vec<Word>,
    /// The marks of ciphers.
    pub(super) markers: Vec<Marker>,
    /// What says little by itself.
    pub(super) signs: Vec<Seen>,
}

struct Lexicon {
    automaton: AhoCorasick,
    meanings: Vec<Meaning>,
}

/// What the rules wait for.
struct Awaited {
    /// For each class the rules that wait for it, each with the step and the place of its state; last steps first.
    waiting: Vec<Vec<(usize, usize, usize)>>,
    /// How many states there are: one for each step but the last.
    states: usize,
    /// For each class the classes of which one must have come before, a bit each; none for what may begin a rule.
    behind: Vec<u128>,
}

/// Texts in ASCII are read faster without the words of other scripts, and all texts without those that lost their spaces.
static ASCII: LazyLock<Option<Lexicon>> = LazyLock::new(|| build(words(), str::is_ascii, false));
static ALL: LazyLock<Option<Lexicon>> = LazyLock::new(|| build(words(), |_| true, false));
static CLOSED_UP: LazyLock<Option<Lexicon>> = LazyLock::new(|| build(closed_up(), |_| true, true));
static AWAITED: LazyLock<Awaited> = LazyLock::new(awaited);

const CLASSES: usize = Class::Asset as usize + 1;
const _: () = assert!(CLASSES <= 128, "a bit for each class");

fn build(
    lists: impl Iterator<Item = &'static (Class, &'static str)>,
    wanted: fn(&str) -> bool,
    without_spaces: bool,
) -> Option<Lexicon> {
    let mut literals = Vec::new();
    let mut meanings = Vec::new();
    for (class, words) in lists {
        for word in words.split_whitespace() {
            let (word, open) = word
                .strip_suffix('*')
                .map_or((word, false), |word| (word, true));
            // Marks of templates are written with their own underscores.
            let mark = word.starts_with(['<', '[', '#', '{']) && !word.starts_with("###");
            let word = if mark {
                word.to_owned()
            } else {
                word.replace('_', " ")
            };
            let word = plain(&word).into_owned();
            if !wanted(&word) {
                continue;
            }
            let meaning = || Meaning::Word {
                class: *class,
                open,
            };
            if without_spaces && word.contains(' ') && word.is_ascii() {
                literals.push(word.replace(' ', ""));
                meanings.push(meaning());
            }
            literals.push(word);
            meanings.push(meaning());
        }
    }
    if !without_spaces {
        signs_and_markers(&mut literals, &mut meanings);
    }
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(&literals)
        .ok()?;
    Some(Lexicon {
        automaton,
        meanings,
    })
}

fn awaited() -> Awaited {
    let mut waiting = vec![Vec::new(); CLASSES];
    let mut states = 0;
    for (at, rule) in RULES.iter().enumerate() {
        for (step, (class, _)) in rule.steps.iter().enumerate().rev() {
            waiting[*class as usize].push((at, step, states + step));
        }
        states += rule.steps.len() - 1;
    }
    let behind = waiting
        .iter()
        .map(|rules: &Vec<(usize, usize, usize)>| {
            let before = |(at, step, _): &(usize, usize, usize)| {
                let (class, _) = RULES[*at].steps.get(step.checked_sub(1)?)?;
                Some(bit(*class))
            };
            let all: Option<Vec<u128>> = rules.iter().map(before).collect();
            all.unwrap_or_default()
                .into_iter()
                .fold(0, |all, one| all | one)
        })
        .collect();
    Awaited {
        waiting,
        states,
        behind,
    }
}

/// What is no word of a rule.
fn signs_and_markers(literals: &mut Vec<String>, meanings: &mut Vec<Meaning>) {
    for (sign, phrases) in SIGNS {
        for phrase in phrases.split_whitespace() {
            literals.push(phrase.replace('_', " "));
            meanings.push(Meaning::Sign(*sign));
        }
    }
    for (literal, marker) in markers() {
        literals.push(literal);
        meanings.push(Meaning::Marker(marker));
    }
}

fn bit(class: Class) -> u128 {
    1 << class as u32
}

/// What the lexicon knows in a clean text. `loose`: words need no boundaries, because the text has lost its spaces.
pub(super) fn read(text: &str, loose: bool) -> Read {
    let mut read = Read::default();
    let lexicon = match (loose, text.is_ascii()) {
        (true, _) => &CLOSED_UP,
        (false, true) => &ASCII,
        (false, false) => &ALL,
    };
    let Some(lexicon) = lexicon.as_ref() else {
        return read;
    };
    let text = &unbroken(text);
    let bytes = text.as_bytes();
    let behind = &AWAITED.behind;
    let mut seen = 0_u128;
    for found in lexicon.automaton.find_overlapping_iter(&**text) {
        let (start, end) = (found.start(), found.end());
        let begins = || part(bytes, start, start.wrapping_sub(1)).is_none();
        let ends = || part(bytes, end - 1, end).is_none();
        match &lexicon.meanings[found.pattern().as_usize()] {
            Meaning::Marker(marker) => {
                if !read.markers.contains(marker) {
                    read.markers.push(*marker);
                }
            }
            Meaning::Word { class, open } => {
                // What continues nothing is nothing: most words of a text are that.
                let needed = behind[*class as usize];
                if needed != 0 && needed & seen == 0 {
                    continue;
                }
                let whole = || begins() && (*open || ends());
                if loose && end - start >= 5 || whole() {
                    seen |= bit(*class);
                    read.words.push(Word {
                        start,
                        end,
                        class: *class,
                        disguised: false,
                    });
                }
            }
            Meaning::Sign(sign) => {
                if begins() && ends() {
                    read.signs.push(Seen {
                        sign: *sign,
                        start,
                        end,
                    });
                }
            }
        }
    }
    // Of words that end together the shorter one comes first: it may be a later step of a rule that the longer begins.
    read.words
        .sort_by_key(|word| (word.end, usize::MAX - word.start));
    read
}

/// The text with spaces where lines end: words that belong together may be on two lines, though not with an empty one
/// between them.
fn unbroken(text: &str) -> Cow<'_, str> {
    if text.contains('\n') {
        Cow::Owned(text.replace('\n', " "))
    } else {
        Cow::Borrowed(text)
    }
}

/// The letter at `outside` when it continues the word that the letter at `inside` belongs to.
fn part(bytes: &[u8], inside: usize, outside: usize) -> Option<u8> {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric();
    // Scripts without spaces have no boundaries; other letters beyond ASCII begin with 0xC3 to 0xDF.
    let other = |byte: &u8| matches!(byte, 0x80..=0xDF);
    let inner = bytes.get(inside)?;
    let outer = bytes.get(outside)?;
    (letter(inner) && (letter(outer) || *outer == b'\'')
        || other(inner) && other(outer) && !spaceless(bytes, inside))
    .then_some(*outer)
}

/// Whether the character that a byte belongs to is of a script that writes no spaces.
fn spaceless(bytes: &[u8], at: usize) -> bool {
    let lead = bytes[..=at]
        .iter()
        .rev()
        .take(4)
        .find(|byte| **byte & 0xC0 != 0x80);
    lead.is_some_and(|lead| *lead >= 0xE0)
}

/// What the rules make of a text with these words: the signs are returned, `hit` gets the hits one by one, for there can be
/// more of them than words. Both are complete and in order of their ends: what is far before an attack must not keep those
/// away that are next to it.
pub(super) fn made(text: &str, words: &[Word], mut hit: impl FnMut(Hit)) -> Vec<Seen> {
    let mut signs = Vec::new();
    if words.is_empty() {
        return signs;
    }
    let awaited = &*AWAITED;
    // For every rule and step but the last, where the sequence so far began and ended.
    let mut states = vec![None::<(usize, usize, bool)>; awaited.states];
    for word in words {
        for (at, step, state) in &awaited.waiting[word.class as usize] {
            let rule = &RULES[*at];
            let (start, disguised) = if *step == 0 {
                (word.start, word.disguised)
            } else {
                let Some((start, end, disguised)) = states[state - 1] else {
                    continue;
                };
                let reach = rule.steps[*step].1;
                if end > word.start
                    || word.start - end > reach * wide(text, end)
                    || !rule.across && ends_sentence(&text[end..word.start])
                    || (word.class == Class::Instr || rule.category == Category::Unrestricted)
                        && ends_clause(&text[end..word.start])
                {
                    continue;
                }
                (start, disguised || word.disguised)
            };
            if step + 1 < rule.steps.len() {
                states[*state] = Some((start, word.end, disguised));
            } else if let Some(sign) = rule.sign {
                let end = word.end;
                note(&mut signs, Seen { sign, start, end });
            } else {
                hit(Hit {
                    rule,
                    range: start..word.end,
                    disguised,
                });
            }
        }
    }
    signs
}

/// Several rules make the same sign of the same words: it counts once, or there would be many times more of them than
/// words.
fn note(signs: &mut Vec<Seen>, seen: Seen) {
    let same = signs
        .iter_mut()
        .rev()
        .take_while(|other| other.end == seen.end)
        .find(|other| other.sign == seen.sign);
    match same {
        Some(same) => *same = seen,
        None => signs.push(seen),
    }
}

/// Letters beyond ASCII take more bytes.
fn wide(text: &str, at: usize) -> usize {
    if text
        .as_bytes()
        .get(at.saturating_sub(1))
        .is_some_and(u8::is_ascii)
    {
        1
    } else {
        2
    }
}

/// Whether another thought begins: "ignore my earlier mail, the rules are attached" is not about rules.
fn ends_clause(between: &str) -> bool {
    between.contains([',', ';', ':', '"', '(', '，', '、', '；'])
}

fn ends_sentence(between: &str) -> bool {
    let mut bytes = between.bytes().peekable();
    while let Some(byte) = bytes.next() {
        let next = bytes.peek().copied();
        if matches!(byte, b'.' | b'?' | b'!') && next.is_none_or(|next| next.is_ascii_whitespace())
            || byte == b'\n' && next == Some(b'\n')
        {
            return true;
        }
    }
    between.contains('。')
}
