//! How a document is cut.

use std::time::{Duration, Instant};

use passages::{Chunk, LONGEST, Page, chunks};
use proptest::prelude::*;

fn page(number: u32, text: &str) -> Page {
    Page {
        number: Some(number),
        text: text.to_owned(),
    }
}

fn cut(text: &str) -> Vec<Chunk> {
    chunks(&[page(1, text)])
}

fn texts(text: &str) -> Vec<String> {
    cut(text).into_iter().map(|chunk| chunk.text).collect()
}

fn said(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn small_paragraphs_under_one_heading_are_one_chunk() {
    let chunks = cut(
        "# Cells\n\nThey are small.\n\nThey divide.\n\n## Walls ##\nPlants have them.\nAnimals do not.\n",
    );
    let expected = |heading: &str, text: &str| Chunk {
        page: Some(1),
        heading: Some(heading.to_owned()),
        text: text.to_owned(),
    };
    assert_eq!(
        chunks,
        [
            expected("Cells", "# Cells\n\nThey are small.\n\nThey divide."),
            expected("Walls", "## Walls ##\n\nPlants have them.\nAnimals do not."),
        ]
    );
}

#[test]
fn an_underlined_line_is_a_heading_and_a_comment_in_code_is_none() {
    let chunks = cut(
        "Title\n=====\nText.\n\nPart\n---\nMore.\n\n```\n# comment\n\n# more\n```\nEnd.\n\n```a```\n\nTwo\nlines\n---\n",
    );
    let headings: Vec<_> = chunks
        .iter()
        .map(|chunk| chunk.heading.as_deref().unwrap())
        .collect();
    assert_eq!(headings, ["Title", "Part"]);
    assert!(
        cut("#hashtag\n\n####### seven")
            .iter()
            .all(|chunk| chunk.heading.is_none())
    );
}

#[test]
fn headings_without_text_between_them_stay_with_what_follows() {
    let chunks = cut("# Book\n\n## Chapter\n\nText.");
    assert_eq!(chunks.len(), 1);
    assert_eq!(chunks[0].heading.as_deref(), Some("Chapter"));
    assert!(chunks[0].text.starts_with("# Book\n\n## Chapter\n\nText."));
}

#[test]
fn a_chunk_is_on_one_page_and_its_heading_may_be_on_an_earlier_one() {
    let chunks = chunks(&[page(1, "# Cells\n\nOne."), page(2, ""), page(3, "Two.")]);
    let seen: Vec<_> = chunks
        .iter()
        .map(|c| (c.page, c.heading.as_deref(), c.text.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            (Some(1), Some("Cells"), "# Cells\n\nOne."),
            (Some(3), Some("Cells"), "Two.")
        ]
    );
}

#[test]
fn a_long_paragraph_is_cut_behind_sentences() {
    let sentence = "The cell, as Dr. Hooke saw it in Fig. 3, is small. ";
    let cut = texts(&sentence.repeat(100));
    assert!(cut.len() >= 4);
    for text in &cut {
        assert!(
            text.starts_with("The cell") && text.ends_with("small."),
            "{text}"
        );
    }
    // Lines are broken anywhere.
    let broken = "The cell is as small as\nit can be. ".repeat(100);
    assert!(texts(&broken).iter().all(|text| text.ends_with("be.")));
}

#[test]
fn without_sentences_lines_and_words_stay_whole() {
    let rows = texts(&"| cell | 12 | small |\n".repeat(200));
    assert!(
        rows.len() > 1
            && rows
                .iter()
                .all(|text| text.starts_with("| cell") && text.ends_with("small |"))
    );
    let words = texts(&"photosynthesis ".repeat(500));
    assert!(
        words.len() > 1
            && words
                .iter()
                .all(|text| text.starts_with("photo") && text.ends_with("synthesis"))
    );
    let letters = texts(&"e\u{301}".repeat(2_000));
    assert!(
        letters.len() == 3
            && letters
                .iter()
                .all(|text| text.starts_with('e') && text.ends_with('\u{301}'))
    );
}

#[test]
fn a_heading_stays_with_the_beginning_of_a_long_paragraph() {
    let cut = cut(&format!("# Cells\n\n{}", "They are small. ".repeat(200)));
    assert!(cut[0].text.starts_with("# Cells\n\nThey are small."));
    assert!(
        cut.iter()
            .all(|chunk| chunk.heading.as_deref() == Some("Cells"))
    );
}

#[test]
fn hostile_texts_take_time_in_proportion() {
    const MANY: usize = 1_000_000;
    for (name, text) in [
        ("letters", "a".repeat(10_000_000)),
        ("words", "a ".repeat(MANY / 2)),
        ("dots", ".".repeat(MANY)),
        ("ends", "A. ".repeat(MANY / 3)),
        ("numbers", "1.1".repeat(MANY / 3)),
        ("spaces", format!("a{}b", " ".repeat(MANY))),
        ("lines", "a\n".repeat(MANY / 2)),
        ("headings", "# a\n".repeat(1_000_000)),
        ("sections", "# a\nb\n".repeat(1_000_000)),
        ("one heading", format!("# {}", "a".repeat(MANY))),
        ("fences", "```\n".repeat(MANY / 4)),
        ("underlines", "a\n---\n".repeat(MANY / 6)),
        ("marks", format!("a{}", "\u{301}".repeat(MANY / 2))),
        ("flags", "\u{1F1E6}".repeat(MANY / 4)),
        ("joined", "\u{1F468}\u{200d}".repeat(MANY / 7)),
        ("closing", format!("a.{}", ")".repeat(MANY))),
    ] {
        let begin = Instant::now();
        let chunks = cut(&text);
        assert!(!chunks.is_empty());
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(20), "{name}: {took:?}");
    }
}

/// Paragraphs, headings, long words, all kinds of space.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[A-Z][a-z]{0,8}( [a-z]{1,8}){0,30}[.?!] ",
        2 => "(\n|\n\n|\r\n|\u{c}|\t| {1,5}|\u{a0}|\u{2028})",
        1 => "#{0,7} ?[a-z ]{0,10}\n",
        1 => "[a-z]{1,8}\n(===|---|--)\n",
        1 => "```[a-z]{0,3}\n",
        1 => "\\PC{0,40}",
        1 => prop::char::any().prop_flat_map(|c| (0..900usize).prop_map(move |n| c.to_string().repeat(n))),
        1 => "[a-z一-丐あ-ん\u{301}\u{200d}]{0,2000}",
    ];
    prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_but_space_is_lost_and_nothing_is_empty_or_too_long(texts in prop::collection::vec(text(), 0..4)) {
        let pages: Vec<Page> = (1..).zip(&texts).map(|(number, text)| page(number, text)).collect();
        let chunks = chunks(&pages);
        for chunk in &chunks {
            let length = chunk.text.chars().count();
            prop_assert!(length <= LONGEST && !chunk.text.trim().is_empty(), "{length}");
            prop_assert_eq!(chunk.text.trim(), &chunk.text);
        }
        prop_assert!(chunks.is_sorted_by_key(|chunk| chunk.page));
        for page in &pages {
            let of_page = chunks.iter().filter(|chunk| chunk.page == page.number);
            prop_assert_eq!(of_page.map(|chunk| said(&chunk.text)).collect::<String>(), said(&page.text));
        }
    }
}
