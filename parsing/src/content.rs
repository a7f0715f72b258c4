//! What a file is announced as, and what it looks like.

use crate::Unreadable;

/// Types of files that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// `application/pdf`.
    Pdf,
    /// `.docx`.
    Word,
    /// `text/html`.
    Html,
    /// `text/plain` and `text/markdown`.
    Plain,
    /// `image/png` and `image/jpeg`.
    Picture,
}

const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// A PDF may have something else before it, up to here.
const PREAMBLE: usize = 1_024;

impl Content {
    pub(crate) fn announced(mime: &str) -> Result<Self, Unreadable> {
        let kind = mime.split(';').next().unwrap_or_default().trim();
        match kind.to_ascii_lowercase().as_str() {
            "application/pdf" => Ok(Self::Pdf),
            WORD => Ok(Self::Word),
            "text/html" => Ok(Self::Html),
            "text/plain" | "text/markdown" => Ok(Self::Plain),
            "image/png" | "image/jpeg" => Ok(Self::Picture),
            _ => Err(Unreadable::Unsupported(kind.chars().take(100).collect())),
        }
    }

    /// Whether a file looks as announced.
    pub(crate) fn check(self, bytes: &[u8]) -> Result<(), Unreadable> {
        let found = match Found::of(bytes, self) {
            Found::Pdf if self == Self::Pdf => return Ok(()),
            Found::Archive if self == Self::Word => return Ok(()),
            Found::Picture if self == Self::Picture => return Ok(()),
            Found::Office if self == Self::Word => return Err(old_word(bytes)),
            Found::Other if matches!(self, Self::Html | Self::Plain) => return Ok(()),
            Found::Other => return Err(Unreadable::Broken(self.name())),
            Found::Pdf => "a PDF",
            Found::Archive => "a Word document or another archive",
            Found::Picture => "a picture",
            Found::Office => "a document of an old office format",
        };
        Err(Unreadable::Mistaken {
            announced: match self {
                Self::Pdf => "a PDF",
                Self::Word => "a Word document",
                Self::Html => "HTML",
                Self::Plain => "plain text",
                Self::Picture => "a picture",
            },
            found,
        })
    }

    pub(crate) fn without_text(self) -> Unreadable {
        match self {
            Self::Pdf => Unreadable::Scanned,
            other => Unreadable::NoText(other.name()),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Word => "Word document",
            Self::Html => "HTML page",
            Self::Plain => "text",
            Self::Picture => "picture",
        }
    }
}

/// What the first bytes say.
enum Found {
    Pdf,
    Archive,
    Picture,
    /// The container of .doc, and of what Word encrypts.
    Office,
    Other,
}

impl Found {
    fn of(bytes: &[u8], announced: Content) -> Self {
        let head = bytes.get(..PREAMBLE).unwrap_or(bytes);
        // A text may speak of PDFs.
        let is_pdf = match announced {
            Content::Pdf => head.windows(5).any(|part| part == b"%PDF-"),
            _ => head.trim_ascii_start().starts_with(b"%PDF-"),
        };
        if is_pdf {
            Self::Pdf
        } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            Self::Archive
        } else if head.starts_with(b"\x89PNG\r\n\x1a\n") || head.starts_with(b"\xff\xd8\xff") {
            Self::Picture
        } else if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            Self::Office
        } else {
            Self::Other
        }
    }
}

/// Word puts an encrypted .docx into the container of .doc.
fn old_word(bytes: &[u8]) -> Unreadable {
    let name: Vec<u8> = b"EncryptedPackage"
        .iter()
        .flat_map(|letter| [*letter, 0])
        .collect();
    if bytes.windows(name.len()).any(|part| part == name) {
        Unreadable::Encrypted(Content::Word.name())
    } else {
        Unreadable::OldWord
    }
}
