//! Log in, say something, read it back, find it in the list, delete it.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{house::House, on_both_databases};
use crate::support::{
    client::answer,
    databases::TestDatabase,
    server::{PASSWORD, Server},
};

async fn journey(database: TestDatabase, house: House) {
    let server = Server::start(database, &house.with(&[])).await;
    let alice = server.user("alice").await;

    let login = alice
        .post(
            "/api/auth/login",
            &json!({ "username": "alice", "password": PASSWORD }),
        )
        .await;
    assert_eq!(login.status, StatusCode::OK, "{}", login.body);
    let token = login.body["access_token"].as_str().unwrap();
    let me = answer(alice.request(Method::GET, &format!("/api/auth/me?token={token}")))
        .await
        .unwrap();
    assert_eq!(
        me.body,
        json!({ "id": alice.id, "username": "alice", "role": "user" })
    );

    let first = alice
        .post("/api/chat", &json!({ "text": "Hello, who are you?" }))
        .await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert_eq!(first.body["provider"], "echo");
    let reply = first.body["reply"].as_str().unwrap().to_owned();
    assert!(
        reply.contains("echo") && reply.contains("Hello, who are you?"),
        "{reply}"
    );
    let conversation = first.body["conversation_id"].as_str().unwrap().to_owned();
    assert!(
        conversation.starts_with(&format!("{}:web:", alice.id)),
        "{conversation}"
    );

    // Read-your-writes: what was answered is there at once.
    let history = alice.history(&conversation).await;
    assert_eq!(
        history,
        [
            ("user".to_owned(), "Hello, who are you?".to_owned()),
            ("assistant".to_owned(), reply)
        ]
    );

    let list = alice.get("/api/chat/conversations").await;
    let listed = &list.body["conversations"];
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed[0]["id"], conversation.as_str());
    assert_eq!(listed[0]["title"], "Hello, who are you?");
    assert_eq!(listed[0]["message_count"], 2);
    assert_eq!(listed[0]["folder_id"], serde_json::Value::Null);

    let bob = server.user("bob").await;
    let foreign = bob
        .get(&format!(
            "/api/chat/messages?conversation_id={conversation}"
        ))
        .await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(
        foreign.body,
        json!({ "detail": "Conversation does not belong to this user" })
    );
    assert!(
        bob.get("/api/chat/conversations").await.body["conversations"]
            .as_array()
            .unwrap()
            .is_empty()
    );

    let escaped = conversation.replace(':', "%3A");
    for _ in 0..2 {
        let deleted = alice
            .delete(&format!("/api/chat/conversations/{escaped}"))
            .await;
        assert_eq!(
            (deleted.status, deleted.body),
            (StatusCode::OK, json!({ "ok": true }))
        );
    }
    assert!(alice.history(&conversation).await.is_empty());
    assert!(
        alice.get("/api/chat/conversations").await.body["conversations"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    house.every_attempt_is_recorded(&server).await;
}

async fn as_usual(database: TestDatabase) {
    journey(database, House::usual()).await;
}

on_both_databases!(as_usual);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_first_provider_breaks_off() {
    super::prepare();
    let house = House::whose_first_provider_breaks_off().await;
    journey(TestDatabase::sqlite(), house).await;
}
