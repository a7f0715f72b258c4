//! What a document consists of before it is cut.

/// A page of a document, as text: Markdown where it had headings, tables or lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its number, from 1; none where a document has no pages.
    pub number: Option<u32>,
    /// What stands on it.
    pub text: String,
}
