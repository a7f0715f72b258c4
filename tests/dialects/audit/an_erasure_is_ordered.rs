//! An auditor has a conversation erased that is somebody else's: it goes as if its owner had deleted it, and the trail
//! says who ordered that and why.

use reqwest::Method;
use serde_json::json;

use super::{ECHO, on_both_databases};
use crate::support::{
    client::{Client, eventually},
    databases::TestDatabase,
    server::Server,
    threads::{STREAM, frames_of, messages, request, turn},
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
    what_is_said_again_begins_at_the_first_place(&alice, &ada).await;
}

async fn what_is_said_again_begins_at_the_first_place(alice: &Client, ada: &Client) {
    let say = async || {
        let named = request(alice, Method::POST, STREAM).header("idempotency-key", "again");
        let told = turn(&frames_of(named.json(&json!({ "input": "hello" }))).await);
        let said = messages(alice, &told.thread, "").await;
        let places = said
            .iter()
            .map(|message| message["sequence_index"].as_u64().unwrap());
        (told.thread, Vec::from_iter(places))
    };
    let first = say().await;
    assert_eq!(first.1, [1, 2]);
    let thread = format!(
        "/api/audit/threads/{}",
        uuid::Uuid::parse_str(&first.0).unwrap()
    );
    let why = json!({ "reason": "A court says so" });
    let ordered = ada.post(&format!("{thread}/erase"), &why).await;
    assert_eq!(ordered.status, 202, "{}", ordered.body);
    eventually(async || {
        let shown = ada.get(&format!("{thread}/at")).await;
        shown.body["erasure"]["confirmed_at"].is_string()
    })
    .await;
    let now = ada.get(&format!("{thread}/at")).await.body;
    assert_eq!(now["erased_since"], json!(null));
    // A moment of before has no texts any more, and says why.
    let requested: u64 = now["erasure"]["requested_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let before = format!("{thread}/at?position={}", requested - 2);
    let before = ada.get(&before).await.body;
    assert_eq!(before["erasure"], json!(null));
    let since = &before["erased_since"];
    for part in ["requested_at", "confirmed_at"] {
        assert_eq!(since[part], now["erasure"][part], "{since}");
    }
    assert!(since["recorded_at"].is_string(), "{since}");
    let diff = format!("{thread}/diff?from={}", requested - 2);
    let diff = ada.get(&diff).await.body["changes"].to_string();
    let by_order = format!("The content was erased by order of {}.", ada.id);
    assert!(diff.contains(&by_order), "{diff}");
    assert_eq!(say().await, first);
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
