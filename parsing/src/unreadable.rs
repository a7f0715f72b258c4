//! Why a file cannot be read, in sentences for those who uploaded it.

use thiserror::Error;

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// There is nothing in it.
    #[error("This file is empty: upload one with text in it.")]
    Empty,
    /// Files of this media type are not read.
    #[error(
        "Files of type \"{0}\" cannot be read: upload a PDF, a Word document (.docx), HTML, Markdown or plain text."
    )]
    Unsupported(String),
    /// It is something else than announced.
    #[error(
        "This file is {found}, but was announced as {announced}: upload it again as what it is."
    )]
    Mistaken {
        /// What it was announced as.
        announced: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// It is a picture: there may be somebody who describes it.
    #[error("This file is a picture, and its text cannot be read: upload the text itself.")]
    Image,
    /// It was announced as text and is none.
    #[error(
        "This file is not text: upload a PDF, a Word document (.docx), HTML, Markdown or plain text."
    )]
    NotText,
    /// It is text, but nobody says in which charset, and that cannot be told.
    #[error(
        "This text is neither in UTF-8 nor in a charset that its contentType names: save it as UTF-8, or name its charset, as in \"text/plain; charset=windows-1251\", and upload it again."
    )]
    Charset,
    /// It is an archive, but no Word document.
    #[error(
        "This file is an archive, but no Word document: save the document as .docx and upload it again."
    )]
    NotWord,
    /// It is of the format before .docx.
    #[error(
        "This Word document is of the old format (.doc): save it as .docx and upload it again."
    )]
    OldWord,
    /// It cannot be read without a password.
    #[error("This {0} is encrypted: remove its password and upload it again.")]
    Encrypted(&'static str),
    /// It is not as files of its type are.
    #[error(
        "This {0} is broken or cut off and cannot be read: export it anew and upload it again."
    )]
    Broken(&'static str),
    /// A PDF without text: its pages are pictures, or blank.
    #[error(
        "This PDF has no text in it: if its pages are pictures, run text recognition (OCR) on it and upload it again."
    )]
    Scanned,
    /// There is no text in it.
    #[error("This {0} has no text in it: upload one that has.")]
    NoText(&'static str),
    /// More pages than are read.
    #[error("This PDF has {pages} pages, and at most {most} are read: upload it in parts.")]
    TooManyPages {
        /// Its pages.
        pages: usize,
        /// The most that are read.
        most: usize,
    },
    /// More text than is read.
    #[error("This file has more than {0} bytes of text: upload it in parts.")]
    TooMuchText(usize),
    /// It inflates to more than is read.
    #[error(
        "This file inflates to more than {0} bytes: upload it in parts, or without what is not text."
    )]
    TooLarge(usize),
    /// More parts in an archive than are read.
    #[error("This file has more than {0} parts: save it anew and upload it again.")]
    TooManyParts(usize),
    /// Elements inside of elements inside of elements.
    #[error("This file is nested more than {0} levels deep: save it anew, as something simpler.")]
    TooDeep(usize),
    /// A PDF that takes too long to read.
    #[error("This PDF takes too long to read: print it to a new PDF and upload that.")]
    TooComplex,
}
