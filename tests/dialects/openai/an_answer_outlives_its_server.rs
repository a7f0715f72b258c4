//! A server that dies in mid-answer: what was shown is recorded as interrupted at the next start, and told so.

use aggregates::completion::CompletionEvent;
use reqwest::Method;
use serde_json::{Value, json};

use super::{CHAT, MANY, ask, record, streamed, words};
use crate::{
    dialects::{
        assistant::upstream::{self, delta, end},
        on_both_databases,
    },
    support::{
        chunks::{self, Chunks},
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
    },
};

async fn check(database: TestDatabase) {
    let gate = Gate::closed();
    let long = Reply::sse(words().into_iter().map(|word| delta(&word)).chain(end())).gate(&gate);
    let upstream = Scripted::start([long]).await;
    let (mut server, alice) = upstream::server(database, &upstream).await;
    gate.let_pass(MANY);
    let question = streamed(ask("count"));
    let named =
        |request: reqwest::RequestBuilder| request.header("idempotency-key", "k").json(&question);
    let mut stream = Chunks::open(named(alice.request(Method::POST, CHAT))).await;
    let first: Value = serde_json::from_str(&stream.next().await.unwrap().1).unwrap();
    let shown = chunks::text(&[stream.next().await.unwrap()]);
    assert!(!shown.is_empty() && words().concat().starts_with(&shown));
    server.kill().await;
    drop(stream);

    let server = server.start_again().await;
    let events = record(&server, first["id"].as_str().unwrap()).await;
    let Some(CompletionEvent::Interrupted(ended)) = events.get(2) else {
        panic!("{events:?}")
    };
    let kept = &ended.end.text;
    assert!(kept.starts_with(&shown) && words().concat().starts_with(kept));
    assert_eq!(ended.owner.to_string(), alice.id);
    let again = Chunks::open(named(alice.at(server.address).request(Method::POST, CHAT))).await;
    let again = again.rest().await;
    assert_eq!(chunks::text(&again), *kept);
    let last: Value = serde_json::from_str(&again.last().unwrap().1).unwrap();
    assert_eq!(last["error"]["code"], json!("interrupted"));
}

on_both_databases!(check);
