//! What is quoted as an answer.

use passages::best_sentences;
use proptest::prelude::*;

fn best(asked: &str, sources: &[&str], most: usize) -> Vec<(usize, String)> {
    let best = best_sentences(asked, sources, most);
    best.into_iter()
        .map(|sentence| (sentence.source, sentence.text))
        .collect()
}

#[test]
fn the_sentence_with_the_rarest_words_of_the_question_is_quoted() {
    let sources = [
        "# Cells\n\nCells are the smallest units of life. Dr. Hooke named the cells in 1665 after rooms of monks. Some cells move.",
        "Water enters cells by osmosis through the membrane. Cells that take up too much water may burst.",
    ];
    let quoted = best("Who named cells, and when?", &sources, 1);
    assert_eq!(
        quoted,
        [(
            0,
            "Dr. Hooke named the cells in 1665 after rooms of monks.".to_owned()
        )]
    );
    let quoted = best("What is osmosis?", &sources, 5);
    assert_eq!(
        quoted,
        [(
            1,
            "Water enters cells by osmosis through the membrane.".to_owned()
        )]
    );
}

#[test]
fn a_heading_or_a_fragment_does_not_stand_before_a_sentence() {
    let source = "# Boiling point of water\n\nBoiling point, water.\n\nThe boiling point is 100 degrees at sea level.";
    assert_eq!(
        best("boiling point of water", &[source], 1)[0].1,
        "The boiling point is 100 degrees at sea level."
    );
    // Where there is nothing else, it will do.
    assert_eq!(
        best("boiling", &["# Boiling"], 3),
        [(0, "Boiling".to_owned())]
    );
}

#[test]
fn lines_that_are_broken_are_one_sentence_and_items_are_several() {
    let source = "The mitochondrion is the\npowerhouse of\nthe cell.\n\nThings to know:\n- Chloroplasts make sugar from light and water.\n- Ribosomes make proteins.";
    assert_eq!(
        best("powerhouse", &[source], 1)[0].1,
        "The mitochondrion is the powerhouse of the cell."
    );
    assert_eq!(
        best("chloroplasts", &[source], 1)[0].1,
        "Chloroplasts make sugar from light and water."
    );
}

#[test]
fn nothing_is_quoted_twice_or_without_a_word_of_the_question() {
    let same = "Cells divide by mitosis every day.";
    assert_eq!(
        best(
            "mitosis",
            &[same, "Cells divide by mitosis, every day!", "Water is wet."],
            9
        ),
        [(0, same.to_owned())]
    );
    assert_eq!(best("galaxies", &[same], 9), []);
    assert_eq!(best("the", &[same], 9), []);
    assert_eq!(best("mitosis", &[same], 0), []);
}

#[test]
fn a_long_sentence_is_cut_at_a_word() {
    let long = format!("Mitosis {}ends.", "goes on and on ".repeat(60));
    let quoted = &best("mitosis", &[&long], 1)[0].1;
    assert!(
        quoted.ends_with("…") && quoted.chars().count() <= 400 && quoted.chars().count() > 380,
        "{quoted}"
    );
    let word = quoted.trim_end_matches('…').rsplit(' ').next().unwrap();
    assert!(["goes", "on", "and"].contains(&word), "{quoted}");
    assert_eq!(
        best("猫が", &[&"猫が".repeat(1_000)], 1)[0]
            .1
            .chars()
            .count(),
        400
    );
}

#[test]
fn other_scripts_are_quoted_too() {
    let source = "犬は庭で遊んでいる。大きな黒猫がソファの上で寝ている。";
    assert_eq!(
        best("黒猫はどこ?", &[source], 1)[0].1,
        "大きな黒猫がソファの上で寝ている。"
    );
}

proptest! {
    #[test]
    fn what_is_quoted_is_short_and_in_its_source(
        asked in "[a-d ]{0,12}",
        sources in prop::collection::vec("([a-d]{1,4}[ .\n]{1,2}|\\PC){0,60}", 0..4),
        most in 0..6usize,
    ) {
        let borrowed: Vec<&str> = sources.iter().map(String::as_str).collect();
        let quoted = best_sentences(&asked, &borrowed, most);
        prop_assert!(quoted.len() <= most);
        for sentence in &quoted {
            prop_assert!(sentence.text.chars().count() <= 400);
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert!(letters(&sources[sentence.source]).contains(letters(&sentence.text).trim_end_matches('…')));
        }
        for (at, sentence) in quoted.iter().enumerate() {
            prop_assert!(quoted.iter().skip(at + 1).all(|other| other.text != sentence.text));
        }
    }
}
