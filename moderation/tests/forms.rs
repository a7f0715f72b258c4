//! Personal data in the forms in which people and programs write it, exactly where it stands, and what only has the form.
//! The numbers were made for these tests.

use moderation::{Category, Policy, Scanner};

use Category::*;

/// What is found in a text, as it stands there.
fn found(text: &str) -> Vec<(Category, &str)> {
    let verdict = Scanner::new(Policy::default()).output(text);
    let as_written = |finding: &moderation::Finding| (finding.category, finding.span.clone());
    let findings = verdict.findings.iter().map(as_written);
    findings
        .map(|(category, span)| (category, &text[span]))
        .collect()
}

fn is_found(category: Category, cases: &[(&str, &str)]) {
    for (text, there) in cases {
        assert_eq!(found(text), [(category, *there)], "{text}");
    }
}

fn nothing_is_found(texts: &[&str]) {
    for text in texts {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn cards_of_every_scheme_are_found() {
    is_found(
        CreditCard,
        &[
            ("I lost my card 503866392338 on the bus", "503866392338"),
            ("Maestro 6761 2146 8810, valid until June", "6761 2146 8810"),
            ("card: 060497369938", "060497369938"),
            (
                "the shop took 213156327295187 without asking",
                "213156327295187",
            ),
            (
                "the shop took 3507-5817-8397-0529 without asking",
                "3507-5817-8397-0529",
            ),
            (
                "the shop took 3676 161249 0651 without asking",
                "3676 161249 0651",
            ),
            (
                "the shop took 30128630374869 without asking",
                "30128630374869",
            ),
            (
                "my debit card is 4917611124226238574",
                "4917611124226238574",
            ),
            (
                "the bank sent a new card, 5080905366566653",
                "5080905366566653",
            ),
            ("{\"pan\":\"5741812056734347\"}", "5741812056734347"),
        ],
    );
}

#[test]
fn cards_are_found_among_words_of_many_languages() {
    for text in [
        "bill it to cc {}",
        "Meine Kreditkarte {} wurde gesperrt",
        "Min kreditkort {} virker ikke",
        "Luottokorttini on {}",
        "Moja karta {} wygasła",
        "Minu krediitkaart {} ei tööta",
        "Mijn creditcard is {}",
        "O meu cartão {} foi recusado",
        "Моя карта {} заблокирована",
        "A kártyám száma: {}",
        "Card #{} was declined",
    ] {
        let text = text.replace("{}", "4539257029291");
        assert_eq!(found(&text), [(CreditCard, "4539257029291")], "{text}");
    }
}

#[test]
fn what_only_has_the_length_of_a_card_is_none() {
    nothing_is_found(&[
        "my card is 503866392339",
        "my card is 213156327295188",
        "the shop took 503866392338 without asking",
        "my card is 1234 5038 6639 2338",
        "Inventory 5038 6639 2338 4711 0815",
        "the parcel 8600153364717649 is late",
    ]);
}
