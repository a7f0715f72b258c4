//! The server is killed while a picture is being described, and again while that is made vectors of: it goes on where it
//! was, and there is one description of one telling.

use image::ImageFormat;
use serde_json::json;

use super::on_both_databases;
use crate::{
    dialects::{
        ECHO,
        assistant::upstream,
        rag::{ask, status, upload_only},
    },
    support::{
        client::eventually,
        databases::TestDatabase,
        pictures::picture,
        scripted::{Gate, Reply, Scripted},
        server::Server,
    },
};

async fn journey(database: TestDatabase) {
    let gate = Gate::closed();
    let data = [json!({ "object": "embedding", "index": 0, "embedding": [1.0, 0.5] })];
    let made = json!({ "object": "list", "data": data, "model": "v" }).to_string();
    let vector = || Reply::json(&made);
    let vectors = Scripted::start([vector().slow_first_byte(&gate), vector(), vector()]).await;
    let eyes = Scripted::start([
        upstream::whole("A dog that was never told of.").slow_first_byte(&gate),
        upstream::whole("A cat sits on a mat."),
        upstream::whole("Something else altogether."),
    ])
    .await;
    let [vectors_url, eyes_url] = [&vectors, &eyes].map(|it| format!("{}/v1/", it.url()));
    let settings = [
        ECHO,
        ("PROVIDERS__V__KIND", "custom"),
        ("PROVIDERS__V__BASE_URL", &vectors_url),
        ("PROVIDERS__V__MODEL", "v"),
        ("PROVIDERS__EYES__KIND", "custom"),
        ("PROVIDERS__EYES__BASE_URL", &eyes_url),
        ("PROVIDERS__EYES__MODEL", "m"),
        ("PROVIDERS__EYES__VISION", "true"),
        ("EMBEDDING_PROVIDER", "v"),
        ("VISION_PROVIDER", "eyes"),
        ("DEFAULT_PROVIDER", "echo"),
    ];
    let server = Server::start(database, &settings).await;
    let alice = server.user("alice").await;
    let photo = picture(40, 30, ImageFormat::Jpeg);
    let ingest = upload_only(&alice, "s", "mat.jpg", "image/jpeg", &photo).await;
    eyes.wait_for_requests(1).await;

    // Nothing of it was recorded: it is asked for again.
    let server = server.start_again().await;
    eyes.wait_for_requests(2).await;
    vectors.wait_for_requests(1).await;

    // All of it was: it is not.
    let server = server.start_again().await;
    let alice = alice.at(server.address);
    eventually(async || status(&alice, &ingest).await["status"] == "completed").await;
    assert_eq!(eyes.received().len(), 2);
    let told = status(&alice, &ingest).await;
    assert_eq!(
        (&told["chunks"], &told["visual_chunks"]),
        (&json!(1), &json!(1))
    );
    let store = server.store().await;
    let events = store.read_stream("ingest", &ingest, 0, 100).await.unwrap();
    let events: Vec<_> = events
        .iter()
        .map(|event| event.event_type.as_str())
        .collect();
    assert_eq!(
        events,
        [
            "ingest.announced",
            "ingest.received",
            "ingest.requested",
            "ingest.started",
            "ingest.described",
            "ingest.chunked",
            "ingest.embedded",
            "ingest.completed",
        ]
    );
    let told = ask(&alice, "s", "Where does the cat sit?").await;
    assert!(
        told.contains("A cat sits on a mat.") && told.contains("mat.jpg"),
        "{told}"
    );
}

on_both_databases!(journey);
