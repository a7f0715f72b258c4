//! `Turn-Policy` with `X-Thread`: what becomes of a message while a reply is running in its thread.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{CHAT, says, streamed};
use crate::{
    dialects::on_both_databases,
    support::{
        chunks::{self, Chunks},
        client::{Client, answer},
        databases::TestDatabase,
        server::Server,
    },
};

const ECHOES: &[(&str, &str)] = &[
    ("PROVIDERS__SLOW__KIND", "echo"),
    ("PROVIDERS__SLOW__DELAY_MS", "5"),
    ("PROVIDERS__QUICK__KIND", "echo"),
    ("DEFAULT_PROVIDER", "quick"),
];

fn ask(model: &str, text: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": text }] })
}

fn sent(who: &Client, thread: &str, policy: &str) -> RequestBuilder {
    let request = who.request(Method::POST, CHAT).header("x-thread", thread);
    request
        .header("turn-policy", policy)
        .json(&ask("quick", "and this"))
}

async fn check(database: TestDatabase) {
    let server = Server::start(database, ECHOES).await;
    let alice = server.user("alice").await;
    let long: String = (0..5_000).map(|nth| format!("word{nth} ")).collect();
    let opened = alice.request(Method::POST, CHAT).header("x-thread", "new");
    let mut running = Chunks::open(opened.json(&streamed(ask("slow", &long)))).await;
    let thread = running.headers["x-thread"].to_str().unwrap().to_owned();
    running.next().await.unwrap();

    says(
        &answer(sent(&alice, &thread, "never")).await.unwrap(),
        400,
        "Turn-Policy must be queue, reject or interrupt.",
        "invalid_request_error",
        json!("Turn-Policy"),
        json!("invalid_value"),
    );
    says(
        &answer(sent(&alice, &thread, "reject")).await.unwrap(),
        409,
        "a reply is being generated",
        "invalid_request_error",
        Value::Null,
        Value::Null,
    );

    let (rest, second) = tokio::join!(running.rest(), answer(sent(&alice, &thread, "interrupt")));
    assert!(!chunks::text(&rest).contains("word4999"));
    let second = second.unwrap();
    assert_eq!(second.status, 200, "{}", second.body);
    let said = &second.body["choices"][0]["message"]["content"];
    assert!(said.as_str().unwrap().ends_with("and this"), "{said}");

    // Nobody is interrupted, and nothing is refused, where nothing runs.
    for policy in ["reject", "queue"] {
        let taken = answer(sent(&alice, &thread, policy)).await.unwrap();
        assert_eq!(taken.status, 200, "{}", taken.body);
    }
}

on_both_databases!(check);
