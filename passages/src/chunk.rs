//! Documents to chunks: by heading and paragraph, none longer than [`LONGEST`], page by page.

pub(crate) mod blocks;
mod pieces;

use self::blocks::{Block, blocks};
use crate::Page;

/// Unicode code points of a chunk.
pub const LONGEST: usize = 1_500;

/// Of a heading that is remembered, as it comes with every chunk under it.
const HEADING: usize = 200;

/// Room behind headings that is worth to begin a long paragraph in.
const ROOM: usize = LONGEST / 4;

/// A part of a document that is looked for and cited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The page that it is on.
    pub page: Option<u32>,
    /// The heading that it stands under, which may be on an earlier page.
    pub heading: Option<String>,
    /// What it says, with its headings as they were written: not blank, at most [`LONGEST`] code points.
    pub text: String,
}

/// Cuts a document. Nothing but space is lost: all chunks in order have every other character of all pages in order.
#[must_use]
pub fn chunks(pages: &[Page]) -> Vec<Chunk> {
    let mut cut = Cut::default();
    for page in pages {
        cut.page = page.number;
        blocks(&page.text, |block| match block {
            Block::Heading { text, title } => cut.heading(text, title),
            Block::Paragraph(text) => cut.paragraph(text),
        });
        cut.end();
    }
    cut.done
}

/// A document being cut.
#[derive(Default)]
struct Cut {
    done: Vec<Chunk>,
    page: Option<u32>,
    heading: Option<String>,
    /// The chunk in the making, and how many code points it has.
    text: String,
    length: usize,
    /// There is more in it than headings.
    says_something: bool,
}

impl Cut {
    fn heading(&mut self, text: &str, title: &str) {
        // Headings without anything between them stay together.
        if self.says_something {
            self.end();
        }
        let title: String = title.chars().take(HEADING).collect();
        self.heading = (!title.is_empty()).then_some(title);
        self.add(text);
    }

    fn paragraph(&mut self, text: &str) {
        self.add(text);
        self.says_something = true;
    }

    fn add(&mut self, text: &str) {
        let length = pieces::length(text, LONGEST + 1);
        if length <= self.room() {
            self.push(text, length);
            return;
        }
        let begins_here = !self.says_something && self.room() >= ROOM && length > LONGEST;
        if !begins_here {
            self.end();
        }
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (piece, behind) = pieces::first(rest, self.room());
            self.push(piece, pieces::length(piece, LONGEST));
            rest = behind.trim_start();
            if !rest.is_empty() {
                self.end();
            }
        }
    }

    /// Code points that fit into the chunk in the making.
    fn room(&self) -> usize {
        if self.text.is_empty() {
            LONGEST
        } else {
            LONGEST.saturating_sub(self.length + BETWEEN.len())
        }
    }

    fn push(&mut self, text: &str, length: usize) {
        if !self.text.is_empty() {
            self.text.push_str(BETWEEN);
            self.length += BETWEEN.len();
        }
        self.text.push_str(text);
        self.length += length;
    }

    fn end(&mut self) {
        self.length = 0;
        self.says_something = false;
        if !self.text.is_empty() {
            self.done.push(Chunk {
                page: self.page,
                heading: self.heading.clone(),
                text: std::mem::take(&mut self.text),
            });
        }
    }
}

/// Between two paragraphs of a chunk.
const BETWEEN: &str = "\n\n";
