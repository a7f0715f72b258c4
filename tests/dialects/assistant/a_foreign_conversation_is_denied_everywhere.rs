//! Somebody else's conversation: the same sentence on every route, and nothing happens to it.

use reqwest::Method;
use serde_json::json;

use super::{escaped, says};
use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        server::Server,
    },
};

const DENIED: &str = "Conversation does not belong to this user";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let (alice, bob, eve) = tokio::join!(
        server.user("alice"),
        server.user("bob"),
        server.user_as("eve", "admin")
    );
    let hers = alice.conversation(1);
    let stream = alice.stream(&hers, "a secret").await.rest().await;
    let cursor = stream[0].id.clone();
    let before = alice.history(&hers).await;

    for stranger in [&bob, &eve] {
        is_denied(stranger, &hers).await;
    }
    // Names that only look as if they were one's own.
    for name in [
        "x".to_owned(),
        ":".to_owned(),
        bob.id.to_uppercase() + ":web:00000001",
        format!("{}x:web:00000001", bob.id),
        format!(" {}:web:00000001", bob.id),
        bob.id.replace('-', "") + ":web:00000001",
        format!("{}%00:web:00000001", bob.id),
        "00000000-0000-0000-0000-000000000000:web:00000001".to_owned(),
    ] {
        is_denied(&bob, &name).await;
    }
    a_foreign_cursor_leads_nowhere(&bob, &cursor).await;
    the_same_key_of_two_people_is_two_keys(&alice, &bob).await;

    assert_eq!(alice.history(&hers).await, before);
    let theirs = bob.get("/api/chat/conversations").await;
    assert!(
        !theirs.body.to_string().contains(&alice.id),
        "{}",
        theirs.body
    );
}

async fn is_denied(stranger: &Client, name: &str) {
    for written in [name.to_owned(), escaped(name)] {
        let one = format!("/api/chat/conversations/{written}");
        for (method, path) in [
            (
                Method::GET,
                format!("/api/chat/messages?conversation_id={written}"),
            ),
            (
                Method::GET,
                format!("/api/chat/stream?conversation_id={written}"),
            ),
            (
                Method::GET,
                format!("/api/chat/search?q=secret&conversation_id={written}"),
            ),
            (Method::DELETE, one.clone()),
            (Method::POST, format!("{one}/stop")),
            (Method::POST, format!("{one}/archive")),
            (Method::POST, format!("{one}/unarchive")),
            (Method::POST, format!("{one}/restore")),
            // Whose it is comes before what is asked.
            (Method::POST, format!("{one}/truncate")),
            (Method::POST, format!("{one}/rewind")),
        ] {
            let request = stranger.request(method, &path);
            says(&answer(request).await.unwrap(), 403, DENIED);
        }
    }
    for path in ["/api/chat", "/api/chat/stream"] {
        for provider in ["default", "nobody"] {
            let body = json!({ "text": "mine now", "conversation_id": name, "provider": provider });
            says(&stranger.post(path, &body).await, 403, DENIED);
        }
    }
}

async fn a_foreign_cursor_leads_nowhere(bob: &Client, cursor: &str) {
    let own = bob.conversation(1);
    bob.say(&own, "hello").await;
    for cursor in [
        cursor.to_owned(),
        "01900000-0000-7000-8000-000000000000.0".to_owned(),
    ] {
        let path = format!("/api/chat/stream?conversation_id={own}&after={cursor}");
        says(
            &bob.get(&path).await,
            404,
            "There is no such reply in this conversation",
        );
    }
    // A message of one's own is no reply either.
    let messages = bob
        .get(&format!("/api/chat/messages?conversation_id={own}"))
        .await;
    let said = messages.body["messages"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/chat/stream?conversation_id={own}&after={said}.0");
    says(
        &bob.get(&path).await,
        404,
        "There is no such reply in this conversation",
    );
}

async fn the_same_key_of_two_people_is_two_keys(alice: &Client, bob: &Client) {
    for (who, text) in [(alice, "I am alice"), (bob, "I am bob")] {
        let request = who
            .request(Method::POST, "/api/chat")
            .header("idempotency-key", "the same");
        let reply = answer(request.json(&json!({ "text": text })))
            .await
            .unwrap();
        assert_eq!(reply.body["reply"], format!("{PREFACE}{text}"));
        let conversation = reply.body["conversation_id"].as_str().unwrap();
        assert!(conversation.starts_with(&who.id), "{conversation}");
    }
}

on_both_databases!(check);
