//! Files that somebody uploads, to pages of text: PDF, Word, HTML, Markdown and plain text.
//!
//! [`parse`] looks at the content and not only at what it is announced as, and says in a sentence for people why a file
//! cannot be read. Text, pages, nesting and what a file inflates to are bounded by [`Limits`]. What is not: the time and
//! the memory that a hostile PDF makes its interpreter take, as streams are inflated whole. It is meant to run in a
//! process of its own with bounded memory and time.

mod content;
mod docx;
mod html;
mod pdf;
mod plain;
mod prose;
mod unreadable;

use passages::Page;

use content::Content;
pub use unreadable::Unreadable;

/// What a file may be at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text, of all pages together.
    pub text_bytes: usize,
    /// Pages.
    pub pages: usize,
    /// Elements inside of each other, where they are followed.
    pub depth: usize,
    /// Files in an archive.
    pub entries: usize,
    /// Bytes of what is read of an archive, inflated.
    pub inflated_bytes: usize,
    /// Drawing steps of a PDF, visible or not.
    pub steps: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 32 << 20,
            pages: 10_000,
            depth: 1_000,
            entries: 10_000,
            inflated_bytes: 128 << 20,
            steps: 50_000_000,
        }
    }
}

/// The text of a file that is announced as of this media type, page by page; pages without text are left out.
///
/// # Errors
///
/// When the file is of another type than announced or of an unknown one, empty, broken, encrypted, without text, or
/// over a limit; and [`Unreadable::Image`] for a picture, which somebody else may describe.
pub fn parse(mime: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<Page>, Unreadable> {
    let announced = Content::announced(mime)?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::Empty);
    }
    announced.check(bytes)?;
    let pages = match announced {
        Content::Pdf => pdf::pages(bytes, limits)?,
        Content::Word => one(docx::text(bytes, limits)?),
        Content::Html => one(html::text(&plain::decoded(bytes, mime, true)?, limits)?),
        Content::Plain => one(plain::text(bytes, mime, limits)?),
        Content::Picture => return Err(Unreadable::Image),
    };
    if pages.is_empty() {
        return Err(announced.without_text());
    }
    Ok(pages)
}

/// A document without pages.
fn one(text: String) -> Vec<Page> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    vec![Page { number: None, text }]
}
