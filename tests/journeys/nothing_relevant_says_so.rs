//! A question that the documents do not answer is told so in the same words everywhere, and no model is asked; a document
//! that is being looked through answers when it is whole.

use serde_json::json;

use super::on_both_databases;
use crate::{
    dialects::{
        assistant::upstream::{server, whole},
        rag::{NOTHING, ask, gives, history, ingest, status},
    },
    support::{client::eventually, databases::TestDatabase, scripted::Scripted},
};

async fn journey(database: TestDatabase) {
    let upstream = Scripted::start([whole("At noon. [1] (hours.md)")]).await;
    let (_server, alice) = server(database, &upstream).await;
    assert_eq!(
        ask(&alice, "s", "When does the bakery open?").await,
        NOTHING
    );
    ingest(&alice, "s", "weather.md", "It rains in spring.").await;
    assert_eq!(
        ask(&alice, "s", "When does the bakery open?").await,
        NOTHING
    );
    assert_eq!(ask(&alice, "s", "¿?").await, NOTHING);
    assert_eq!(upstream.received().len(), 0);

    let body = json!({ "session_id": "s", "filename": "hours.md", "content": "The bakery opens at noon." });
    let told = gives(alice.post("/api/v1/ingest/text", &body).await, 201);
    let ingest = told["data"].as_str().unwrap();
    eventually(async || status(&alice, ingest).await["status"] == "completed").await;
    let answer = ask(&alice, "s", "When does the bakery open?").await;
    assert_eq!(answer, "At noon. [1] (hours.md)");
    assert_eq!(upstream.received().len(), 1);
    let said = history(&alice, "s").await;
    assert_eq!(said.len(), 8);
    assert!(
        said[..6]
            .iter()
            .filter(|(role, _)| role == "assistant")
            .all(|(_, text)| text == NOTHING)
    );
}

on_both_databases!(journey);
