//! In a document of more than five thousand passages the right one is found wherever it stands: by its one rare word among
//! thousands that have more words in common with the question, and by its meaning where it has none of them.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        server::Server,
    },
};

/// Passages that are not the right ones.
const OTHERS: usize = 5_200;
/// Passages whose vectors are made together.
const TOGETHER: usize = 64;

const SEA: [f32; 3] = [1.0, 0.0, 0.0];
const BOATS: [f32; 3] = [0.0, 1.0, 0.0];
const NOWHERE: [f32; 3] = [0.0, 0.0, 1.0];

/// A call's answer with these vectors.
fn vectors(of: &[[f32; 3]]) -> Reply {
    let data: Vec<_> = (0..)
        .zip(of)
        .map(|(index, vector): (usize, _)| json!({ "object": "embedding", "index": index, "embedding": vector }))
        .collect();
    Reply::json(&json!({ "object": "list", "data": data, "model": "v" }).to_string())
}

async fn check(database: TestDatabase) {
    let mut passages: Vec<String> = (0..OTHERS)
        .map(|nth| format!("# {nth}\n\nThe red boat number {nth} sails.\n\n"))
        .collect();
    passages.push("# Cabin\n\nAn astrolabe hangs in the cabin of the Aurora.\n\n".to_owned());
    passages.push("# Flood\n\nThe tide comes in twice a day.\n".to_owned());
    let mut nearness = vec![BOATS; OTHERS + 1];
    nearness.push(SEA);
    let upstream = Scripted::start(
        nearness
            .chunks(TOGETHER)
            .map(vectors)
            .chain([vectors(&[NOWHERE]), vectors(&[[0.9, 0.1, 0.0]])]),
    )
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
    let document = ingest(&alice, "s", "boats.md", &passages.concat()).await;
    let told = status(&alice, &document).await;
    assert_eq!(
        (&told["status"], &told["chunks"]),
        (&json!("completed"), &json!(OTHERS + 2))
    );

    for (asked, place, says) in [
        (
            "Which red boat has an astrolabe?",
            OTHERS,
            "An astrolabe hangs in the cabin of the Aurora.",
        ),
        (
            "When is the ocean highest?",
            OTHERS + 1,
            "The tide comes in twice a day.",
        ),
    ] {
        let path = format!("{COMPLETIONS}?sources=true");
        let told = gives(alice.post(&path, &question("s", asked)).await, 200);
        let first = &told["sources"][0];
        assert_eq!(first["chunk"], place, "{told}");
        assert!(first["excerpt"].as_str().unwrap().contains(says), "{told}");
    }
    assert_eq!(
        upstream.received().len(),
        nearness.len().div_ceil(TOGETHER) + 2
    );
}

on_both_databases!(check);
