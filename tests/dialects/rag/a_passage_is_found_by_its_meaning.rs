//! Where somebody makes vectors, a passage is found that has none of the question's words; and by its words, where nobody
//! answers.

use aggregates::ingest::IngestEvent;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        server::Server,
    },
};

/// A call's answer with these vectors.
fn vectors(of: &[[f32; 3]]) -> Reply {
    let data: Vec<_> = (0..)
        .zip(of)
        .map(|(index, vector): (usize, _)| {
            json!({ "object": "embedding", "index": index, "embedding": vector })
        })
        .collect();
    let usage = json!({ "prompt_tokens": 7, "total_tokens": 7 });
    Reply::json(
        &json!({ "object": "list", "data": data, "model": "v", "usage": usage }).to_string(),
    )
}

async fn check(database: TestDatabase) {
    const SEA: [f32; 3] = [1.0, 0.0, 0.0];
    const BREAD: [f32; 3] = [0.0, 1.0, 0.0];
    let upstream = Scripted::start([
        vectors(&[SEA]),
        vectors(&[BREAD]),
        vectors(&[[0.9, 0.1, 0.0]]),
        vectors(&[[0.0, 0.0, 1.0]]),
        Reply::error(400, "no"),
    ])
    .await;
    let url = format!("{}/v1/", upstream.url());
    let settings = [
        ECHO,
        ("PROVIDERS__V__KIND", "custom"),
        ("PROVIDERS__V__BASE_URL", &url),
        ("PROVIDERS__V__MODEL", "v"),
        ("EMBEDDING_PROVIDER", "v"),
        ("DEFAULT_PROVIDER", "echo"),
    ];
    let server = Server::start(database, &settings).await;
    let alice = server.user("alice").await;
    let sea = ingest(&alice, "s", "sea.md", "The tide comes in twice a day.").await;
    ingest(&alice, "s", "bread.md", "Dough rests before it is baked.").await;

    let asked = question("s", "When is the ocean highest?");
    let told = gives(
        alice
            .post(&format!("{COMPLETIONS}?sources=true"), &asked)
            .await,
        200,
    );
    assert_eq!(told["sources"].as_array().unwrap().len(), 1);
    assert_eq!(told["sources"][0]["filename"], "sea.md");
    let score = told["sources"][0]["score"].as_f64().unwrap();
    assert!((score - 0.994).abs() < 0.002, "{score}");
    assert_eq!(ask(&alice, "s", "Who painted the ceiling?").await, NOTHING);
    // Nobody answers: the words are enough.
    assert!(
        ask(&alice, "s", "Does dough rest?")
            .await
            .contains("Dough rests before it is baked.")
    );
    let received = upstream.received();
    let inputs: Vec<_> = received
        .iter()
        .map(|request| request.body["input"].clone())
        .collect();
    assert_eq!(inputs[0], json!(["The tide comes in twice a day."]));
    assert_eq!(inputs[2], json!(["When is the ocean highest?"]));
    assert_eq!(received.len(), 5);

    let events = server
        .store()
        .await
        .read_stream("ingest", &sea, 0, 100)
        .await
        .unwrap();
    let embedded = events
        .iter()
        .find_map(|event| match serde_json::from_str(&event.payload) {
            Ok(IngestEvent::Embedded {
                route,
                usage,
                vectors,
                ..
            }) => Some((route.provider, usage.prompt_tokens, vectors.len())),
            _ => None,
        });
    assert_eq!(embedded, Some(("v".to_owned(), 7, 1)));
}

on_both_databases!(check);
