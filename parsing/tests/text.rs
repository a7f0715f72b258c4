//! What is read of HTML, Markdown and plain text.

use proptest::prelude::*;

use super::*;

#[test]
fn a_page_is_what_its_reader_sees() {
    let expected = "Home\n\n# Cells\n\nCells are the smallest units of life & divide by mitosis.\nGröße matters.\n\n\
        ## Parts of it\n\n- Wall\n- Membrane\n\nPart | Found in\nWall | plants\n\nlet a = 1;\n  let b = 2;\n\nEnd.";
    assert_eq!(text("text/html", &file("cells.html")), expected);
}

#[test]
fn a_broken_page_is_read_as_far_as_it_goes() {
    for (html, expected) in [
        ("<p>a<p>b", "a\n\nb"),
        ("</div></p>a</b>", "a"),
        ("<h1>a<p>b", "# a\n\nb"),
        ("<h1></h1>a", "a"),
        ("a<script>b</script >c<style>d", "ac"),
        ("<td>a<td>b</table>c", "a | b\n\nc"),
        ("a &lt;b&gt; &#x41; &unknown; <", "a <b> A &unknown; <"),
        ("1 < 2", "1 < 2"),
    ] {
        assert_eq!(text("text/html", html.as_bytes()), expected, "{html}");
    }
}

#[test]
fn text_is_read_in_whatever_it_is_coded() {
    let utf16 = |text: &str, little: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    };
    let said = "Größe: 25 °C";
    let windows = b"Gr\xf6\xdfe: 25 \xb0C".to_vec();
    let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    for (mime, bytes) in [
        ("text/plain", said.as_bytes().to_vec()),
        (
            "text/plain",
            marked(b"\xef\xbb\xbf", said.as_bytes().to_vec()),
        ),
        ("text/plain", marked(b"\xff\xfe", utf16(said, true))),
        ("text/plain", marked(b"\xfe\xff", utf16(said, false))),
        ("text/plain", utf16(said, true)),
        ("text/markdown", utf16(said, false)),
        ("text/plain", windows.clone()),
        ("text/plain; charset=iso-8859-1", windows.clone()),
        ("text/html", marked(b"<meta charset=windows-1252>", windows)),
    ] {
        assert_eq!(text(mime, &bytes), said, "{mime} {bytes:?}");
    }
    let russian = b"\xcf\xf0\xe8\xe2\xe5\xf2".to_vec();
    assert_eq!(
        text("text/plain; charset=\"windows-1251\"", &russian),
        "Привет"
    );
    let mostly = "Größe und Länge über Maß \u{e9}".as_bytes().to_vec();
    assert!(
        text("text/plain", &[mostly, b"\xff".to_vec()].concat()).starts_with("Größe und Länge")
    );
}

#[test]
fn text_in_no_charset_that_is_named_is_read_where_it_looks_western_only() {
    let refused = Err(Unreadable::Charset);
    // Russian, Greek, Hebrew, Japanese and Chinese, as they were written before UTF-8.
    let moscow = b"Music: \xcc\xf3\xe7\xe5\xe9 \xee\xf2\xea\xf0\xfb\xf2".to_vec();
    for bytes in [
        moscow.clone(),
        b"\xc7 \xe8\xdc\xeb\xe1\xf3\xf3\xe1".to_vec(),
        b"\xf9\xec\xe5\xed \xf2\xe5\xec\xed".to_vec(),
        b"\x82\xa0\x82\xa2\x82\xcc\x82\xcd".to_vec(),
        b"\xc4\xe3\xba\xc3\xca\xc0\xbd\xe7".to_vec(),
    ] {
        for mime in ["text/plain", "text/markdown", "text/html"] {
            assert_eq!(read(mime, &bytes), refused, "{mime} {bytes:?}");
        }
    }
    for mime in [
        "text/plain; charset=windows-1251",
        "text/html; charset=cp1251",
    ] {
        assert_eq!(text(mime, &moscow), "Music: Музей открыт");
    }
    // What is named must be known, and fit.
    assert_eq!(read("text/plain; charset=house-7", &moscow), refused);
    let many = moscow.repeat(9);
    assert_eq!(read("text/plain; charset=utf-8", &many), refused);
    assert_eq!(
        text("text/plain; charset=house-7", "Музей".as_bytes()),
        "Музей"
    );
    let french = b"\xab\xa0\xc9t\xe9\xa0\xbb: cr\xe9\xe9e, \x93\xc9t\xe9\x94";
    assert_eq!(
        text("text/plain", french),
        "«\u{a0}Été\u{a0}»: créée, “Été”"
    );
}

#[test]
fn control_characters_are_dropped_and_lines_end_as_lines() {
    assert_eq!(
        text("text/plain", b"a\0b\x07\r\nc\rd\x0ce"),
        "ab\nc\nd\n\ne"
    );
    assert_eq!(text("text/markdown", b"# A\n\n\tb"), "# A\n\n\tb");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let program: Vec<u8> = (0..4_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    assert_eq!(read("text/plain", &program), Err(Unreadable::NotText));
}

#[test]
fn more_text_than_is_read_is_refused() {
    let limits = Limits {
        text_bytes: 10,
        ..Limits::default()
    };
    for mime in ["text/plain", "text/html"] {
        assert!(parse(mime, b"ten bytes.", &limits).is_ok());
        assert_eq!(
            parse(mime, b"eleven byte", &limits),
            Err(Unreadable::TooMuchText(10))
        );
    }
}

proptest! {
    #[test]
    fn text_in_utf_8_is_read_as_it_is(said in "[^\\pC]{1,60}") {
        prop_assume!(!said.trim().is_empty() && !said.trim_start().starts_with("%PDF-") && !said.starts_with("PK"));
        prop_assert_eq!(text("text/plain", said.as_bytes()), said);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for mime in ["text/plain", "text/html", PDF, WORD] {
            let _ = read(mime, &bytes);
        }
    }
}
