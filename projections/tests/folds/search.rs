//! What can be found, and by which words.

use projections::{
    Search, SearchRow, SearchTerms,
    search::{excerpt, score},
};
use proptest::prelude::*;

use aggregates::thread::ThreadEvent;

use super::story::*;

/// The messages that can be found, with their words but for the marks of owner and conversation.
fn found(given: &projections::testing::Given) -> Vec<(String, String)> {
    let rows = given.rows::<Search>();
    let messages = rows.into_iter().filter(|row| !row.words.is_empty());
    messages
        .map(|row| (row.message.clone(), words(&row)))
        .collect()
}

fn words(row: &SearchRow) -> String {
    let words: Vec<&str> = row.words.trim().split(' ').skip(2).collect();
    words.join(" ")
}

/// The words of a text, as they are indexed.
fn indexed(text: &str) -> String {
    let rows = story([opened(), sent(1, 1, text)]).rows::<Search>();
    let row = rows.iter().find(|row| row.message != row.thread).unwrap();
    row.words.clone()
}

/// Whether somebody who types this finds that.
fn finds(typed: &str, text: &str) -> bool {
    let (terms, words) = (SearchTerms::read(typed), indexed(text));
    let is_there = |phrase: &projections::search::Phrase| words.contains(&phrase.pattern());
    !terms.is_empty() && terms.all.iter().all(is_there) && !terms.none.iter().any(is_there)
}

fn is(n: u128, words: &str) -> (String, String) {
    (text(n), words.to_owned())
}

#[test]
fn a_question_and_its_answer_are_found_once_they_are_whole() {
    let begun = story([opened(), sent(1, 1, "Hello?"), started(2, 2)]);
    assert_eq!(found(&begun), [is(1, "hello")]);
    assert_eq!(found(&story(exchange())), [is(1, "hello"), is(2, "hello")]);
}

#[test]
fn a_row_knows_whose_it_is_and_where() {
    let rows = story(exchange()).rows::<Search>();
    let answer = rows.iter().find(|row| row.message == text(2)).unwrap();
    assert_eq!(answer.owner, text(OWNER));
    assert_eq!((&answer.thread, answer.place), (&thread(), 2));
    // The answer stands where it began, however long it took.
    assert_eq!(answer.position, 3);
    for mark in [text(OWNER), thread()] {
        assert!(
            answer
                .words
                .contains(&format!(" {} ", SearchTerms::mark(&mark)))
        );
    }
}

#[test]
fn replaced_versions_are_not_found() {
    let story = and_then([
        edited(11, 1, "Hi there", 1),
        started_again(12, 2, 11, 2),
        completed(12, "Hi!"),
    ]);
    assert_eq!(found(&story), [is(11, "hi there"), is(12, "hi")]);
}

#[test]
fn failed_and_empty_replies_are_not_found_and_stopped_ones_are() {
    for (end, is_found) in [
        (failed(2, "half an ans"), false),
        (failed(2, ""), false),
        (stopped(2, ""), false),
        (stopped(2, "half an ans"), true),
        (interrupted(2, "half an ans"), true),
    ] {
        let story = story([opened(), sent(1, 1, "q"), started(2, 2), end]);
        assert_eq!(found(&story).len(), 1 + usize::from(is_found));
    }
}

#[test]
fn an_erasure_leaves_no_word_and_a_late_answer_brings_none_back() {
    let erased = ThreadEvent::ErasureRequested {};
    let story = story([
        opened(),
        sent(1, 1, "secret"),
        started(2, 2),
        erased,
        stopped(2, "secret"),
    ]);
    assert!(story.rows::<Search>().is_empty());
}

#[test]
fn a_conversation_that_is_used_again_after_its_erasure_is_found_again() {
    let story = and_then([
        ThreadEvent::ErasureRequested {},
        opened(),
        sent(21, 1, "anew"),
        completed(2, "late"),
    ]);
    assert_eq!(found(&story), [is(21, "anew")]);
}

#[test]
fn a_message_longer_than_an_index_takes_is_found_by_its_beginning() {
    let long = format!("first {} last", "middle ".repeat(200_000));
    let words = indexed(&long);
    assert!(words.len() <= projections::search::LONGEST);
    assert!(words.contains(" first ") && !words.contains(" last "));
}

