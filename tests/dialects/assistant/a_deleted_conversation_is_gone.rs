//! Delete: at once, for everybody who looks, and what comes after under the same name begins anew.

use reqwest::Method;
use serde_json::{Value, json};

use super::says;
use crate::{
    dialects::{PREFACE, on_both_databases},
    support::{
        client::{Client, answer, eventually},
        databases::TestDatabase,
        server::Server,
    },
};

const PROVIDERS: &[(&str, &str)] = &[
    ("PROVIDERS__ECHO__KIND", "echo"),
    ("PROVIDERS__SLOW__KIND", "echo"),
    ("PROVIDERS__SLOW__DELAY_MS", "5"),
    ("DEFAULT_PROVIDER", "echo"),
];

async fn check(database: TestDatabase) {
    let server = Server::start(database, PROVIDERS).await;
    what_had_nothing_to_do_outlives_an_earlier_erasure(&server).await;
    let alice = server.user("alice").await;
    deleting_is_idempotent(&alice).await;
    nothing_of_it_is_shown_any_more(&alice).await;
    the_same_name_begins_anew(&alice).await;
    a_running_reply_ends_and_is_not_shown(&alice).await;
    a_repeated_send_does_not_bring_it_back(&alice).await;
    let server = server.start_again().await;
    let list = alice
        .at(server.address)
        .get("/api/chat/conversations")
        .await;
    assert!(!list.body.to_string().contains("secret"), "{}", list.body);
}

async fn what_had_nothing_to_do_outlives_an_earlier_erasure(server: &Server) {
    let (bob, ada) = (
        server.user("bob").await,
        server.user_as("ada", "auditor").await,
    );
    let reason = json!({ "reason": "A claim" });
    let hold = format!("/api/audit/users/{}/hold", bob.id);
    let hold = ada.post(&hold, &reason).await.body["hold"].clone();
    let conversation = bob.conversation(1);
    let path = one(&conversation);
    let named = async |method: Method, path: &str| {
        let request = bob.request(method, path).header("idempotency-key", "twice");
        answer(request).await.unwrap().body
    };
    let restore = format!("{path}/restore");
    bob.say(&conversation, "secret").await;
    assert_eq!(bob.delete(&path).await.status, 200);
    let deleted = json!({ "ok": true });
    assert_eq!(named(Method::DELETE, &path).await, deleted);
    bob.say(&conversation, "hello again").await;
    let restored = json!({ "ok": true, "restored": 0 });
    assert_eq!(named(Method::POST, &restore).await, restored);

    let release = format!("/api/audit/holds/{}/release", hold.as_str().unwrap());
    assert_eq!(ada.post(&release, &reason).await.status, 200);
    let store = server.store().await;
    eventually(async || {
        let erased = store.read_named_after(&["erasure.confirmed"], 0, 1).await;
        !erased.unwrap().is_empty()
    })
    .await;
    assert_eq!(named(Method::DELETE, &path).await, deleted);
    assert_eq!(bob.history(&conversation).await.len(), 2);
    let cut = bob.post(&format!("{path}/truncate"), &json!({})).await;
    assert_eq!(cut.body["deleted"], 2);
    assert_eq!(named(Method::POST, &restore).await, restored);
    assert_eq!(bob.history(&conversation).await, []);
}

async fn deleting_is_idempotent(alice: &Client) {
    let conversation = alice.conversation(1);
    alice.say(&conversation, "secret").await;
    for id in [&conversation, &conversation, &alice.conversation(99)] {
        let gone = alice.delete(&one(id)).await;
        assert_eq!(
            (gone.status.as_u16(), gone.body),
            (200, json!({ "ok": true }))
        );
    }
}

async fn nothing_of_it_is_shown_any_more(alice: &Client) {
    let conversation = alice.conversation(2);
    let events = alice.stream(&conversation, "secret").await.rest().await;
    let cursor = &events.last().unwrap().id;
    assert_eq!(alice.delete(&one(&conversation)).await.status, 200);
    assert!(alice.history(&conversation).await.is_empty());
    assert!(row(alice, &conversation).await.is_none());
    for path in [
        format!("/api/chat/stream?conversation_id={conversation}&after={cursor}"),
        format!("/api/chat/stream?conversation_id={conversation}"),
    ] {
        assert_eq!(alice.get(&path).await.status, 404);
    }
    let stopped = alice
        .post(&format!("{}/stop", one(&conversation)), &json!({}))
        .await;
    assert_eq!(stopped.body, json!({ "ok": true, "stopped": false }));
}

async fn the_same_name_begins_anew(alice: &Client) {
    let conversation = alice.conversation(3);
    alice.say(&conversation, "secret").await;
    alice.say(&conversation, "and more").await;
    alice.delete(&one(&conversation)).await;
    alice.say(&conversation, "hello again").await;
    let history = alice.history(&conversation).await;
    assert_eq!(history.len(), 2);
    assert_eq!(history[0].1, "hello again");
    let row = row(alice, &conversation).await.unwrap();
    assert_eq!(row["title"], "hello again");
    assert_eq!(row["message_count"], 2);
    let length = 2 * "hello again".len() + PREFACE.len();
    assert_eq!(row["approx_tokens"], length / 4);
}

async fn a_running_reply_ends_and_is_not_shown(alice: &Client) {
    let conversation = alice.conversation(4);
    let body = json!({ "text": "secret ".repeat(2000), "conversation_id": conversation, "provider": "slow" });
    let mut stream = alice
        .request(Method::POST, "/api/chat/stream")
        .json(&body)
        .send()
        .await
        .unwrap();
    stream.chunk().await.unwrap().unwrap();
    alice.delete(&one(&conversation)).await;
    assert!(alice.history(&conversation).await.is_empty());
    assert!(row(alice, &conversation).await.is_none());
    // At once, while the old reply may still be ending.
    alice.say(&conversation, "hello again").await;
    while stream.chunk().await.is_ok_and(|chunk| chunk.is_some()) {}
    let history = alice.history(&conversation).await;
    assert_eq!(history.len(), 2, "{history:?}");
    let row = row(alice, &conversation).await.unwrap();
    assert_eq!(row["message_count"], 2);
    let length = 2 * "hello again".len() + PREFACE.len();
    assert_eq!(row["approx_tokens"], length / 4);
}

async fn a_repeated_send_does_not_bring_it_back(alice: &Client) {
    let conversation = alice.conversation(5);
    let body = json!({ "text": "secret", "conversation_id": conversation });
    let send = || {
        alice
            .request(Method::POST, "/api/chat")
            .header("idempotency-key", "gone")
            .json(&body)
    };
    assert_eq!(answer(send()).await.unwrap().status, 200);
    alice.delete(&one(&conversation)).await;
    let again = answer(send()).await.unwrap();
    says(&again, 404, "What this request sent was deleted since");
    assert!(alice.history(&conversation).await.is_empty());
}

fn one(conversation: &str) -> String {
    format!("/api/chat/conversations/{conversation}")
}

/// Its line in the list.
async fn row(who: &Client, conversation: &str) -> Option<Value> {
    let list = who.get("/api/chat/conversations?limit=100").await;
    let rows = list.body["conversations"].as_array().unwrap().clone();
    rows.into_iter().find(|row| row["id"] == conversation)
}

on_both_databases!(check);
