//! What is asked and answered without a conversation is reviewed as messages are.

use aggregates::{CompletionId, MessageId};

use super::*;
use crate::{
    dialects::{
        assistant::upstream::{self, whole},
        on_both_databases,
    },
    support::{
        client, databases::TestDatabase, readings::Readings, scripted::Scripted, server::PASSWORD,
    },
};

const CHAT: &str = "/v1/chat/completions";
const ADDRESS: &str = "Write to john.doe@company.com, please.";
const REDACTED: &str = "[Redacted by a moderator]";

async fn check(database: TestDatabase) {
    let config = database.beside();
    let answers = [
        "fine", ADDRESS, ADDRESS, ADDRESS, "fine", "fine", "fine", ADDRESS,
    ];
    let upstream = Scripted::start(answers.map(whole)).await;
    let (server, _) = upstream::server(database, &upstream).await;
    let people = People::of(server).await;
    let log = Readings::of(&config).await;
    nobody_else_sees_it(&people).await;
    a_case_shows_what_was_asked(&people, &log).await;
    an_answer_is_redacted_and_shown_again(&people).await;
    what_has_no_conversation_is_not_hidden(&people).await;
    who_asked_is_restricted(&people).await;
    nobody_judges_what_they_asked(&people).await;
    what_is_kept_in_a_thread_is_a_case_of_it(&people).await;
    it_goes_with_its_owner(&people).await;
}

fn ask(text: &str) -> Value {
    json!({ "model": "up/m", "messages": [
        { "role": "system", "content": "Be brief." },
        { "role": "user", "content": "Hello" },
        { "role": "assistant", "content": "Hello." },
        { "role": "user", "content": text },
    ] })
}

/// The case of the question, and that of the answer.
async fn asked(who: &Client, text: &str) -> (String, String) {
    let body = ok(who.post(CHAT, &ask(text)).await);
    seen(who).await;
    cases_of(&body)
}

/// Completions are answered before views show them.
async fn seen(who: &Client) {
    client::eventually(async || who.get("/readyz").await.body["projector"]["lag_events"] == 0)
        .await;
}

fn cases_of(body: &Value) -> (String, String) {
    let id = body["id"].as_str().unwrap().strip_prefix("chatcmpl-");
    let id = CompletionId(uuid::Uuid::parse_str(id.unwrap()).unwrap());
    let simple = |id: MessageId| id.0.simple().to_string();
    (simple(id.question()), simple(id.turn().answer()))
}

async fn shown(who: &Client, case: &str) -> Value {
    ok(get(who, &format!("{CASES}/{case}")).await)
}

async fn nobody_else_sees_it(people: &People) {
    let (case, _) = asked(&people.ann, MEDIUM).await;
    let forbidden = "You do not have permission to perform this action.";
    let auditor = people.server.user_as("aud", "auditor").await;
    for who in [&people.ann, &auditor] {
        details(&get(who, &format!("{CASES}/{case}")).await, 403, forbidden);
        for action in ["claim", "decide"] {
            let refused = act(who, &case, action, decision("redact")).await;
            details(&refused, 403, forbidden);
        }
    }
    let id = uuid::Uuid::parse_str(&case).unwrap();
    let record = ok(auditor.get(&format!("/api/audit/cases/{id}/at")).await);
    assert_eq!(record["thread"], Value::Null);
    assert!(record["completion"].is_string(), "{record}");
}

