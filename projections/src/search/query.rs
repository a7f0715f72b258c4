//! What somebody looks for: words, `"phrases"`, `beginnings*`, and what must `-not` be there.

use passages::words::{Kind, Word, each_word};

use super::mark;

/// Terms that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// The terms, in order; at least one.
    pub terms: Vec<String>,
    /// Of the last one only the beginning is given.
    pub prefix: bool,
}

/// What a search asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchTerms {
    /// Each of them is there.
    pub all: Vec<Phrase>,
    /// None of them is there.
    pub none: Vec<Phrase>,
}

impl Phrase {
    fn read(text: &str, open: bool) -> Option<Self> {
        let mut words: Vec<Word> = Vec::new();
        each_word(text, |word| {
            words.push(word);
            true
        });
        // In the text that is looked for, the run of letters may go on.
        let goes_on = words.last().is_some_and(|last| last.kind == Kind::Last);
        let pair = matches!(
            words.iter().rev().nth(1),
            Some(Word {
                kind: Kind::Pair { .. },
                ..
            })
        );
        if goes_on && pair {
            words.pop();
        }
        let terms: Vec<String> = words.into_iter().map(|word| word.term).collect();
        (!terms.is_empty()).then_some(Self {
            terms,
            prefix: (goes_on && !pair) || (open && !goes_on),
        })
    }

    /// What a row's words contain where the phrase is.
    #[must_use]
    pub fn pattern(&self) -> String {
        let mut pattern = String::from(" ");
        pattern.push_str(&self.terms.join(" "));
        if !self.prefix {
            pattern.push(' ');
        }
        pattern
    }

    /// Whether the phrase begins with the first of these terms, and how many it takes.
    pub(super) fn at<'a>(&self, mut terms: impl Iterator<Item = &'a str>) -> bool {
        let last = self.terms.len() - 1;
        self.terms.iter().enumerate().all(|(number, wanted)| {
            terms.next().is_some_and(|term| {
                term == wanted || (self.prefix && number == last && term.starts_with(wanted))
            })
        })
    }
}

impl SearchTerms {
    /// Reads what was typed. Nothing is malformed: marks without a meaning are taken for space.
    #[must_use]
    pub fn read(typed: &str) -> Self {
        let mut terms = Self::default();
        let mut rest = typed;
        while let Some(start) = rest.find(|character: char| !character.is_whitespace()) {
            rest = rest.get(start..).unwrap_or_default();
            let (not, after) = match rest.strip_prefix('-') {
                Some(after) => (true, after),
                None => (false, rest),
            };
            let quoted = after.strip_prefix(is_quote).and_then(|inside| {
                let end = inside.find(is_quote)?;
                let (phrase, rest) = inside.split_at(end);
                let rest = rest.strip_prefix(is_quote)?;
                Some((phrase, rest.starts_with('*') || phrase.ends_with('*'), rest))
            });
            let (text, open, left) = quoted.unwrap_or_else(|| {
                // An inner quote begins a phrase of its own.
                let end = after
                    .char_indices()
                    .skip(1)
                    .find(|(_, character)| character.is_whitespace() || is_quote(*character))
                    .map_or(after.len(), |(end, _)| end);
                let (word, rest) = after.split_at(end);
                (word, word.ends_with('*'), rest)
            });
            if let Some(phrase) = Phrase::read(text, open) {
                let to = if not { &mut terms.none } else { &mut terms.all };
                if !to.contains(&phrase) {
                    to.push(phrase);
                }
            }
            rest = left;
        }
        terms
    }

    /// There is nothing to look for: what must not be there is no word to find anything by.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What an index of single terms can be asked: terms that all have to be there, and beginnings of such.
    #[must_use]
    pub fn single(&self) -> Vec<(String, bool)> {
        let mut single: Vec<(String, bool)> = Vec::new();
        for phrase in &self.all {
            let last = phrase.terms.len() - 1;
            for (number, term) in phrase.terms.iter().enumerate() {
                let term = (term.clone(), phrase.prefix && number == last);
                if !single.contains(&term) {
                    single.push(term);
                }
            }
        }
        single
    }

    /// The term that all words of this user, or of this conversation, come with.
    #[must_use]
    pub fn mark(id: &str) -> String {
        mark(id)
    }
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„' | '«' | '»')
}
