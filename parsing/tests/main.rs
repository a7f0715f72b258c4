//! What is read of files, and why not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "tests have files and a clock"
)]

mod announced;
mod hostile;
mod made;
mod pdf;
mod text;
mod word;

use parsing::{Limits, Unreadable, parse};

const PDF: &str = "application/pdf";
const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// A file of `tests/files`.
fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/files/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The text of a file, page by page.
fn read(mime: &str, bytes: &[u8]) -> Result<Vec<(Option<u32>, String)>, Unreadable> {
    let pages = parse(mime, bytes, &Limits::default())?;
    Ok(pages
        .into_iter()
        .map(|page| (page.number, page.text))
        .collect())
}

/// The text of a file without pages.
fn text(mime: &str, bytes: &[u8]) -> String {
    let pages = read(mime, bytes).unwrap();
    let [(None, text)] = pages.as_slice() else {
        panic!("{pages:?}");
    };
    text.clone()
}
