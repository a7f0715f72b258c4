//! What is read of PDFs.

use super::*;

fn pages(name: &str) -> Vec<(Option<u32>, String)> {
    read(PDF, &file(name)).unwrap()
}

#[test]
fn every_page_has_its_text_in_lines_and_paragraphs() {
    let pages = pages("cells.pdf");
    assert_eq!(
        pages.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        [Some(1), Some(2)]
    );
    let first = &pages[0].1;
    assert!(first.starts_with(
        "Cells\n\nCells are the smallest units of life. Robert Hooke named them in 1665,"
    ));
    assert!(first.contains("\n\nWater enters by osmosis."));
    assert!(first.contains("Wall\tplants\n"), "{first}");
    assert_eq!(
        pages[1].1,
        "Division\n\nCells divide by mitosis. Größe, naïve, “quoted” — 25 °C."
    );
}

#[test]
fn columns_are_read_one_after_the_other_and_ligatures_are_letters() {
    let text = &pages("osmosis.pdf")[0].1;
    let place = |part: &str| {
        text.find(part)
            .unwrap_or_else(|| panic!("{part} in {text}"))
    };
    assert!(place("efficient and affordable flow") < place("does the turgor of every leaf."));
    assert!(place("does the turgor") < place("Hypertonic solutions draw water out."));
    assert!(text.contains("\n\nEquation\n\n"));
}

#[test]
fn text_without_embedded_fonts_is_read() {
    assert_eq!(
        pages("japanese.pdf"),
        [(Some(1), "大きな黒猫が寝ている。".to_owned())]
    );
}

#[test]
fn a_word_cut_at_the_end_of_a_line_is_whole() {
    let lines = ["Photosyn-", "thesis is well-", "Known."];
    let bytes = made::pdf_of(&lines);
    assert_eq!(
        read(PDF, &bytes).unwrap()[0].1,
        "Photosynthesis is well-\nKnown."
    );
}

#[test]
fn a_pdf_without_text_is_a_scan_or_blank() {
    let blank = made::pdf_page("", "", &[]);
    for bytes in [file("scan.pdf"), blank] {
        let refused = read(PDF, &bytes).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "This PDF has no text in it: if its pages are pictures, run text recognition (OCR) on it and upload it again."
        );
    }
}

#[test]
fn a_pdf_that_is_cut_off_is_broken() {
    for name in ["cells.pdf", "osmosis.pdf", "japanese.pdf", "scan.pdf"] {
        let whole = file(name);
        for part in [2, 3, 4] {
            let refused = read(PDF, &whole[..whole.len() * (part - 1) / part]).unwrap_err();
            assert_eq!(
                refused.to_string(),
                "This PDF is broken or cut off and cannot be read: export it anew and upload it again.",
                "{name} {part}"
            );
        }
    }
    // What was appended to a file may be cut off, too; what else stands behind its end is no part of it.
    let whole = made::pdf_of(&["Cells"]);
    let more = [&whole[..], b"7 0 obj\n<< >>\nendobj\n8 0 obj\n<<"].concat();
    assert_eq!(read(PDF, &more), Err(Unreadable::Broken("PDF")));
    let more = [&whole[..], &[0; 4_096], b"sent by mail"].concat();
    assert_eq!(read(PDF, &more).unwrap()[0].1, "Cells");
    let none = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [] /Count 0 >>",
    ];
    let none = made::pdf(&none.map(str::to_owned));
    assert_eq!(read(PDF, &none), Err(Unreadable::Broken("PDF")));
}

#[test]
fn an_encrypted_pdf_is_read_only_without_a_password() {
    let refused = read(PDF, &file("locked.pdf")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "This PDF is encrypted: remove its password and upload it again."
    );
    assert_eq!(pages("open.pdf"), pages("cells.pdf"));
}
