//! Markdown as it streams to blocks: prose at once, a fenced block when it is whole.
//!
//! Pure and incremental: whatever way a text is cut into deltas, the prose joined together and the fenced
//! blocks are the same. A line is held back only for as long as it may still turn out to be a fence
//! (CommonMark 0.31, 4.5). Tables stay markdown.

#[cfg(test)]
mod tests;

/// Spaces that may stand before a fence; more make it an indented line.
const DEEPEST: usize = 3;
/// Characters that make a fence.
const SHORTEST: usize = 3;
/// Bytes of a line that may be a fence's: a longer one is prose, so that not much is ever held back.
const LONGEST: usize = 256;

/// What a reader is shown next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// More prose, to be joined to what came before.
    Markdown(String),
    /// A fenced block has begun.
    Load(Kind),
    /// A whole fenced block, without its fences.
    Fenced {
        kind: Kind,
        text: String,
        /// The first word after the opening fence; empty where there is none.
        language: String,
    },
}

/// What a fenced block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Program text, or anything else that is shown as it is.
    Code,
    /// A diagram.
    Mermaid,
}

/// A block, and how many bytes of the text lead up to its end. No two of a text have the same end: whoever was shown one
/// goes on with the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) block: Block,
    pub(super) end: u64,
}

/// The parser. Feed it with [`Splitter::push`], and end with [`Splitter::finish`].
#[derive(Clone, Debug, Default)]
pub(super) struct Splitter {
    state: State,
    /// Bytes taken in.
    taken: u64,
    shown: Vec<Shown>,
}

#[derive(Clone, Debug)]
enum State {
    /// In the middle of a line of prose.
    Prose,
    /// At the beginning of a line of prose that may still be a fence.
    Held(String),
    /// In a fenced block.
    Fenced(Fenced),
}

impl Default for State {
    fn default() -> Self {
        Self::Held(String::new())
    }
}

#[derive(Clone, Debug)]
struct Fenced {
    kind: Kind,
    language: String,
    fence: Fence,
    text: String,
    /// The line that has not ended.
    line: String,
}

/// An opening fence: what closes it must be made of the same character and be as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fence {
    indent: usize,
    character: char,
    length: usize,
}

impl Splitter {
    /// Takes more of the text; gives what can be shown now.
    pub(super) fn push(&mut self, delta: &str) -> Vec<Shown> {
        for part in delta.split_inclusive('\n') {
            self.part(part);
        }
        std::mem::take(&mut self.shown)
    }

    /// The text is over: what was held back is shown, and an open fence is closed.
    pub(super) fn finish(mut self) -> Vec<Shown> {
        match std::mem::take(&mut self.state) {
            State::Prose => {}
            State::Held(line) => match Opening::read(&line) {
                Some(opening) => {
                    self.open(opening);
                    self.close();
                }
                None => self.prose(&line),
            },
            State::Fenced(mut fenced) => {
                if !fenced.fence.is_closed_by(&fenced.line) {
                    let last = std::mem::take(&mut fenced.line);
                    fenced.take(&last);
                }
                self.state = State::Fenced(fenced);
                self.close();
            }
        }
        self.shown
    }

    /// A part of one line, or its end.
    fn part(&mut self, part: &str) {
        self.taken += part.len() as u64;
        let ends = part.ends_with('\n');
        match std::mem::take(&mut self.state) {
            State::Prose => {
                self.prose(part);
                if !ends {
                    self.state = State::Prose;
                }
            }
            State::Held(mut line) => {
                line.push_str(part);
                if !may_open(&line) {
                    self.prose(&line);
                    if !ends {
                        self.state = State::Prose;
                    }
                } else if !ends {
                    self.state = State::Held(line);
                } else {
                    match Opening::read(&line) {
                        Some(opening) => self.open(opening),
                        None => self.prose(&line),
                    }
                }
            }
            State::Fenced(mut fenced) => {
                fenced.line.push_str(part);
                let closed = ends && fenced.fence.is_closed_by(&fenced.line);
                if ends && !closed {
                    let line = std::mem::take(&mut fenced.line);
                    fenced.take(&line);
                }
                self.state = State::Fenced(fenced);
                if closed {
                    self.close();
                }
            }
        }
    }

    fn prose(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let end = self.taken;
        match self.shown.last_mut() {
            Some(Shown {
                block: Block::Markdown(before),
                end: before_end,
            }) => {
                before.push_str(text);
                *before_end = end;
            }
            _ => self.shown.push(Shown {
                block: Block::Markdown(text.to_owned()),
                end,
            }),
        }
    }

    fn open(&mut self, opening: Opening<'_>) {
        let kind = match opening.language {
            language if language.eq_ignore_ascii_case("mermaid") => Kind::Mermaid,
            _ => Kind::Code,
        };
        // One byte short of its line: the text may end there, and an empty block with it.
        self.shown.push(Shown {
            block: Block::Load(kind),
            end: self.taken.saturating_sub(1),
        });
        self.state = State::Fenced(Fenced {
            kind,
            language: opening.language.to_owned(),
            fence: opening.fence,
            text: String::new(),
            line: String::new(),
        });
    }

    fn close(&mut self) {
        let State::Fenced(mut fenced) = std::mem::take(&mut self.state) else {
            return;
        };
        // The last line break belongs to the closing fence.
        if fenced.text.ends_with('\n') {
            fenced.text.pop();
            if fenced.text.ends_with('\r') {
                fenced.text.pop();
            }
        }
        self.shown.push(Shown {
            block: Block::Fenced {
                kind: fenced.kind,
                text: fenced.text,
                language: fenced.language,
            },
            end: self.taken,
        });
    }
}

impl Fenced {
    /// A line of the block, without as much of its indentation as the fence has.
    fn take(&mut self, line: &str) {
        let spaces = line.bytes().take_while(|byte| *byte == b' ').count();
        let dropped = spaces.min(self.fence.indent);
        self.text.push_str(line.get(dropped..).unwrap_or(line));
    }
}

impl Fence {
    /// Reads a fence at the beginning of a line; with what follows it.
    fn read(line: &str) -> Option<(Self, &str)> {
        let unindented = line.trim_start_matches(' ');
        let character = unindented
            .chars()
            .next()
            .filter(|c| matches!(c, '`' | '~'))?;
        let rest = unindented.trim_start_matches(character);
        let fence = Self {
            indent: line.len() - unindented.len(),
            character,
            length: unindented.len() - rest.len(),
        };
        (fence.indent <= DEEPEST).then_some((fence, rest))
    }

    fn is_closed_by(self, line: &str) -> bool {
        Self::read(line).is_some_and(|(fence, rest)| {
            fence.character == self.character
                && fence.length >= self.length
                && rest.trim().is_empty()
        })
    }
}

/// The line that opens a block.
struct Opening<'a> {
    fence: Fence,
    language: &'a str,
}

impl<'a> Opening<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (fence, info) = Fence::read(line).filter(|(fence, _)| fence.length >= SHORTEST)?;
        // Otherwise it is a code span.
        if fence.character == '`' && info.contains('`') {
            return None;
        }
        Some(Self {
            fence,
            language: info.split_whitespace().next().unwrap_or_default(),
        })
    }
}

/// Whether what has come of a line may be the beginning of an opening fence.
fn may_open(line: &str) -> bool {
    if line.len() > LONGEST {
        return false;
    }
    match Fence::read(line) {
        Some((fence, rest)) if fence.length < SHORTEST => rest.is_empty(),
        Some((fence, rest)) => fence.character == '~' || !rest.contains('`'),
        None => line.len() <= DEEPEST && line.bytes().all(|byte| byte == b' '),
    }
}
