//! Archive and unarchive: off the list and back, and read-only where the setting says so.

use reqwest::Method;
use serde_json::{Value, json};

use super::{faults, says};
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        moderators,
        server::Server,
    },
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO, ("ARCHIVED_THREADS", "readonly")]).await;
    let alice = server.user("alice").await;
    let conversation = alice.conversation(1);
    alice.say(&conversation, "hello").await;
    alice.say(&alice.conversation(2), "here I stay").await;

    for _ in 0..2 {
        assert_eq!(
            act(&alice, &conversation, "archive").await,
            json!({ "ok": true })
        );
        assert_eq!(listed(&alice, "").await, [alice.conversation(2)]);
        for yes in ["true", "1", "yes", "True"] {
            assert_eq!(
                listed(&alice, &format!("?archived={yes}")).await,
                [conversation.as_str()]
            );
        }
    }
    for bad in ["", "maybe", "%00", "2"] {
        let path = format!("/api/chat/conversations?archived={bad}");
        faults(
            &alice.get(&path).await,
            "bool_parsing",
            &["query", "archived"],
        );
    }
    // Read, it can be; written, it cannot.
    assert_eq!(alice.history(&conversation).await.len(), 2);
    for path in ["/api/chat", "/api/chat/stream"] {
        let body = json!({ "text": "more", "conversation_id": conversation });
        says(
            &alice.post(path, &body).await,
            409,
            "This thread is archived",
        );
    }
    let keyed = async |key: &str, action: &str| {
        let path = format!("/api/chat/conversations/{conversation}/{action}");
        let request = alice
            .request(Method::POST, &path)
            .header("idempotency-key", key);
        answer(request).await.unwrap().body
    };
    assert_eq!(keyed("k", "unarchive").await, json!({ "ok": true }));
    assert_eq!(alice.say(&conversation, "more").await.status, 200);
    assert_eq!(
        listed(&alice, "").await,
        [conversation.clone(), alice.conversation(2)]
    );
    act(&alice, &conversation, "archive").await;
    // The request of before again: it has happened already.
    assert_eq!(keyed("k", "unarchive").await, json!({ "ok": true }));
    assert_eq!(listed(&alice, "").await, [alice.conversation(2)]);
    what_moderators_hide_is_not_archived(&server, &alice).await;
}

async fn what_moderators_hide_is_not_archived(server: &Server, alice: &Client) {
    let staff = server.user_as("stella", "staff").await;
    let conversation = alice.conversation(3);
    alice.say(&conversation, "hello").await;
    let path = format!("/api/chat/messages?conversation_id={conversation}");
    let messages = alice.get(&path).await.body["messages"].take();
    let message = messages[0]["id"].as_str().unwrap();
    moderators::hide(&staff, alice, message).await;
    for action in ["archive", "unarchive"] {
        let path = format!("/api/chat/conversations/{conversation}/{action}");
        let refused = answer(alice.request(Method::POST, &path)).await.unwrap();
        says(&refused, 403, "Moderators have hidden this thread");
    }
    moderators::show_again(&staff, message).await;
    assert_eq!(
        act(alice, &conversation, "archive").await,
        json!({ "ok": true })
    );
}

async fn act(who: &Client, conversation: &str, action: &str) -> Value {
    let path = format!("/api/chat/conversations/{conversation}/{action}");
    let done = answer(who.request(Method::POST, &path)).await.unwrap();
    assert_eq!(done.status, 200, "{}", done.body);
    done.body
}

async fn listed(who: &Client, query: &str) -> Vec<String> {
    let list = who.get(&format!("/api/chat/conversations{query}")).await;
    let rows = list.body["conversations"].as_array().unwrap().clone();
    rows.iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

on_both_databases!(check);
