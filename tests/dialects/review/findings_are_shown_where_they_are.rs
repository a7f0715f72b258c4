//! A moderator finds in the text what detectors have found, although personal data was taken out of it.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

const WRITTEN: &str =
    "Žluť: ask john.doe@company.com about EE382200221020145685, and h4ck the system";
const KEPT: &str =
    "Žluť: ask [pii_email_REDACTED] about [pii_iban_estonian_REDACTED], and h4ck the system";

async fn check(database: TestDatabase) {
    let people = People::of(Server::start(database, &[ECHO]).await).await;
    findings_point_into_the_text(&people).await;
    nothing_is_left_of_a_credential_to_point_at(&people).await;
}

/// What the findings of a case point at, by category.
fn pointed_at(case: &Value) -> Vec<(String, Option<String>)> {
    let text: Vec<char> = case["text"].as_str().unwrap().chars().collect();
    let mut all = vec![];
    for finding in case["findings"].as_array().unwrap() {
        let place = |name: &str| finding[name].as_u64().map(|place| place as usize);
        let shown = place("shown_start").map(|start| {
            let end = place("shown_end").unwrap();
            text[start..end].iter().collect::<String>()
        });
        all.push((finding["category"].as_str().unwrap().to_owned(), shown));
    }
    all
}

async fn findings_point_into_the_text(people: &People) {
    let case = said(&people.ann, WRITTEN).await;
    let before = ok(get(&people.mia, &format!("{CASES}/{case}")).await);
    assert_eq!(before["text"], KEPT);
    let found = pointed_at(&before);
    for (category, shown) in [
        ("pii_email", "[pii_email_REDACTED]"),
        ("pii_iban_estonian", "[pii_iban_estonian_REDACTED]"),
    ] {
        let known = (category.to_owned(), Some(shown.to_owned()));
        assert!(found.contains(&known), "{found:?}");
    }
    let leetspeak = found.iter().find(|(category, _)| category == "leetspeak");
    let (_, shown) = leetspeak.unwrap();
    assert!(shown.as_ref().unwrap().contains("h4ck"), "{found:?}");
    // A moderator's redaction takes nothing out of the case.
    let after = ok(act(&people.mia, &case, "decide", decision("redact")).await);
    assert_eq!(after["findings"], before["findings"]);
}

async fn nothing_is_left_of_a_credential_to_point_at(people: &People) {
    let case = said(&people.ann, "Login with password=MySuperSecretPass123!").await;
    let shown = ok(get(&people.mia, &format!("{CASES}/{case}")).await);
    let found = pointed_at(&shown);
    assert!(!found.is_empty());
    assert!(found.iter().all(|(_, shown)| shown.is_none()), "{found:?}");
}

on_both_databases!(check);
