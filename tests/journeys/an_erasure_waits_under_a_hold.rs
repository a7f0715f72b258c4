//! A conversation is held, and then its owner erases it: gone at once for them, and still there for an auditor who says
//! why; when the last hold is released, it is nowhere.

use reqwest::Method;
use serde_json::{Value, json};

use super::{SLOW_ECHO, on_both_databases, words};
use crate::{
    dialects::rag::{ask, gives, ingest},
    support::{
        client::{Answer, Client, answer, eventually},
        databases::TestDatabase,
        server::{PASSWORD, Server},
        traces::{Traces, marker},
    },
};

async fn journey(database: TestDatabase) {
    let traces = Traces::of(&database);
    let mut server = Server::start(database, SLOW_ECHO).await;
    let mut alice = server.user("alice").await;
    let mut ada = server.user_as("ada", "auditor").await;
    let [said, streamed] = [marker(), marker()];
    let [held, in_mid_reply] = [1, 2].map(|number| alice.conversation(number));
    let [thread, running] = [&held, &in_mid_reply].map(|name| aggregates::ThreadId::named(name));
    alice.say(&held, &format!("tides {said}")).await;
    let text = format!("{streamed} {} {streamed}", words(5000));
    let mut stream = alice.stream(&in_mid_reply, &text).await;
    // Until it has come so far that the marker was shown.
    let mut shown = String::new();
    while !shown.contains(&streamed) {
        let event = stream.next().await.unwrap();
        if event.kind == "assistant" {
            shown.push_str(&event.data.to_string());
        }
    }

    // Two matters for one of them, and one for the other, by a terminal.
    let claim = json!({ "reason": "A claim", "matter": "17/3" });
    let at = format!("/api/audit/threads/{thread}/hold");
    let first = hold_of(&ada.post(&at, &claim).await);
    let second = hold_of(&ada.post(&at, &json!({ "reason": "Another" })).await);
    let running_id = running.to_string();
    let arguments = [
        "audit",
        "hold",
        "--thread",
        &running_id,
        "--as",
        "ada",
        "--reason",
        "A third",
    ];
    let third = server
        .command(&arguments, "")
        .await
        .unwrap()
        .trim()
        .to_owned();

    for conversation in [&held, &in_mid_reply] {
        let path = format!("/api/chat/conversations/{conversation}");
        assert_eq!(alice.delete(&path).await.status, 200);
    }
    stream.rest().await;
    let erased = |thread: &str| format!("/api/audit/holds?thread={thread}");
    waits(&ada, &erased(&thread.to_string()), 1).await;
    waits(&ada, &erased(&running.to_string()), 1).await;

    // Gone at once for whose they were, and from every view.
    for conversation in [&held, &in_mid_reply] {
        assert_eq!(alice.history(conversation).await, []);
    }
    let list = alice.get("/api/chat/conversations").await;
    assert!(!list.body.to_string().contains(&held), "{}", list.body);
    let found = alice.get(&format!("/api/chat/search?q={said}")).await;
    assert!(!found.body.to_string().contains(&held), "{}", found.body);
    // A killed server forgets neither the holds nor what waits for them.
    server.kill().await;
    server = server.start_again().await;
    (alice, ada) = (alice.at(server.address), ada.at(server.address));
    waits(&ada, &erased(&thread.to_string()), 1).await;

    // The replay of now has no messages, and says why and where they are.
    let replay = ["audit", "replay", &running_id];
    let told = server.command(&replay, "").await.unwrap();
    assert!(
        told.contains(&format!("kept by legal holds ({third})")),
        "{told}"
    );

    // Who says why is shown what was said, and the part of the reply that had been shown.
    let events = format!("/api/audit/threads/{thread}/events");
    let without = ada.get(&events).await;
    assert!(!without.body.to_string().contains(&said));
    let shown = because(&ada, &events).await;
    assert!(shown.body.to_string().contains(&said), "{}", shown.body);
    let shown = because(&ada, &format!("/api/audit/threads/{running}/events")).await;
    let events = shown.body["events"].as_array().unwrap();
    let kept = events.iter().find(|event| event["type"] == "reply.kept");
    let kept = kept.expect("what was shown is kept")["data"]["text"].as_str();
    assert!(kept.unwrap().contains(&streamed), "{kept:?}");
    assert_eq!(alice.get("/api/audit/holds").await.status, 403);

    // One matter is settled: nothing happens. The other: it is gone.
    release(&ada, &first).await;
    waits(&ada, &erased(&thread.to_string()), 1).await;
    assert!(
        because(&ada, &format!("/api/audit/threads/{thread}/events"))
            .await
            .body
            .to_string()
            .contains(&said)
    );
    release(&ada, &second).await;
    traces.receipts(1).await;
    let arguments = [
        "audit", "release", &third, "--as", "ada", "--reason", "Settled",
    ];
    server.command(&arguments, "").await.unwrap();
    traces.receipts(2).await;
    for (thread, marker) in [(thread, &said), (running, &streamed)] {
        let shown = because(&ada, &format!("/api/audit/threads/{thread}/events")).await;
        assert!(!shown.body.to_string().contains(marker), "{}", shown.body);
        assert_eq!(traces.holding(marker).await, [""; 0]);
        let last = ada.get(&format!("/api/audit/threads/{thread}/at")).await;
        assert!(
            last.body["erasure"]["confirmed_at"].is_string(),
            "{}",
            last.body
        );
    }
    assert_eq!(ada.get("/api/audit/holds").await.body["holds"], json!([]));
    let all = ada.get("/api/audit/holds?state=released").await;
    assert_eq!(all.body["holds"].as_array().unwrap().len(), 3);
    let listed = server
        .command(&["audit", "holds", "--all"], "")
        .await
        .unwrap();
    assert_eq!(listed.lines().count(), 3, "{listed}");

    whoever_leaves_is_held(&server, &ada, &traces, &alice).await;
}

