//! What is read of Word documents.

use super::*;

#[test]
fn headings_items_and_rows_are_as_in_markdown() {
    let expected = "# Cells\n\n# Walls\n\nPlants have cell walls; animals & fungi < differ.\n\n\
        - Cellulose\n- Lignin\n\n| Part | Found in |\n| Wall | plants |\n\n## Division\n\nCells divide by mitosis.";
    assert_eq!(text(WORD, &file("cells.docx")), expected);
}

#[test]
fn styles_are_known_by_name_in_any_language() {
    let styles = r#"<w:styles><w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style></w:styles>"#;
    let body = r#"<w:p><w:pPr><w:pStyle w:val="berschrift2"/></w:pPr><w:r><w:t>W&#228;nde</w:t></w:r></w:p>"#;
    let bytes = made::word(&[("word/document.xml", body), ("word/styles.xml", styles)]);
    assert_eq!(text(WORD, &bytes), "## Wände");
}

#[test]
fn what_was_deleted_moved_or_stands_in_for_something_is_not_read_and_notes_are() {
    let body = "<w:document><w:p><w:r><w:t>Kept</w:t><w:tab/><w:t>twice</w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>\
        <w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>\
        <mc:AlternateContent><mc:Choice><w:r><w:t> box</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>fallback</w:t></w:r></mc:Fallback></mc:AlternateContent></w:p></w:document>";
    let notes = "<w:footnotes><w:footnote><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>";
    let bytes = made::word(&[("word/document.xml", body), ("word/footnotes.xml", notes)]);
    assert_eq!(text(WORD, &bytes), "Kept\ttwice box\n\nA note.");
}

#[test]
fn other_archives_and_old_or_encrypted_documents_are_told_apart() {
    assert_eq!(
        read(WORD, &made::word(&[("a.txt", "a")])),
        Err(Unreadable::NotWord)
    );
    let mut old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    old.resize(4_096, 0);
    assert_eq!(read(WORD, &old), Err(Unreadable::OldWord));
    old.extend("EncryptedPackage".bytes().flat_map(|letter| [letter, 0]));
    assert_eq!(
        read(WORD, &old),
        Err(Unreadable::Encrypted("Word document"))
    );
    assert_eq!(
        read(WORD, &made::word(&[("word/document.xml", "<w:p><w:r>")])),
        Err(Unreadable::Broken("Word document"))
    );
}
