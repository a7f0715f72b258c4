//! A document that was taken in while nobody made vectors gets them when its bytes come again: once, and once more where
//! another model makes them by then.

use aggregates::ingest::IngestEvent;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        client::eventually,
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        server::Server,
    },
};

const TIDE: &str = "The tide comes in twice a day.";

/// A vector for one text.
fn vector() -> Reply {
    let data = [json!({ "object": "embedding", "index": 0, "embedding": [1.0, 0.5] })];
    let usage = json!({ "prompt_tokens": 7, "total_tokens": 7 });
    Reply::json(
        &json!({ "object": "list", "data": data, "model": "v", "usage": usage }).to_string(),
    )
}

/// The models that have made vectors of it, with the place of the first and how many.
async fn embedded(server: &Server, ingest: &str) -> Vec<(String, u64, usize)> {
    let store = server.store().await;
    let events = store.read_stream("ingest", ingest, 0, 100).await.unwrap();
    let made = |payload: &str| match serde_json::from_str(payload) {
        Ok(IngestEvent::Embedded {
            route,
            first,
            vectors,
            ..
        }) => Some((route.model, first, vectors.len())),
        _ => None,
    };
    events
        .iter()
        .filter_map(|event| made(&event.payload))
        .collect()
}

async fn check(database: TestDatabase) {
    let mut script = vec![Reply::error(400, "no")];
    script.extend((0..100).map(|_| vector()));
    let upstream = Scripted::start(script).await;
    let url = format!("{}/v1/", upstream.url());
    let settings = [
        ECHO,
        ("PROVIDERS__V__KIND", "custom"),
        ("PROVIDERS__V__BASE_URL", &url),
        ("PROVIDERS__V__MODEL", "v"),
        ("DEFAULT_PROVIDER", "echo"),
    ];
    let server = Server::start(database, &settings).await;
    let alice = server.user("alice").await;
    let tide = ingest(&alice, "s", "tide.md", TIDE).await;
    assert_eq!(
        ask(&alice, "s", "When is the ocean highest?").await,
        NOTHING
    );

    let now = [("EMBEDDING_PROVIDER", Some("v"))];
    let server = server.start_again_with(&now).await;
    let alice = alice.at(server.address);
    // Nobody answers the first time; it is asked again when the bytes come again.
    assert_eq!(ingest(&alice, "s", "tide.md", TIDE).await, tide);
    upstream.wait_for_requests(1).await;
    eventually(async || {
        assert_eq!(ingest(&alice, "s", "again.md", TIDE).await, tide);
        !embedded(&server, &tide).await.is_empty()
    })
    .await;
    let by = |model: &str| -> (String, u64, usize) { (model.to_owned(), 0, 1) };
    assert_eq!(embedded(&server, &tide).await, [by("v")]);
    eventually(async || ask(&alice, "s", "When is the ocean highest?").await != NOTHING).await;

    // It has all of them: nobody is asked. An upload of the same bytes is the same document.
    let asked = upstream.received().len();
    let upload_again =
        async |who: &Client| upload(who, "s", "up.md", "text/markdown", TIDE.as_bytes()).await;
    upload_again(&alice).await;
    let now = [("PROVIDERS__V__MODEL", Some("w"))];
    let server = server.start_again_with(&now).await;
    assert_eq!(upstream.received().len(), asked);
    let alice = alice.at(server.address);
    assert_eq!(upload_again(&alice).await, tide);
    let both = [by("v"), by("w")];
    eventually(async || embedded(&server, &tide).await == both).await;
    assert_eq!(status(&alice, &tide).await["status"], "completed");
    assert_eq!(upstream.received()[asked].body["input"], json!([TIDE]));
}

on_both_databases!(check);
