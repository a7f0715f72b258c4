//! The streaming window: one text, one result, however it arrives.

use moderation::{Category, Finding, HELD, Policy, Scanner, Window};
use proptest::prelude::*;

fn scanner() -> Scanner {
    Scanner::new(Policy::default())
}

/// What leaves when a text arrives in these pieces, and how many characters were held at most.
fn streamed<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (String, Vec<Finding>, usize) {
    let mut window = Window::new(scanner());
    let (mut text, mut findings, mut most) = (String::new(), Vec::new(), 0);
    let (mut taken, mut seen) = (0, 0);
    for piece in pieces {
        let released = window.push(piece);
        taken += piece.chars().count();
        seen += released.text.chars().count();
        if findings.is_empty() && released.findings.is_empty() {
            most = most.max(taken - seen);
        }
        text.push_str(&released.text);
        findings.extend(released.findings);
    }
    let last = window.finish();
    text.push_str(&last.text);
    findings.extend(last.findings);
    (text, findings, most)
}

fn letters(text: &str) -> impl Iterator<Item = &str> {
    text.split("").filter(|letter| !letter.is_empty())
}

#[test]
fn a_card_number_across_pieces_is_redacted_before_it_leaves() {
    let (text, findings, _) =
        streamed(["Your card is 4539 14", "88 0343", " 6467, valid until May."]);
    assert_eq!(
        text,
        "Your card is [pii_credit_card_REDACTED], valid until May."
    );
    assert_eq!(findings[0].category, Category::CreditCard);
}

#[test]
fn ordinary_words_leave_at_once() {
    let mut window = Window::new(scanner());
    assert_eq!(
        window.push("The weather is fine today, thank").text,
        "The weather is fine today, "
    );
    assert_eq!(window.push("s for asking.").text, "thanks ");
    assert_eq!(window.finish().text, "for asking.");
}

#[test]
fn a_credential_ends_the_answer() {
    let mut window = Window::new(scanner());
    let released =
        window.push("The token is ghp_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij and more follows");
    assert!(released.blocked);
    assert_eq!(released.text, "The token is [pii_github_token_REDACTED]");
    assert_eq!(
        window.push("nothing any more"),
        moderation::Released {
            blocked: true,
            ..Default::default()
        }
    );
}

#[test]
fn a_token_longer_than_the_window_is_swallowed_to_its_end() {
    let payload = "eyJzdWIiOiIxMjM0NTY3ODkw".repeat(30);
    let answer = format!("Take eyJhbGciOiJIUzI1NiJ9.{payload}.dozjgNryP4J3jVmNHl0w5N and go");
    let (text, ..) = streamed([answer.as_str()]);
    assert_eq!(text, "Take [pii_jwt_REDACTED] and go");
    assert_eq!(streamed(letters(&answer)).0, text);
}

#[test]
fn an_account_whose_bank_has_letters_is_redacted_whole() {
    for account in [
        "GB29 NWBK 6016 1331 9268 19",
        "NL91 ABNA 0417 1643 00",
        "IE29 AIBK 9311 5212 3456 78",
        "RO49 AAAA 1B31 0075 9384 0000",
        "BG80 BNBG 9661 1020 3456 78",
        "LV80 BANK 0000 4351 9500 1",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
    ] {
        let answer = format!("My IBAN: {account} and that is all there is.");
        let whole = scanner().output(&answer);
        let expected = scanner().redact(&answer, &whole.findings);
        assert!(!expected.contains(&account[..7]), "{expected}");
        assert_eq!(streamed(letters(&answer)).0, expected);
        assert_eq!(streamed([answer.as_str()]).0, expected);
    }
}

#[test]
fn a_number_that_is_hidden_is_redacted_before_it_leaves() {
    for number in [
        "4539\u{200b} 14\u{ad}88 03\u{2060}43 6467",
        "4\u{ad}5\u{ad}3\u{ad}9\u{ad}1\u{ad}4\u{ad}8\u{ad}8\u{ad}0\u{ad}3\u{ad}4\u{ad}3\u{ad}6\u{ad}4\u{ad}6\u{ad}7",
        "４５３９　１４８８　０３４３　６４６７",
        "４５３９-\u{200b}１４８８-０３４３-６４６７",
        "٤٥٣٩ ١٤٨٨ ٠٣٤٣ ٦٤٦٧",
    ] {
        let answer = format!("Your card is {number}, valid until May, and that is all there is.");
        let expected =
            "Your card is [pii_credit_card_REDACTED], valid until May, and that is all there is.";
        assert_eq!(streamed(letters(&answer)).0, expected);
        assert_eq!(streamed([answer.as_str()]).0, expected);
    }
}

