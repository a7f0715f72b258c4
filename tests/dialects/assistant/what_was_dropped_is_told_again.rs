//! `Idempotency-Key`: a message whose turn was dropped before it began is told so, whenever it comes again.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::upstream::{self, delta, end};
use crate::{
    dialects::on_both_databases,
    support::{
        client::{Client, Event, Events, answer, eventually},
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
    },
};

const DROPPED: &str = "this message was replaced or deleted before it was answered";

fn named(who: &Client, path: &str, body: &Value) -> RequestBuilder {
    let request = who.request(Method::POST, path);
    request.header("idempotency-key", "q-1").json(body)
}

async fn check(database: TestDatabase) {
    let gate = Gate::closed();
    let halves = ["one half ", "and the other"].map(delta);
    let halves = Reply::sse(halves.into_iter().chain(end())).gate(&gate);
    let upstream = Scripted::start([halves]).await;
    let (server, alice) = upstream::server(database, &upstream).await;
    let conversation = alice.conversation(1);
    let running = alice.stream(&conversation, "one").await;
    let body = json!({ "text": "two", "conversation_id": conversation });
    let waiting = named(&alice, "/api/chat/stream", &body);
    let mut waiting = Events::open(waiting).await.unwrap();
    let mut told = vec![waiting.next().await.unwrap()];

    let listed = async || {
        let path = format!("/api/chat/messages?conversation_id={conversation}");
        let mut listed = alice.get(&path).await.body;
        listed["messages"].as_array_mut().unwrap().split_off(0)
    };
    eventually(async || listed().await.len() == 2).await;
    let two = json!({ "message_id": listed().await[1]["id"] });
    let rewind = format!("/api/chat/conversations/{conversation}/rewind");
    let rewound = alice.post(&rewind, &two).await;
    assert_eq!(rewound.status, 200, "{}", rewound.body);
    told.extend(waiting.rest().await);
    assert_eq!(told.last().unwrap().text("error"), DROPPED);
    is_told_again(&alice, &body, &told).await;
    gate.let_pass(4);
    running.rest().await;

    let server = server.start_again().await;
    is_told_again(&alice.at(server.address), &body, &told).await;
    assert_eq!(upstream.received().len(), 1);
}

/// As a stream, and in whole.
async fn is_told_again(alice: &Client, body: &Value, told: &[Event]) {
    let stream = Events::open(named(alice, "/api/chat/stream", body)).await;
    let again = stream.unwrap().rest().await;
    assert_eq!(format!("{again:?}"), format!("{told:?}"));
    let whole = answer(named(alice, "/api/chat", body)).await.unwrap();
    assert_eq!(whole.status, 200, "{}", whole.body);
    assert_eq!(whole.body["reply"], format!("Error: {DROPPED}"));
}

on_both_databases!(check);
