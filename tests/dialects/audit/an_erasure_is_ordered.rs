//! An auditor has a conversation erased that is somebody else's: it goes as if its owner had deleted it, and the trail
//! says who ordered that and why.

use serde_json::json;

use super::{ECHO, on_both_databases};
use crate::support::{
    client::{Client, eventually},
    databases::TestDatabase,
    server::Server,
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let ada = server.user_as("ada", "auditor").await;
    alice.say(&alice.conversation(1), "hello").await;
    let thread = aggregates::ThreadId::named(&alice.conversation(1)).to_string();
    let at = format!("/api/audit/threads/{thread}/erase");
    let ordered = ada.post(&at, &json!({ "reason": "A court says so" })).await;
    assert_eq!(ordered.status, 202, "{}", ordered.body);
    assert!(ordered.body["position"].is_string());
    eventually(async || {
        let shown = ada.get(&format!("/api/audit/threads/{thread}/at")).await;
        shown.body["erasure"]["confirmed_at"].is_string()
    })
    .await;
    assert_eq!(alice.history(&alice.conversation(1)).await, []);
    let trail = ada
        .get(&format!("/api/audit/threads/{thread}/events?limit=1000"))
        .await;
    let events = trail.body["events"].as_array().unwrap();
    let order = events
        .iter()
        .find(|event| event["type"] == "erasure.ordered");
    assert_eq!(
        order.unwrap()["data"],
        json!({ "by": ada.id, "reason": "A court says so" })
    );
    // Nothing is left to erase; and what never was cannot be.
    let again = ada.post(&at, &json!({ "reason": "Once more" })).await;
    assert_eq!(again.status, 202);
    assert_eq!(again.body["position"], json!(null));
    let nobodys = "/api/audit/threads/00000000-0000-7000-8000-000000000000/erase";
    let none = ada.post(nobodys, &json!({ "reason": "x" })).await;
    assert_eq!(none.status, 404);
    it_is_ordered_at_the_terminal_too(&server, &alice).await;
}

async fn it_is_ordered_at_the_terminal_too(server: &Server, alice: &Client) {
    alice.say(&alice.conversation(2), "hello").await;
    let thread = aggregates::ThreadId::named(&alice.conversation(2)).to_string();
    let erase = async |thread: &str| {
        let why = ["--as", "ada", "--reason", "A court says so"];
        let erase = [&["audit", "erase", "--thread", thread], &why[..]].concat();
        server.command(&erase, "").await
    };
    let told = erase(&thread).await.unwrap();
    assert!(told.contains("the server carries it out"), "{told}");
    eventually(async || alice.history(&alice.conversation(2)).await.is_empty()).await;
    eventually(async || {
        let told = erase(&thread).await.unwrap();
        told.contains("nothing left to erase")
    })
    .await;
    let nobodys = "00000000-0000-7000-8000-000000000000";
    let refused = erase(nobodys).await.unwrap_err();
    assert!(refused.contains("there is no thread"), "{refused}");
}

on_both_databases!(check);