#[test]
fn a_long_token_with_signs_that_cannot_be_seen_is_swallowed_to_its_end() {
    for size in 1..8 {
        let payload: String = "eyJzdWIiOiIxMjM0NTY3ODkw"
            .repeat(30)
            .chars()
            .enumerate()
            .flat_map(|(at, letter)| [Some(letter), (at % size == 0).then_some('\u{200b}')])
            .flatten()
            .collect();
        let answer = format!("Take eyJhbGciOiJIUzI1NiJ9.{payload}.dozjgNryP4J3jVmNHl0w5N and go");
        let expected = "Take [pii_jwt_REDACTED] and go";
        assert_eq!(streamed([answer.as_str()]).0, expected, "{size}");
        assert_eq!(streamed(letters(&answer)).0, expected, "{size}");
    }
}

#[test]
fn signs_before_a_number_hide_nothing_of_it() {
    for text in [
        "—-DE 68 555-0132 ",
        "üDE 19-4567-555-0132 ",
        "(DE 68 555-0132 9) and",
        "VAT:DE 68 555 013 2 is it",
        "(GB29 NWBK 6016 1331 9268 19) it is",
        "IBAN:GB29 NWBK 6016 1331 9268 19 it is",
        "—GB29 NWBK 6016 1331 9268 19 it is",
    ] {
        let whole = scanner().output(text);
        let (redacted, found, _) = streamed(letters(text));
        assert_eq!(found, whole.findings, "{text}");
        assert_eq!(redacted, scanner().redact(text, &whole.findings));
    }
}

#[test]
fn signs_inside_a_number_and_numbers_before_it_hide_nothing_of_it() {
    for text in [
        "My IBAN: MT84-MALT 0110 0001 2345 MTLC AST0 01S and that is all there is to be said.",
        "My IBAN: MT84-MALT-0110-0001 2345 MTLC AST0 01S and that is all there is to be said.",
        "VAT-number-of-the-company:MT84 MALT 0110 0001 2345 MTLC AST0 01S and that is all there is.",
        "1. GB29 NWBK 6016 1331 9268 19 is the first, and that is all there is to be said.",
        "No. 5 MT84 MALT 0110 0001 2345 MTLC AST0 01S and that is all there is to be said.",
        "See JO72.U2AF 0257.VKJQ-AGU3 AGKK 36B6-UL, and that is all there is to be said.",
    ] {
        let whole = scanner().output(text);
        assert_eq!(whole.findings.len(), 1, "{text}: {whole:?}");
        let (redacted, found, _) = streamed(letters(text));
        assert_eq!(found, whole.findings, "{text}");
        assert_eq!(redacted, scanner().redact(text, &whole.findings));
        assert_eq!(streamed([text]).0, redacted);
    }
}

#[test]
fn an_account_is_redacted_whole_whatever_joins_its_groups() {
    for signs in 0..128 {
        let mut account = "MT84".to_owned();
        let groups = ["MALT", "0110", "0001", "2345", "MTLC", "AST0", "01S"];
        for (at, group) in groups.into_iter().enumerate() {
            account.push(if (signs >> at) & 1 == 1 { '-' } else { ' ' });
            account.push_str(group);
        }
        let answer = format!("My IBAN: {account} and that is all there is to be said.");
        let expected = "My IBAN: [pii_iban_general_REDACTED] and that is all there is to be said.";
        assert_eq!(streamed(letters(&answer)).0, expected, "{answer}");
    }
}

#[test]
fn what_crosses_a_forced_end_in_text_without_spaces_is_found_and_nothing_else_is_left_out() {
    for before in 150..270 {
        let filler = "界".repeat(before);
        let answer = format!("{filler},john.doe@company.com,{}", "世".repeat(300));
        let expected = format!("{filler},[pii_email_REDACTED],{}", "世".repeat(300));
        assert_eq!(streamed([answer.as_str()]).0, expected, "{before}");
        assert_eq!(streamed(letters(&answer)).0, expected, "{before}");
    }
}

