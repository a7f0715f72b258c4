//! Files made to do harm: each of them is read or refused, soon.

use std::{
    io::{Cursor, Write},
    time::{Duration, Instant},
};

use proptest::prelude::*;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

/// What becomes of a file, within the time that a hostile one may take.
fn soon(mime: &str, bytes: &[u8], limits: &Limits) -> Result<usize, Unreadable> {
    let begin = Instant::now();
    let pages = parse(mime, bytes, limits);
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(40), "{took:?}");
    pages.map(|pages| pages.iter().map(|page| page.text.len()).sum())
}

#[test]
fn an_archive_of_a_gibibyte_is_not_inflated() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("word/document.xml", SimpleFileOptions::default())
        .unwrap();
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..1_024 {
        zip.write_all(&spaces).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    assert!(bytes.len() < 4 << 20);
    let limits = Limits::default();
    assert_eq!(
        soon(WORD, &bytes, &limits),
        Err(Unreadable::TooLarge(limits.inflated_bytes))
    );
}

#[test]
fn an_archive_of_too_many_files_is_refused() {
    let names: Vec<String> = (0..300).map(|number| number.to_string()).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let limits = Limits {
        entries: 200,
        ..Limits::default()
    };
    assert_eq!(
        soon(WORD, &made::word(&files), &limits),
        Err(Unreadable::TooManyParts(200))
    );
}

#[test]
fn a_document_nested_too_deep_is_refused() {
    let deep = format!("{}{}", "<w:p>".repeat(200_000), "</w:p>".repeat(200_000));
    let bytes = made::word(&[("word/document.xml", &deep)]);
    assert_eq!(
        soon(WORD, &bytes, &Limits::default()),
        Err(Unreadable::TooDeep(1_000))
    );
}

#[test]
fn entities_of_entities_are_not_expanded() {
    let mut xml = String::from("<!DOCTYPE d [<!ENTITY a0 \"ha\">");
    for n in 1..40 {
        xml += &format!("<!ENTITY a{n} \"&a{};&a{};\">", n - 1, n - 1);
    }
    xml += "]><d><p><t>so &a39;</t></p></d>";
    assert_eq!(
        soon(
            WORD,
            &made::word(&[("word/document.xml", &xml)]),
            &Limits::default()
        ),
        Ok(2)
    );
}

#[test]
fn two_hundred_thousand_nested_elements_of_html_are_read() {
    for (open, close) in [
        ("<div>", "</div>"),
        ("<table><tr><td>", "</table>"),
        ("<b>", "</i>"),
        ("<svg>", ""),
    ] {
        let html = format!("a{}b{}", open.repeat(200_000), close.repeat(200_000));
        assert!(
            soon("text/html", html.as_bytes(), &Limits::default()).is_ok(),
            "{open}"
        );
    }
    let attributes: String = (0..200_000).map(|n| format!(" a{n}")).collect();
    for html in [
        format!("a<b{attributes}>c"),
        "a<".repeat(500_000),
        "a&".repeat(500_000),
        format!("a<!--{}", "-".repeat(1_000_000)),
    ] {
        assert!(soon("text/html", html.as_bytes(), &Limits::default()).is_ok());
    }
}

fn pdf_of_pages(count: usize) -> Vec<u8> {
    let kids: String = (0..count)
        .map(|page| format!("{} 0 R ", page + 3))
        .collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>"),
    ];
    objects.extend(
        (0..count).map(|_| "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>".to_owned()),
    );
    made::pdf(&objects)
}

#[test]
fn a_pdf_of_a_hundred_thousand_pages_is_refused() {
    let refused = soon(PDF, &pdf_of_pages(100_000), &Limits::default());
    assert_eq!(
        refused,
        Err(Unreadable::TooManyPages {
            pages: 100_000,
            most: 10_000
        })
    );
    let limits = Limits {
        pages: 100_000,
        ..Limits::default()
    };
    assert_eq!(
        soon(PDF, &pdf_of_pages(100_000), &limits),
        Err(Unreadable::Scanned)
    );
}

#[test]
fn a_pdf_whose_parts_draw_each_other_ends() {
    // Each of 40 forms draws the next one ten times.
    let forms: Vec<String> = (6..46)
        .map(|form| {
            let next = format!("/XObject << /X {} 0 R >> /Font << /F 5 0 R >>", form + 1);
            made::stream(
                &format!("/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << {next} >>"),
                &"/X Do ".repeat(10),
            )
        })
        .collect();
    let bytes = made::pdf_page("/X Do", "/XObject << /X 6 0 R >>", &forms);
    let limits = Limits {
        steps: 100_000,
        ..Limits::default()
    };
    assert_eq!(soon(PDF, &bytes, &limits), Err(Unreadable::TooComplex));
    // A form that draws itself.
    let form = made::stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>",
        "/X Do",
    );
    let bytes = made::pdf_page("/X Do", "/XObject << /X 6 0 R >>", &[form]);
    assert_eq!(soon(PDF, &bytes, &limits), Err(Unreadable::Scanned));
}

#[test]
fn a_pdf_with_more_text_than_is_read_is_refused() {
    let bytes = made::pdf_of(&["a line of text"; 100]);
    let limits = Limits {
        text_bytes: 500,
        ..Limits::default()
    };
    assert_eq!(
        soon(PDF, &bytes, &limits),
        Err(Unreadable::TooMuchText(500))
    );
}

#[test]
fn deep_arrays_and_circles_in_a_pdf_are_survived() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for program in [
        deep.clone(),
        "q ".repeat(200_000),
        "<<".repeat(100_000),
        "BT ".repeat(100_000),
        "(".repeat(100_000),
    ] {
        let _ = soon(PDF, &made::pdf_page(&program, "", &[]), &Limits::default());
    }
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids {deep} /Count 1 >>"),
    ];
    let _ = soon(PDF, &made::pdf(&objects), &Limits::default());
    let circle = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Parent 2 0 R /Kids [2 0 R 2 0 R] /Count 9 >>".to_owned(),
    ];
    assert!(soon(PDF, &made::pdf(&circle), &Limits::default()).is_err());
}

fn any_file() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    prop::sample::select(vec![
        (PDF, "cells.pdf"),
        (PDF, "osmosis.pdf"),
        (PDF, "japanese.pdf"),
        (PDF, "locked.pdf"),
        (PDF, "open.pdf"),
        (PDF, "scan.pdf"),
        (WORD, "cells.docx"),
        ("text/html", "cells.html"),
    ])
    .prop_map(|(mime, name)| (mime, file(name)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_truncated_file_is_read_or_refused((mime, mut bytes) in any_file(), part in 0.0..1.0f64) {
        bytes.truncate((bytes.len() as f64 * part) as usize);
        let _ = soon(mime, &bytes, &Limits::default());
    }

    #[test]
    fn a_file_with_faults_is_read_or_refused(
        (mime, mut bytes) in any_file(),
        faults in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        for (at, fault) in faults {
            let at = at.index(bytes.len());
            bytes[at] ^= fault;
        }
        let _ = soon(mime, &bytes, &Limits::default());
    }
}
