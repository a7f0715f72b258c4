//! Sessions and an account are deleted while documents of theirs wait, are looked through, described and made vectors of:
//! the work ends, nothing is left of them anywhere, and others' documents come as before.

use std::time::Duration;

use colloquy::{
    actors::{DocumentModels, Ingests, Origin},
    ingestion::Ingestion,
    shutdown::Shutdown,
    store::{Bell, Committer},
};
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::on_both_databases;
use crate::{
    dialects::{
        ECHO,
        rag::{ask, gives, ingest, status, upload_only},
    },
    support::{
        client::{Client, answer, eventually},
        databases::TestDatabase,
        pictures::picture,
        scripted::{Gate, Reply, Scripted},
        server::{PASSWORD, Server},
        traces::{Traces, marker},
    },
};

/// A vector for one passage.
fn vector() -> Reply {
    let data = [json!({ "object": "embedding", "index": 0, "embedding": [1.0, 0.5] })];
    let usage = json!({ "prompt_tokens": 7, "total_tokens": 7 });
    Reply::json(
        &json!({ "object": "list", "data": data, "model": "v", "usage": usage }).to_string(),
    )
}

/// Puts a text into a session, and does not wait.
async fn text(who: &Client, session: &str, content: &str) -> String {
    let body =
        json!({ "session_id": session, "filename": format!("{content}.md"), "content": content });
    let told = gives(who.post("/api/v1/ingest/text", &body).await, 201);
    told["data"].as_str().unwrap().to_owned()
}

async fn is_at(who: &Client, ingest: &str, stage: &str) {
    eventually(async || status(who, ingest).await["status"] == stage).await;
}

/// What is recorded of an ingest, by the names of the events.
async fn recorded(server: &Server, ingest: &str) -> Vec<String> {
    let store = server.store().await;
    let events = store.read_stream("ingest", ingest, 0, 10_000).await;
    let events = events.unwrap().into_iter();
    events.map(|event| event.event_type).collect()
}

/// Deletes a document as another node would: whoever looks through it is not told.
async fn deleted_elsewhere(server: &Server, ingest: &str) {
    let (store, shutdown) = (server.store().await, Shutdown::default());
    let committer = Committer::start(store.clone(), Bell::new(), &shutdown);
    let ingests = Ingests::new(
        store,
        committer.clone(),
        Ingestion::new().unwrap(),
        DocumentModels::default(),
        Uuid::now_v7(),
        shutdown.clone(),
    );
    let deleted = ingests.delete(ingest.parse().unwrap(), Origin::server());
    assert!(deleted.await.unwrap() > 0);
    committer.close();
    assert!(shutdown.finish(Duration::from_secs(5)).await);
}

async fn journey(database: TestDatabase) {
    let traces = Traces::of(&database);
    let (gate, late) = (Gate::closed(), Gate::closed());
    let held = || vector().slow_first_byte(&gate);
    let answered_late = vector().slow_first_byte(&late);
    let vectors = Scripted::start([held(), answered_late, held(), vector(), vector()]).await;
    let eyes = Scripted::start([Reply::sse(["[DONE]"]).slow_first_byte(&gate)]).await;
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
    let server = Server::start_logged(database, &settings).await;
    let traces = traces.beside(&server);
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let [
        embedded,
        waiting,
        parsed,
        seen,
        alone,
        of_bob,
        waiting_of_bob,
        stays,
    ] = std::array::from_fn(|_| marker());
    let mut gone = vec![];

    // One is being made vectors of, and one waits for it.
    gone.push(text(&alice, "s", &embedded).await);
    vectors.wait_for_requests(1).await;
    gone.push(text(&alice, "s", &waiting).await);
    is_at(&alice, &gone[0], "processing").await;
    is_at(&alice, &gone[1], "pending").await;
    gives(alice.delete("/api/v1/session/s").await, 204);
    vectors.wait_for_leavers(1).await;
    traces.receipts(3).await;

    // One is being described.
    let photo = picture(40, 30, ImageFormat::Png);
    gone.push(upload_only(&alice, "p", &seen, "image/png", &photo).await);
    eyes.wait_for_requests(1).await;
    gives(alice.delete("/api/v1/session/p").await, 204);
    eyes.wait_for_leavers(1).await;
    traces.receipts(5).await;

    // One is so long that it is being cut into passages for a while.
    let paragraph = |nth: usize| format!("Paragraph {nth} of {parsed} is one of many.\n\n");
    let book: String = (0..150_000).map(paragraph).collect();
    gone.push(upload_only(&alice, "q", &parsed, "text/plain", book.as_bytes()).await);
    is_at(&alice, &gone[3], "processing").await;
    assert_eq!(status(&alice, &gone[3]).await["chunks"], 0);
    gives(alice.delete("/api/v1/session/q").await, 204);
    traces.receipts(7).await;

    // One alone, while a model is asked that answers when it is gone.
    gone.push(text(&alice, "e", &alone).await);
    vectors.wait_for_requests(2).await;
    deleted_elsewhere(&server, &gone[4]).await;
    traces.receipts(8).await;
    late.let_pass(1);
    for ingest in &gone {
        assert_eq!(status(&alice, ingest).await, Value::Null);
    }

    // An account ends with one at work and one that waits.
    gone.push(text(&bob, "s", &of_bob).await);
    vectors.wait_for_requests(3).await;
    gone.push(text(&bob, "s", &waiting_of_bob).await);
    is_at(&bob, &gone[6], "pending").await;
    let leave = bob.request(Method::DELETE, "/api/auth/me");
    let left = answer(leave.json(&json!({ "password": PASSWORD })))
        .await
        .unwrap();
    assert!(left.status.is_success(), "{}", left.body);
    vectors.wait_for_leavers(2).await;
    // The account, its session and its two documents.
    traces.receipts(12).await;

    // Whoever held them up lets go. What comes now is taken in as ever, when it is its owner's turn: after all that was
    // under way.
    gate.let_pass(10);
    ingest(
        &alice,
        "s",
        "kept.md",
        &format!("The winds of {stays} are strong."),
    )
    .await;
    assert!(
        ask(&alice, "s", "How are the winds?")
            .await
            .contains(&stays)
    );
    for ingest in &gone {
        let recorded = recorded(&server, ingest).await;
        let end = ["ingest.deleted", "erasure.requested", "erasure.confirmed"];
        assert!(recorded.ends_with(&end.map(str::to_owned)), "{recorded:?}");
    }
    for marker in [
        embedded,
        waiting,
        parsed,
        seen,
        alone,
        of_bob,
        waiting_of_bob,
    ] {
        assert_eq!(traces.holding(&marker).await, [""; 0]);
    }
    assert_eq!(traces.blobs().await.len(), 1, "the document that stays");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

on_both_databases!(journey);