#[test]
fn case_accents_and_compatibility_forms_make_no_difference() {
    for (typed, text) in [
        ("STRASSE", "Die Straße"),
        ("straße", "STRASSE"),
        ("zlutoucky kun", "Žluťoučký kůň"),
        ("Ｆｕｌｌ", "full width"),
        ("ﬁne", "fine"),
        ("ΟΔΟΣ", "οδος"),
        ("istanbul", "İstanbul"),
        ("İSTANBUL", "istanbul"),
        ("е\u{301}", "е"),
        ("cafe", "cafe\u{301} au lait"),
        ("café", "cafe\u{301} au lait"),
        ("e-mail", "E-Mail"),
        ("don't", "I DON’T know"),
        ("Donau\u{ad}dampf", "donaudampf"),
        ("سلام", "سَلَامٌ"),
        ("שלום", "שָׁלוֹם"),
        ("ｶﾞｽ", "ガス"),
    ] {
        assert!(finds(typed, text), "{typed} in {text}");
    }
}

#[test]
fn scripts_without_spaces_are_found_by_any_part() {
    for (typed, text) in [
        ("黒猫", "大きな黒猫が寝ている"),
        ("猫", "黒猫"),
        ("猫", "猫が寝ている"),
        ("猫", "黒猫が寝ている"),
        ("寝ている", "黒猫が寝ている。"),
        ("고양이", "고양이가 자고 있다"),
        ("고양이", "고양이가"),
        (
            "고양이",
            "\u{1100}\u{1169}\u{110b}\u{1163}\u{11bc}\u{110b}\u{1175}\u{1100}\u{1161}",
        ),
        ("แมว", "ฉันชอบแมวมาก"),
        ("你好", "他说：你好！"),
        ("iPhoneケース", "新しいiPhoneケース"),
        ("\u{20000}\u{20001}", "x\u{20000}\u{20001}y"),
    ] {
        assert!(finds(typed, text), "{typed} in {text}");
    }
    assert!(!finds("猫犬", "猫と犬"));
    assert!(!finds("黒犬", "黒猫"));
}

#[test]
fn phrases_beginnings_and_exclusions_mean_what_they_say() {
    let text = "The quick brown fox jumps over the lazy dog";
    for typed in [
        "fox quick",
        r#""quick brown""#,
        r#""Brown FOX" dog"#,
        "jum*",
        "quick jum* laz*",
        r#""brown fo"*"#,
        r#""brown fo*""#,
        "fox -cat",
        r#"fox -"lazy cat""#,
        "“quick brown”",
        "fox *",
        "\"",
        "fox \"dog",
        "(fox) AND:dog",
    ] {
        // A lone quote is nothing to look for.
        let expected = typed != "\"" && !typed.contains("AND");
        assert_eq!(finds(typed, text), expected, "{typed}");
    }
    for typed in [
        "fox cat",
        r#""brown quick""#,
        "jum",
        r#""quick fox""#,
        "fox -dog",
        "fox -do*",
        "-fox",
        "-cat",
        r#"-"lazy cat" -wolf"#,
        r#"fox -"lazy dog""#,
        "",
        "?!",
        "*",
    ] {
        assert!(!finds(typed, text), "{typed}");
    }
}

#[test]
fn what_is_said_more_often_and_in_fewer_words_comes_first() {
    let terms = SearchTerms::read("fox");
    let score = |text: &str| score(&indexed(text), &terms);
    assert!(score("fox and fox") > score("fox and dog"));
    assert!(score("a fox") > score(&format!("a fox {}", "and more ".repeat(50))));
    assert_eq!(score("a fox"), score("fox b"));
}