/// A user is held: everything of theirs stays, what comes later, too, until the account's last hold is released.
async fn whoever_leaves_is_held(
    server: &Server,
    ada: &Client,
    traces: &Traces,
    neighbour: &Client,
) {
    let bob = server.user("bob").await;
    let [before, later, document, alone] = [marker(), marker(), marker(), marker()];
    bob.say(&bob.conversation(1), &before).await;
    let path = format!("/api/audit/users/{}/hold", bob.id);
    let hold = hold_of(&ada.post(&path, &json!({ "reason": "A claim" })).await);
    bob.say(&bob.conversation(2), &later).await;
    ingest(
        &bob,
        "s",
        "tides.md",
        &format!("The tides of {document} are high."),
    )
    .await;
    ask(&bob, "s", &format!("How are the tides of {document}?")).await;
    let question = json!({ "model": "echo", "messages": [{ "role": "user", "content": alone }] });
    gives(bob.post("/v1/chat/completions", &question).await, 200);

    let leave = bob.request(Method::DELETE, "/api/auth/me");
    let left = answer(leave.json(&json!({ "password": PASSWORD })))
        .await
        .unwrap();
    assert_eq!(left.status, 200, "{}", left.body);
    assert_eq!(bob.get("/api/chat/conversations").await.status, 401);
    // Two conversations, the session with its own and its document, and the account.
    let held = format!("/api/audit/holds?user={}", bob.id);
    waits(ada, &held, 6).await;
    for (number, marker) in [(1, &before), (2, &later)] {
        let thread = aggregates::ThreadId::named(&bob.conversation(number));
        let shown = because(ada, &format!("/api/audit/threads/{thread}/events")).await;
        assert!(shown.body.to_string().contains(marker), "{}", shown.body);
    }
    assert!(recorded(server, &alone).await);
    assert!(recorded(server, &document).await);

    let receipts = 2;
    release(ada, &hold).await;
    traces.receipts(receipts + 6).await;
    for marker in [&before, &later, &document, &alone] {
        assert_eq!(traces.holding(marker).await, [""; 0]);
        assert!(!recorded(server, marker).await);
    }
    neighbour
        .say(&neighbour.conversation(9), "still here")
        .await;
    let nobody = ada.post(&path, &json!({ "reason": "Too late" })).await;
    assert_eq!(nobody.status, 404, "{}", nobody.body);
}

/// Whether the log's keys open something that says so.
async fn recorded(server: &Server, marker: &str) -> bool {
    let events = server.store().await.read_after(0, 10_000).await.unwrap();
    events.iter().any(|event| event.payload.contains(marker))
}

/// Waits until so many erasures wait under the holds of this list.
async fn waits(ada: &Client, list: &str, count: u64) {
    eventually(async || {
        let shown = ada.get(list).await;
        let holds = shown.body["holds"].as_array().unwrap();
        !holds.is_empty() && holds.iter().all(|hold| hold["erasures"]["count"] == count)
    })
    .await;
}

#[track_caller]
fn hold_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.body["released"], Value::Null);
    answer.body["hold"].as_str().unwrap().to_owned()
}

async fn release(ada: &Client, hold: &str) {
    let path = format!("/api/audit/holds/{hold}/release");
    let released = ada.post(&path, &json!({ "reason": "Settled" })).await;
    assert_eq!(released.status, 200, "{}", released.body);
    assert_eq!(released.body["released"]["reason"], "Settled");
}

async fn because(ada: &Client, path: &str) -> Answer {
    let request = ada.request(Method::GET, path);
    answer(request.header("x-audit-reason", "A claim"))
        .await
        .unwrap()
}

on_both_databases!(journey);
