//! What somebody has put into a session is nobody else's, whatever names they try.

use reqwest::Method;
use serde_json::{Value, json};

use super::on_both_databases;
use crate::{
    dialects::{
        ECHO,
        rag::{COMPLETIONS, NOTHING, ask, gives, history, ingest, question, status},
    },
    support::{client::answer, databases::TestDatabase, server::Server},
};

async fn journey(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let (alice, eve) = (server.user("alice").await, server.user("eve").await);
    let document = ingest(
        &alice,
        "sess_alice",
        "vault.md",
        "The vault's number is 4711.",
    )
    .await;
    assert!(
        ask(&alice, "sess_alice", "What is the vault's number?")
            .await
            .contains("4711")
    );

    let events = server.store().await.read_after(0, 1_000).await.unwrap();
    let sessions = events
        .iter()
        .filter(|event| event.event_type == "rag_session.opened");
    let ids: Vec<String> = sessions.map(|event| event.aggregate_id.clone()).collect();
    for name in ids
        .iter()
        .map(String::as_str)
        .chain(["sess_alice", &alice.id, &document])
    {
        assert_eq!(
            ask(&eve, name, "What is the vault's number?").await,
            NOTHING
        );
        let asked = question(name, "vault number");
        let told = gives(
            eve.post(&format!("{COMPLETIONS}?sources=true"), &asked)
                .await,
            200,
        );
        assert_eq!(told["sources"], json!([]));
        assert_eq!(history(&eve, name).await.len(), 4, "her own words only");
        let rename = eve.request(Method::PATCH, &format!("/api/v1/session/{name}"));
        gives(
            answer(rename.json(&json!({ "label": "mine" })))
                .await
                .unwrap(),
            200,
        );
        gives(eve.delete(&format!("/api/v1/chat/{name}")).await, 204);
        gives(eve.delete(&format!("/api/v1/session/{name}")).await, 204);
    }
    assert_eq!(status(&eve, &document).await, Value::Null);
    let process = json!({ "key": document, "session_id": "s" });
    gives(eve.post("/api/v1/ingest/process", &process).await, 404);
    assert_eq!(history(&alice, "sess_alice").await.len(), 2);
    assert!(
        ask(&alice, "sess_alice", "What is the vault's number?")
            .await
            .contains("4711")
    );
}

on_both_databases!(journey);
