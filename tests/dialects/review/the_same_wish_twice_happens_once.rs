//! `Idempotency-Key`: whoever does not know whether a request arrived sends it again, and it happens once.

use reqwest::Method;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{client, databases::TestDatabase},
};

const OTHER_BODY: &str = "This Idempotency-Key was used with another request body.";

async fn check(database: TestDatabase) {
    let people = People::of(Server::start(database, &[ECHO]).await).await;
    many_are_decided_once(&people).await;
    what_broke_off_goes_on(&people).await;
    twins_decide_the_same_cases(&people).await;
    the_next_case_is_the_same_one(&people).await;
    one_name_for_two_wishes_is_told_at_once(&people).await;
    what_had_nothing_to_do_never_does_anything(&people).await;
    for_an_erased_case_there_is_another_one(&people).await;
}

async fn named(who: &Client, path: &str, name: &str, body: &Value) -> Answer {
    let request = request(who, Method::POST, &format!("{CASES}/{path}"))
        .header("idempotency-key", name)
        .json(body);
    client::answer(request).await.unwrap()
}

/// All of this severity that wait.
fn dismiss(severity: &str, expected: usize) -> Value {
    json!({
        "filter": { "severity": severity },
        "decision": "dismiss",
        "reason": "A game.",
        "expected_count": expected,
    })
}

async fn events(people: &People, case: &str) -> Vec<String> {
    let id = uuid::Uuid::parse_str(case).unwrap().to_string();
    let store = people.server.store().await;
    let events = store.read_stream("case", &id, 0, 100).await.unwrap();
    events.into_iter().map(|event| event.event_type).collect()
}

async fn many_are_decided_once(people: &People) {
    let mut cases = vec![];
    for _ in 0..3 {
        cases.push(said(&people.ann, MEDIUM).await);
    }
    let body = dismiss("medium", 3);
    for _ in 0..2 {
        let done = ok(named(&people.mia, "bulk", "a", &body).await);
        assert_eq!(done, json!({ "decided": 3, "failed": [] }));
    }
    for case in &cases {
        assert_eq!(events(people, case).await, ["case.opened", "case.decided"]);
    }
    let other = dismiss("critical", 3);
    details(
        &named(&people.mia, "bulk", "a", &other).await,
        409,
        OTHER_BODY,
    );
    // A preview changes nothing, and has no name.
    let counted = named(&people.mia, "bulk?preview=true", "a", &other).await;
    assert_eq!(ok(counted)["count"], 0);
    // Without a name, or with another one, it is another wish.
    details(
        &named(&people.mia, "bulk", "b", &body).await,
        409,
        "0 cases are meant, not 3.",
    );
}

async fn what_broke_off_goes_on(people: &People) {
    let (free, held) = (
        said(&people.ann, MEDIUM).await,
        said(&people.ann, MEDIUM).await,
    );
    ok(act(&people.max, &held, "claim", json!({})).await);
    let body = json!({
        "ids": [free, held], "decision": "confirm", "reason": "So it is.", "expected_count": 2,
    });
    let done = ok(named(&people.mia, "bulk", "c", &body).await);
    assert_eq!(
        (&done["decided"], &done["failed"][0]["uuid"]),
        (&json!(1), &json!(held))
    );
    ok(act(&people.max, &held, "release", json!({})).await);
    let done = ok(named(&people.mia, "bulk", "c", &body).await);
    assert_eq!(done, json!({ "decided": 2, "failed": [] }));
    assert_eq!(events(people, &free).await, ["case.opened", "case.decided"]);
}

async fn twins_decide_the_same_cases(people: &People) {
    let case = said(&people.ann, CRITICAL).await;
    let body = dismiss("critical", 1);
    let both =
        futures_util::future::join_all([0, 1].map(|_| named(&people.mia, "bulk", "d", &body)));
    for answer in both.await {
        assert_eq!(ok(answer), json!({ "decided": 1, "failed": [] }));
    }
    assert_eq!(events(people, &case).await, ["case.opened", "case.decided"]);
}

async fn the_next_case_is_the_same_one(people: &People) {
    for _ in 0..2 {
        said(&people.ann, MEDIUM).await;
    }
    let first = ok(named(&people.mia, "next", "n", &json!({})).await);
    let again = ok(named(&people.mia, "next", "n", &json!({})).await);
    assert_eq!(first["uuid"], again["uuid"]);
    let other = ok(named(&people.mia, "next", "o", &json!({})).await);
    assert_ne!(first["uuid"], other["uuid"]);
    let case = first["uuid"].as_str().unwrap();
    assert_eq!(events(people, case).await, ["case.opened", "case.claimed"]);
    assert_eq!(
        named(&people.mia, "next", "p", &json!({})).await.status,
        204
    );
}

async fn one_name_for_two_wishes_is_told_at_once(people: &People) {
    for _ in 0..2 {
        said(&people.ann, MEDIUM).await;
    }
    let wishes = [json!({}), json!({ "other": true })];
    let both = wishes
        .iter()
        .map(|wish| named(&people.mia, "next", "q", wish));
    let mut both = futures_util::future::join_all(both).await;
    both.sort_by_key(|answer| answer.status);
    let [first, second]: [Answer; 2] = both.try_into().ok().unwrap();
    ok(first);
    details(&second, 409, OTHER_BODY);
}

async fn what_had_nothing_to_do_never_does_anything(people: &People) {
    let case = said(&people.ann, MEDIUM).await;
    let release = format!("{case}/release");
    ok(named(&people.mia, &release, "r", &json!({})).await);
    ok(act(&people.mia, &case, "claim", json!({})).await);
    ok(named(&people.mia, &release, "r", &json!({})).await);
    assert_eq!(events(people, &case).await, ["case.opened", "case.claimed"]);
}

async fn for_an_erased_case_there_is_another_one(people: &People) {
    for _ in 0..2 {
        said(&people.ann, CRITICAL).await;
    }
    let first = ok(named(&people.mia, "next", "e", &json!({})).await);
    let case = first["uuid"].as_str().unwrap();
    let thread = uuid::Uuid::parse_str(first["thread"].as_str().unwrap()).unwrap();
    let ada = people.server.user_as("ada", "auditor").await;
    let at = format!("/api/audit/threads/{thread}/erase");
    let ordered = ada.post(&at, &json!({ "reason": "A court says so" })).await;
    assert_eq!(ordered.status, 202, "{}", ordered.body);
    let shown = format!("{CASES}/{case}");
    client::eventually(async || get(&people.mia, &shown).await.status == 404).await;
    // Whether what tells a repeated request is gone by now, or not yet.
    let another = ok(named(&people.mia, "next", "e", &json!({})).await);
    assert_ne!(another["uuid"], first["uuid"]);
}

on_both_databases!(check);
