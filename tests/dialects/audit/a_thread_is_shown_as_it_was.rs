//! What a thread was at any position or time, and what changed since, in words.

use serde_json::{Value, json};

use super::{ECHO, because, on_both_databases};
use crate::support::{
    databases::TestDatabase,
    server::Server,
    threads::{post, say, send, turn},
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let ada = server.user_as("ada", "auditor").await;
    let first = say(&alice, None, "one").await;
    let thread = first.thread.clone();
    let at = format!("/api/audit/threads/{thread}/at");
    let then = because(&ada, &at, "Before the edit").await.body;
    assert_eq!(then["messages"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&then["owner"], &then["dialect"]),
        (&json!(alice.id), &json!("threads"))
    );

    let edit = json!({ "input": "two", "thread_uuid": thread, "mode": "edit", "edit_message_uuid": first.user });
    turn(&send(&alice, &edit).await);
    say(
        &alice,
        Some(&thread),
        "My card number is 4532 1111 1111 1112",
    )
    .await;
    post(
        &alice,
        &format!("/api/chat-threads/{thread}/archive/"),
        &json!({}),
    )
    .await;
    let now = because(&ada, &at, "After it").await.body;

    // The moment of before is what it was, by position and by time.
    let position = then["position"].as_str().unwrap();
    let by_position = because(&ada, &format!("{at}?position={position}"), "Again")
        .await
        .body;
    assert_eq!(by_position, then);
    let time = then["recorded_at"].as_str().unwrap();
    let by_time = because(&ada, &format!("{at}?time={time}"), "Again")
        .await
        .body;
    assert_eq!(by_time, then);
    let before = ada.get(&format!("{at}?position=1")).await;
    assert_eq!(before.status, 404);

    // Both versions are there; the owner sees the newer one. What moderation took out is nowhere.
    let messages = now["messages"].as_array().unwrap();
    let texts: Vec<_> = messages
        .iter()
        .filter(|message| message["role"] == "user")
        .map(|message| {
            (
                message["text"].as_str().unwrap(),
                message["seen_by_owner"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(texts[..2], [("one", false), ("two", true)]);
    assert!(
        texts[2].0.contains("[pii_credit_card_REDACTED]"),
        "{texts:?}"
    );
    let judged = messages.iter().find(|message| message["place"] == 3);
    assert_eq!(judged.unwrap()["flagged"], json!(true));

    let diff = ada
        .get(&format!("/api/audit/threads/{thread}/diff?from={position}"))
        .await
        .body;
    let changes = diff["changes"].as_array().unwrap();
    let told = |kind: &str| -> Vec<&str> {
        let of_kind = changes.iter().filter(|change| change["kind"] == kind);
        of_kind
            .map(|change| change["sentence"].as_str().unwrap())
            .collect()
    };
    assert_eq!(
        told("thread.archived"),
        ["The conversation left its owner's list."]
    );
    assert_eq!(
        told("message.replaced"),
        [
            "Message 1 (user) was replaced by a newer version.",
            "Message 2 (assistant) was replaced by a newer version.",
        ]
    );
    let added = told("message.added");
    assert_eq!(added.len(), 4, "{added:?}");
    assert_eq!(
        added[0],
        "Message 1 (user) got a newer version, sent, 3 characters."
    );
    assert!(
        added
            .iter()
            .any(|sentence| sentence.contains("Moderation: severity")),
        "{added:?}"
    );
    assert_eq!(diff["before"]["messages"].as_array().unwrap().len(), 2);
    assert_eq!(
        diff["after"]["messages"].as_array().map(Vec::len),
        Some(messages.len())
    );
    let nothing = ada
        .get(&format!(
            "/api/audit/threads/{thread}/diff?from={0}&to={0}",
            now["position"].as_str().unwrap()
        ))
        .await;
    assert_eq!(nothing.body["changes"], json!([]));
    let backwards = format!(
        "/api/audit/threads/{thread}/diff?from={}&to={position}",
        now["position"].as_str().unwrap()
    );
    assert_eq!(ada.get(&backwards).await.status, 400);
    // Whatever lies between them.
    let backwards = format!("/api/audit/threads/{thread}/diff?from=100001&to=100000");
    assert_eq!(ada.get(&backwards).await.status, 400);
    assert_eq!(
        changes
            .iter()
            .filter(|change| change["message"] == Value::Null)
            .count(),
        1
    );
}

on_both_databases!(check);
