//! Files made by hand.

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

/// An archive with these files.
pub(super) fn word(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A PDF with these objects, from 1 on; the first one is the catalog.
pub(super) fn pdf(objects: &[String]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(objects) {
        places.push(bytes.len());
        writeln!(bytes, "{number} 0 obj\n{object}\nendobj").unwrap();
    }
    let table = bytes.len();
    write!(bytes, "xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).unwrap();
    for place in &places {
        writeln!(bytes, "{place:010} 00000 n ").unwrap();
    }
    let size = places.len() + 1;
    write!(
        bytes,
        "trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    )
    .unwrap();
    bytes
}

pub(super) fn stream(dictionary: &str, content: &str) -> String {
    format!(
        "<< {dictionary} /Length {} >>\nstream\n{content}\nendstream",
        content.len()
    )
}

/// A PDF of one page with this program; object 6 and following are `more`.
pub(super) fn pdf_page(program: &str, resources: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> {resources} >> >>"
        ),
        stream("", program),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    objects.extend_from_slice(more);
    pdf(&objects)
}

/// A PDF of one page with these lines.
pub(super) fn pdf_of(lines: &[&str]) -> Vec<u8> {
    let lines: String = lines
        .iter()
        .map(|line| format!("({line}) Tj T* "))
        .collect();
    pdf_page(&format!("BT /F 12 Tf 14 TL 50 700 Td {lines} ET"), "", &[])
}