/// Words with numbers and secrets among them.
fn answers() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "the",
        "a",
        "card",
        "call",
        "me",
        "at",
        "NHS",
        "phone",
        "order",
        "is",
        "and",
        "DE",
        "+372",
        "5123",
        "4567",
        "4539",
        "1488",
        "0343",
        "6467",
        "4539148803436467",
        "john.doe@company.com",
        "EE382200221020145685",
        "GB29",
        "NWBK",
        "6016",
        "1331",
        "9268",
        "19",
        "078-05-1123",
        "(415)",
        "555-0132",
        "555-0132x12",
        "ext.",
        "extension 4410",
        "0121 706",
        "8774",
        "+41 (0)85 806 98 67",
        "503866392338",
        "3676 161249",
        "0651",
        "CA-3C-33-E8-67-84",
        "abcd.efab.cdef",
        "token:",
        "https://anna@firma.ee/x",
        "请写信给anna@firma.ee谢谢",
        "(0712 945 440)",
        "Ausweis",
        "T22000129",
        "670418/2090",
        "94012438614",
        "b7Xk29QmZr41LwPs8vTn",
        "38706181237",
        "131052-308T",
        "YZ",
        "61",
        "48",
        "68",
        "B",
        "ip",
        "10.0.0.1",
        "192.0.2.44",
        "401-023-2137",
        "password:",
        "Bearer",
        "sk-qtwNvRXubniVXQxlSjH8Cp9H0zVVvQgCyijfNPxt9zK9kpnc",
        "ü",
        "日本",
        "12",
        "1",
        "2001:db8:85a3::8a2e:370",
        "ssn",
        "bsn",
        "111222333",
        "2026-01-05",
        "—",
        "x",
    ]);
    let gaps = prop::sample::select(vec![
        " ", " ", " ", " ", " ", " ", " ", " ", "  ", "   ", "\n", "\r\n", " \n", "\t", "\t\t",
        "     ", "\n\n", "\u{2028}", ", ", ". ", "-", "", "\u{3000}", "\u{200b}",
    ]);
    let disguises = prop_oneof![
        20 => Just(Disguise::None),
        1 => Just(Disguise::Wide),
        1 => Just(Disguise::Broken),
        1 => Just(Disguise::Apart),
        1 => Just(Disguise::Arabic),
    ];
    prop::collection::vec((words, disguises, gaps), 0..40).prop_map(|parts| {
        parts
            .into_iter()
            .flat_map(|(word, disguise, gap)| [disguise.of(word), gap.to_owned()])
            .collect()
    })
}

/// How a word is hidden.
#[derive(Clone, Copy, Debug)]
enum Disguise {
    None,
    /// As Japanese keyboards write.
    Wide,
    /// With a sign that cannot be seen before its last letter.
    Broken,
    /// With one behind every letter.
    Apart,
    /// With Arabic digits.
    Arabic,
}

impl Disguise {
    fn of(self, word: &str) -> String {
        let wide = |letter: char| match letter {
            '!'..='~' => char::from_u32(u32::from(letter) + 0xfee0).unwrap(),
            other => other,
        };
        match self {
            Self::None => word.to_owned(),
            Self::Wide => word.chars().map(wide).collect(),
            Self::Broken => {
                let (last, _) = word.char_indices().next_back().unwrap();
                format!("{}\u{200b}{}", &word[..last], &word[last..])
            }
            Self::Arabic => word
                .chars()
                .map(|letter| match letter.to_digit(10) {
                    Some(digit) => char::from_u32(0x660 + digit).unwrap(),
                    None => letter,
                })
                .collect(),
            Self::Apart => word.chars().flat_map(|letter| [letter, '\u{ad}']).collect(),
        }
    }
}

/// Cuts a text at these places.
fn cut<'a>(text: &'a str, places: &[prop::sample::Index]) -> Vec<&'a str> {
    let mut cuts: Vec<usize> = places
        .iter()
        .map(|place| place.index(text.len() + 1))
        .filter(|at| text.is_char_boundary(*at))
        .collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|two| &text[two[0]..two[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_text_gives_the_same_findings_however_it_is_cut(
        text in prop_oneof![answers(), "\\PC{0,400}", "[0-9a-f :@.+-]{0,600}"],
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let (one, found, held) = streamed(letters(&text));
        let (other, found_otherwise, _) = streamed(cut(&text, &places));
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(&found, &found_otherwise);
        prop_assert!(held <= HELD, "{} characters were held", held);
    }

    #[test]
    fn a_streamed_answer_is_judged_as_if_it_came_whole(text in answers()) {
        prop_assume!(text.split_whitespace().all(|word| word.len() < 200));
        let whole = scanner().output(&text);
        prop_assume!(whole.action < moderation::Action::Block);
        let (redacted, found, held) = streamed(letters(&text));
        prop_assume!(held < HELD);
        prop_assert_eq!(&found, &whole.findings);
        prop_assert_eq!(redacted, scanner().redact(&text, &whole.findings));
    }
}
