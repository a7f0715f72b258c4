//! Files that are not what they are announced as, or cannot be read.

use super::*;

fn why(mime: &str, bytes: &[u8]) -> String {
    read(mime, bytes).unwrap_err().to_string()
}

#[test]
fn a_file_that_is_something_else_is_refused_by_what_it_is() {
    for (mime, bytes, found) in [
        ("text/plain", file("cells.pdf"), "a PDF"),
        (
            "text/html",
            file("cells.docx"),
            "a Word document or another archive",
        ),
        ("text/markdown", file("picture.png"), "a picture"),
        (
            PDF,
            file("cells.docx"),
            "a Word document or another archive",
        ),
        (WORD, file("cells.pdf"), "a PDF"),
        ("image/png", file("cells.pdf"), "a PDF"),
    ] {
        let refused = read(mime, &bytes).unwrap_err();
        assert!(
            matches!(refused, Unreadable::Mistaken { found: is, .. } if is == found),
            "{mime}: {refused:?}"
        );
    }
    assert_eq!(
        why("text/plain", &file("cells.pdf")),
        "This file is a PDF, but was announced as plain text: upload it again as what it is."
    );
}

#[test]
fn an_empty_file_is_refused_whatever_it_is() {
    for mime in [
        PDF,
        WORD,
        "text/html",
        "text/plain",
        "text/markdown",
        "image/png",
    ] {
        for bytes in ["", " \n\t"] {
            assert_eq!(
                read(mime, bytes.as_bytes()),
                Err(Unreadable::Empty),
                "{mime}"
            );
        }
    }
    assert_eq!(
        read("text/html", b"<p> </p>"),
        Err(Unreadable::NoText("HTML page"))
    );
    assert_eq!(
        read("text/plain", "\u{feff}\u{1}".as_bytes()),
        Err(Unreadable::NoText("text"))
    );
}

#[test]
fn a_picture_is_left_to_somebody_else() {
    assert_eq!(
        read("image/png", &file("picture.png")),
        Err(Unreadable::Image)
    );
    assert_eq!(
        read("image/jpeg", &file("picture.jpg")),
        Err(Unreadable::Image)
    );
}

#[test]
fn an_unknown_type_is_refused() {
    assert!(why("video/mp4", b"x").starts_with("Files of type \"video/mp4\" cannot be read"));
    assert!(read("Text/Plain; charset=utf-8", b"x").is_ok());
}

#[test]
fn what_is_no_document_of_its_type_is_broken() {
    assert_eq!(read(PDF, b"hello"), Err(Unreadable::Broken("PDF")));
    assert_eq!(
        read(PDF, b"%PDF-1.7\nhello"),
        Err(Unreadable::Broken("PDF"))
    );
    assert_eq!(
        read(WORD, b"hello"),
        Err(Unreadable::Broken("Word document"))
    );
    assert_eq!(
        read(WORD, b"PK\x03\x04hello"),
        Err(Unreadable::Broken("Word document"))
    );
    assert_eq!(
        read("image/png", b"hello"),
        Err(Unreadable::Broken("picture"))
    );
}