async fn a_case_shows_what_was_asked(people: &People, log: &Readings) {
    // Refused: nobody is asked.
    let (case, _) = asked(&people.ann, CRITICAL).await;
    let before = log.all().await.len();
    let listed = listed(&people.mia, "?min_severity=critical").await;
    let row = listed.iter().find(|row| row["uuid"] == json!(case));
    assert_eq!(row.unwrap()["thread"], Value::Null);
    let case = shown(&people.mia, &case).await;
    assert_eq!(log.all().await.len(), before + 1);
    assert_eq!(
        (&case["text"], &case["stage"]),
        (&json!(CRITICAL), &json!("input"))
    );
    assert_eq!(case["severity"], "critical");
    assert_eq!(
        (&case["sequence_index"], &case["version"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(
        case["context_before"],
        json!([
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": "Hello" },
            { "role": "assistant", "content": "Hello." },
        ])
    );
    assert_eq!(case["context_after"][0]["role"], "assistant");
    assert!(case["completion"].is_string());
    let stats = ok(get(&people.mia, "/api/moderation/stats").await);
    assert_eq!(
        (&stats["automated"], &stats["backlog"]),
        (&json!(2), &json!(2))
    );
    let of_ann = format!("?user={}", people.ann.id);
    assert_eq!(super::listed(&people.mia, &of_ann).await.len(), 2);
    let of_max = format!("?user={}", people.max.id);
    assert!(super::listed(&people.mia, &of_max).await.is_empty());
}

async fn an_answer_is_redacted_and_shown_again(people: &People) {
    let again = || async {
        let request = people
            .ann
            .request(reqwest::Method::POST, CHAT)
            .header("idempotency-key", "one")
            .json(&ask("Hello"));
        ok(client::answer(request).await.unwrap())
    };
    let content = |body: &Value| body["choices"][0]["message"]["content"].clone();
    let first = again().await;
    let written = content(&first);
    assert!(written.as_str().unwrap().contains("Write to"));
    seen(&people.ann).await;
    let (_, case) = cases_of(&first);
    ok(act(&people.mia, &case, "claim", json!({})).await);
    let decided = ok(act(&people.mia, &case, "decide", decision("redact")).await);
    assert_eq!(decided["state"], "decided");
    assert_eq!(decided["text"], written);
    assert_eq!(content(&again().await), REDACTED);
    let path = format!("{CASES}/{case}/appeal");
    ok(post(&people.ann, &path, &json!({ "text": "It is an example." })).await);
    let undone = json!({ "reason": "It is one." });
    let undone = ok(act(&people.max, &case, "overturn", undone).await);
    assert_eq!(
        (&undone["state"], &undone["text"]),
        (&json!("open"), &written)
    );
    assert_eq!(content(&again().await), written);
    let store = people.server.store().await;
    let id = uuid::Uuid::parse_str(&case).unwrap().to_string();
    let events = store.read_stream("completion", &id, 4, 100).await.unwrap();
    let names: Vec<&str> = events.iter().map(|event| &*event.event_type).collect();
    assert_eq!(
        names,
        [
            "decision.recorded",
            "completion.redacted",
            "decision.overturned",
            "completion.restored",
        ]
    );
}

async fn what_has_no_conversation_is_not_hidden(people: &People) {
    let (_, case) = asked(&people.ann, "Hello").await;
    details(
        &act(&people.mia, &case, "decide", decision("hide_thread")).await,
        409,
        "This belongs to no conversation that could be hidden; redact it, or restrict its author.",
    );
    let body = json!({
        "ids": [case], "decision": "hide_thread", "reason": "x", "expected_count": 1,
    });
    let done = ok(post(&people.mia, &format!("{CASES}/bulk"), &body).await);
    assert_eq!(
        (&done["decided"], &done["failed"][0]["uuid"]),
        (&json!(0), &json!(case))
    );
    ok(act(&people.mia, &case, "decide", decision("dismiss")).await);
}

async fn who_asked_is_restricted(people: &People) {
    let eve = people.server.user("eve").await;
    let (_, case) = asked(&eve, "Hello").await;
    ok(act(&people.mia, &case, "decide", decision("restrict_user")).await);
    assert_eq!(eve.post(CHAT, &ask("Hello")).await.status, 403);
    ok(act(&people.max, &case, "overturn", json!({ "reason": "No." })).await);
    assert_eq!(eve.post(CHAT, &ask("Hello")).await.status, 200);
}

async fn nobody_judges_what_they_asked(people: &People) {
    let (case, _) = asked(&people.max, MEDIUM).await;
    let is_listed = async |who: &Client| {
        let rows = listed(who, "?limit=200").await;
        rows.iter().any(|row| row["uuid"] == json!(case))
    };
    assert!(is_listed(&people.mia).await && !is_listed(&people.max).await);
    details(
        &get(&people.max, &format!("{CASES}/{case}")).await,
        403,
        "This conversation is yours: another moderator has to look at it.",
    );
    loop {
        let next = post(&people.max, &format!("{CASES}/next"), &json!({})).await;
        if next.status == 204 {
            break;
        }
        assert_ne!(ok(next)["uuid"], json!(case));
    }
    let next = ok(post(&people.mia, &format!("{CASES}/next"), &json!({})).await);
    assert_eq!(next["uuid"], json!(case));
}

async fn what_is_kept_in_a_thread_is_a_case_of_it(people: &People) {
    let request = people
        .ann
        .request(reqwest::Method::POST, CHAT)
        .header("x-thread", "new")
        .json(&ask(MEDIUM));
    let answer = client::answer(request).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    let thread = answer.headers["x-thread"].to_str().unwrap().to_owned();
    let thread = uuid::Uuid::parse_str(&thread).unwrap().simple().to_string();
    let rows = listed(&people.mia, "?o=-created&limit=1").await;
    assert_eq!(rows[0]["thread"], json!(thread));
    assert!(rows[0].get("completion").is_none());
}

async fn it_goes_with_its_owner(people: &People) {
    let zoe = people.server.user("zoe").await;
    let (_, case) = asked(&zoe, "Hello").await;
    let (untouched, _) = asked(&zoe, CRITICAL).await;
    let note = json!({ "text": "She writes of john." });
    ok(act(&people.mia, &case, "comment", note).await);
    let left = zoe
        .request(reqwest::Method::DELETE, "/api/auth/me")
        .json(&json!({ "password": PASSWORD }));
    let left = client::answer(left).await.unwrap();
    assert!(left.status.is_success(), "{}", left.body);
    let path = format!("{CASES}/{case}");
    client::eventually(async || get(&people.mia, &path).await.status == 404).await;
    let id = uuid::Uuid::parse_str(&case).unwrap().to_string();
    let store = people.server.store().await;
    let events = store.read_stream("case", &id, 0, 100).await.unwrap();
    assert_eq!(events.last().unwrap().event_type, "case.erased");
    assert!(events.iter().all(|event| !event.payload.contains("john")));
    // What somebody was about to write of the other one meets its end, too; that one is erased afterwards.
    let id = uuid::Uuid::parse_str(&untouched).unwrap().to_string();
    client::eventually(async || {
        let events = store.read_stream("case", &id, 0, 100).await.unwrap();
        let names: Vec<&str> = events.iter().map(|event| &*event.event_type).collect();
        names == ["case.opened", "case.erased"]
    })
    .await;
}

on_both_databases!(check);
