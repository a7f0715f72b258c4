//! Text to words, the same for what is indexed and for what is looked for, whatever the database.
//!
//! Letters are compared without case, compatibility forms and accents (NFKC of the folded, stripped text);
//! vowel signs of scripts that write words with them stay. Scripts without spaces between words (Chinese,
//! Japanese, Korean, Thai …) become overlapping pairs of letters, as every letter then begins one term: `黒猫が`
//! is `黒猫`, `猫が`, `が`. So any part of such a text can be found, and one letter by the terms it begins.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;

/// Bytes of a term; longer ones are cut.
const LONGEST: usize = 96;

/// What kind of term it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word between two boundaries.
    Whole,
    /// Two neighbouring letters of a script without spaces.
    Pair {
        /// Where the first of them ends.
        first: usize,
    },
    /// The last letter of a run of such letters.
    Last,
}

/// A term and where it stands in the text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What it is compared by.
    pub term: String,
    /// Where it stands.
    pub place: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// Gives every term of `text`, in order, to `take`, until that says `false`.
pub fn each_word(text: &str, mut take: impl FnMut(Word) -> bool) {
    let mut words = Words::default();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        // What follows may be an accent: then the two belong together.
        let alone = bytes.get(at + 1).is_none_or(u8::is_ascii);
        let next = if byte.is_ascii() && alone {
            let end = at + 1;
            if byte.is_ascii_alphanumeric() {
                words.letter(char::from(byte.to_ascii_lowercase()), at..end);
            } else {
                words.boundary();
            }
            end
        } else {
            let rest = text.get(at..).unwrap_or_default();
            let Some(first) = rest.chars().next() else {
                break;
            };
            if first.is_alphanumeric() && !is_combining_mark(first) {
                // Only now: what hangs on a character may be long, and is not to be read again for each of it.
                let letter = rest.graphemes(true).next().unwrap_or(rest);
                match am(letter) {
                    None => {
                        let end = at + letter.len();
                        words.unit(letter, at..end);
                        end
                    }
                    Some((before, sign)) => {
                        let end = at + before.len();
                        words.unit(&format!("{before}{sign}"), at..end);
                        end
                    }
                }
            } else {
                // What hangs on something that is no letter is looked at by itself.
                if !is_ignorable(first) {
                    words.boundary();
                }
                at + first.len_utf8()
            }
        };
        at = next;
        if let Some(word) = words.ready.take()
            && !take(word)
        {
            return;
        }
    }
    words.boundary();
    if let Some(word) = words.ready.take() {
        take(word);
    }
}

/// Words in the making: at most one, of either kind.
#[derive(Default)]
struct Words {
    /// Complete.
    ready: Option<Word>,
    word: Option<(String, Range<usize>)>,
    last: Option<(String, Range<usize>)>,
}

impl Words {
    fn letter(&mut self, letter: char, place: Range<usize>) {
        self.end_of_run();
        let (word, at) = self
            .word
            .get_or_insert_with(|| (String::new(), place.clone()));
        at.end = place.end;
        if word.len() + letter.len_utf8() <= LONGEST {
            word.push(letter);
        }
    }

    /// A letter as people see it: a character with its accents and signs.
    fn unit(&mut self, letter: &str, place: Range<usize>) {
        let folded = fold(letter);
        match folded.chars().next() {
            None => self.boundary(),
            Some(first) if is_without_spaces(first) => self.run(folded, place),
            Some(_) => {
                for letter in folded.chars() {
                    self.letter(letter, place.clone());
                }
            }
        }
    }

    fn run(&mut self, mut letter: String, place: Range<usize>) {
        self.end_of_word();
        while letter.len() > LONGEST / 2 {
            letter.pop();
        }
        if let Some((term, at)) = self.last.take() {
            let word = Word {
                term: term + &letter,
                place: at.start..place.end,
                kind: Kind::Pair { first: at.end },
            };
            self.ready = Some(word);
        }
        self.last = Some((letter, place));
    }

    fn boundary(&mut self) {
        self.end_of_word();
        self.end_of_run();
    }

    fn end_of_word(&mut self) {
        if let Some((term, place)) = self.word.take() {
            self.ready = Some(Word {
                term,
                place,
                kind: Kind::Whole,
            });
        }
    }

    fn end_of_run(&mut self) {
        if let Some((term, place)) = self.last.take() {
            self.ready = Some(Word {
                term,
                place,
                kind: Kind::Last,
            });
        }
    }
}

/// Case, compatibility forms and accents gone; characters that belong to no word, too.
fn fold(letter: &str) -> String {
    letter
        .nfkd()
        .filter(|character| !is_accent(*character))
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|character| {
            (character.is_alphanumeric() || is_combining_mark(*character)) && !is_accent(*character)
        })
        .nfc()
        // Of a vowel with nothing to stand on, its first part may be a sign, which begins no word.
        .skip_while(|character| is_combining_mark(*character))
        .collect()
}

/// The vowel AM of Thai and Lao is a sign on the letter before it and a letter of its own, and is written as these two in
/// compatibility forms: what stands before it, and the sign.
fn am(letter: &str) -> Option<(&str, char)> {
    let (at, sign) = letter
        .char_indices()
        .skip(1)
        .find_map(|(at, letter)| match letter {
            '\u{e33}' => Some((at, '\u{e4d}')),
            '\u{eb3}' => Some((at, '\u{ecd}')),
            _ => None,
        })?;
    Some((letter.get(..at)?, sign))
}

/// Marks that a word is the same word without: accents, and the vowel points of Hebrew and Arabic.
fn is_accent(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}'
        | '\u{5c4}'..='\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Marks of layout within words: the soft hyphen, joiners.
fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}'
    )
}

/// A letter of a script that is written without spaces, or (Hangul) with endings grown to the words.
fn is_without_spaces(letter: char) -> bool {
    matches!(letter,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3040}'..='\u{318f}'
        | '\u{31a0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}'
        | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aa7f}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}
