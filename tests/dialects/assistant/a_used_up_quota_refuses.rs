//! Who has used up their tokens is told so, and nothing that they send is kept; what they had sent before is told again.

use reqwest::Method;
use serde_json::{Value, json};

use super::says;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        server::Server,
    },
};

const USED_UP: &str = "Daily token limit exceeded.";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO, ("DAILY_TOKENS", "1")]).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let conversation = alice.conversation(1);
    let hello = json!({ "text": "hello", "conversation_id": conversation });
    let named = async |body: &Value| {
        let request = alice.request(Method::POST, "/api/chat").json(body);
        let request = request.header("idempotency-key", "q-1");
        answer(request).await.unwrap()
    };
    let told = named(&hello).await;
    assert_eq!(told.status, 200, "{}", told.body);

    let in_another = json!({ "text": "hello", "conversation_id": alice.conversation(2) });
    for path in ["/api/chat", "/api/chat/stream"] {
        for body in [&hello, &in_another] {
            let refused = alice.post(path, body).await;
            says(&refused, 429, USED_UP);
            let seconds = refused.headers["retry-after"].to_str().unwrap();
            assert!((1..=86_400).contains(&seconds.parse::<u64>().unwrap()));
        }
    }
    assert_eq!(alice.history(&conversation).await.len(), 2);
    assert_eq!(alice.history(&alice.conversation(2)).await, []);
    assert_eq!(named(&hello).await.body, told.body);
    others_go_on(&alice, &bob).await;

    // The account's own limit goes before the server's.
    let staff = server.user_as("stella", "staff").await;
    let unlimited = json!({ "user_uuid": alice.id, "daily_limit": -1 });
    let set = staff.post("/api/chat-quota/set_quota/", &unlimited).await;
    assert!(set.status.is_success(), "{}", set.body);
    let more = alice.say(&conversation, "and more").await;
    assert_eq!(more.status, 200, "{}", more.body);
}

/// Each has a quota of their own, and whose conversation it is is told first.
async fn others_go_on(alice: &Client, bob: &Client) {
    let said = bob.say(&bob.conversation(1), "hello").await;
    assert_eq!(said.status, 200, "{}", said.body);
    let foreign = alice.say(&bob.conversation(1), "hello").await;
    says(&foreign, 403, "Conversation does not belong to this user");
}

on_both_databases!(check);
