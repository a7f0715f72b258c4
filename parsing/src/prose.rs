//! Text in the making: words flow, and breaks between them are made once, however often they are asked for.

use crate::plain::is_nothing;

/// What stands before the next word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Break {
    /// Nothing.
    #[default]
    None,
    /// A space.
    Space,
    /// The end of a line.
    Line,
    /// An empty line.
    Paragraph,
}

/// Text in the making.
#[derive(Debug, Default)]
pub(crate) struct Prose {
    text: String,
    before: Break,
    mark: String,
}

impl Prose {
    /// Adds words; all space between them is one.
    pub(crate) fn flow(&mut self, text: &str) {
        for letter in text.chars() {
            if letter.is_whitespace() {
                self.ask(Break::Space);
            } else {
                self.letter(letter);
            }
        }
    }

    /// Adds words with their space and lines.
    pub(crate) fn keep(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '\n' if self.before < Break::Line => self.before = Break::Line,
                '\n' => self.before = Break::Paragraph,
                ' ' | '\t' if self.before < Break::Line && !self.text.is_empty() => {
                    self.text.push(letter);
                }
                letter => self.letter(letter),
            }
        }
    }

    fn letter(&mut self, letter: char) {
        if is_nothing(letter) {
            return;
        }
        let before = std::mem::take(&mut self.before);
        if !self.text.is_empty() {
            self.text.push_str(match before {
                Break::None => "",
                Break::Space => " ",
                Break::Line => "\n",
                Break::Paragraph => "\n\n",
            });
        }
        self.text.push_str(&self.mark);
        self.mark.clear();
        self.text.push(letter);
    }

    /// Before the next word there is at least this.
    pub(crate) fn ask(&mut self, before: Break) {
        self.before = self.before.max(before);
    }

    /// The next word comes with this before it: the mark of a heading or an item.
    pub(crate) fn mark(&mut self, mark: &str) {
        self.mark.clear();
        self.mark.push_str(mark);
    }

    /// A mark waits for its word.
    pub(crate) fn is_marked(&self) -> bool {
        !self.mark.is_empty()
    }

    /// Bytes so far.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