#[test]
fn an_excerpt_shows_the_match_and_where_it_is_in_code_points() {
    let marked = |text: &str, typed: &str| {
        let excerpt = excerpt(text, &SearchTerms::read(typed));
        let characters: Vec<char> = excerpt.text.chars().collect();
        let marked: Vec<String> = excerpt
            .highlights
            .iter()
            .map(|&(from, to)| characters[from..to].iter().collect())
            .collect();
        (excerpt.text, marked)
    };
    assert_eq!(
        marked("Ein Žluťoučký\nkůň 🐎", "zlutoucky kun"),
        (
            "Ein Žluťoučký kůň 🐎".into(),
            vec!["Žluťoučký".into(), "kůň".into()]
        )
    );
    assert_eq!(marked("大きな黒猫が", "猫").1, ["猫"]);
    assert_eq!(marked("大きな黒猫が", "黒猫が").1, ["黒猫が"]);
    assert_eq!(
        marked("the brown fox, brown dog", r#""brown dog""#).1,
        ["brown dog"]
    );
    assert_eq!(marked("foxes and a fox", "fox*").1, ["foxes", "fox"]);
    assert_eq!(marked("nothing", "fox"), ("nothing".into(), vec![]));

    let long = format!("{} the fox {}", "before ".repeat(100), "after ".repeat(100));
    let (text, found) = marked(&long, "fox");
    assert_eq!(found, ["fox"]);
    assert!(text.starts_with('…') && text.ends_with('…') && text.chars().count() < 250);
    // The place where most of the words are.
    let apart = format!("fox {} fox dog", "x ".repeat(300));
    assert_eq!(marked(&apart, "dog fox").1, ["fox", "dog"]);
}

/// Letters of many scripts, marks, digits, quotes, spaces.
fn anything() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        Just(' '),
        Just('-'),
        Just('"'),
        Just('*'),
        prop::char::range('a', 'e'),
        prop::char::range('À', 'ž'),
        prop::char::range('\u{300}', '\u{310}'),
        prop::char::range('α', 'ω'),
        prop::char::range('ก', 'ู'),
        prop::char::range('あ', 'ん'),
        prop::char::range('一', '丐'),
        prop::char::range('가', '갛'),
        prop::char::range('क', '्'),
        any::<char>(),
    ];
    prop::collection::vec(letter, 0..40).prop_map(String::from_iter)
}

#[test]
fn a_vowel_that_compatibility_forms_write_as_two_is_found_either_way() {
    for (one, two) in [("น้ำ", "น้ํา"), ("กำไร", "กําไร"), ("aำ", "aํา"), ("ນ້ຳ", "ນ້ໍາ")]
    {
        assert_eq!(indexed(one), indexed(two));
        assert!(finds(one, two) && finds(two, one));
    }
    assert!(!finds("กำ", "กา"));
}

proptest! {
    #[test]
    fn whatever_is_typed_the_terms_are_plain(text in anything()) {
        let terms = SearchTerms::read(&text);
        for (term, _) in terms.single() {
            prop_assert!(!term.is_empty() && term.len() <= 200);
            let plain = |c: char| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
            prop_assert!(term.chars().all(plain), "{term:?}");
            // FTS5's ascii tokenizer must find nothing to part or to fold.
            prop_assert!(!term.chars().any(|c| c.is_ascii_uppercase()));
        }
    }

    #[test]
    fn a_text_is_found_by_itself(text in anything()) {
        let typed: String = text.chars().map(|c| if "-\"*“”„«»".contains(c) { ' ' } else { c }).collect();
        let terms = SearchTerms::read(&typed);
        prop_assert!(terms.is_empty() || finds(&typed, &typed));
    }

    #[test]
    fn words_of_words_are_the_same_words(text in anything()) {
        use unicode_normalization::UnicodeNormalization;
        let words = indexed(&text);
        for same in [text.nfc().collect::<String>(), text.nfd().collect(), text.nfkc().collect()] {
            // Compatibility forms may be letters where the original is a sign.
            if same.chars().all(char::is_alphabetic) && text.chars().all(char::is_alphabetic) {
                prop_assert_eq!(&indexed(&same), &words);
            }
        }
    }

    #[test]
    fn highlights_lie_in_the_excerpt_in_order(text in anything(), typed in anything()) {
        let excerpt = excerpt(&text, &SearchTerms::read(&typed));
        let mut end = 0;
        for (from, to) in excerpt.highlights {
            prop_assert!(end <= from && from < to);
            end = to;
        }
        prop_assert!(end <= excerpt.text.chars().count());
    }

    #[test]
    fn who_finds_a_message_sees_it_marked(text in anything(), typed in anything()) {
        if finds(&typed, &text) && text.chars().count() < 200 {
            prop_assert!(!excerpt(&text, &SearchTerms::read(&typed)).highlights.is_empty());
        }
    }
}
