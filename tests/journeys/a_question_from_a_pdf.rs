//! Somebody uploads a PDF and asks; the server is killed while it looks through another, and goes on with it.

use aggregates::ingest::IngestEvent;
use serde_json::json;

use super::on_both_databases;
use crate::{
    dialects::{
        ECHO,
        rag::{COMPLETIONS, ask, gives, question, status, upload},
    },
    support::{client::eventually, databases::TestDatabase, server::Server},
};

const PDF: &[u8] = include_bytes!("../../parsing/tests/files/osmosis.pdf");
/// Paragraphs of a document that takes a while.
const PARAGRAPHS: usize = 8_000;

async fn journey(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let mut alice = server.user("alice").await;
    upload(&alice, "s", "osmosis.pdf", "application/pdf", PDF).await;
    let asked = question("s", "What is osmosis?");
    let told = gives(
        alice
            .post(&format!("{COMPLETIONS}?sources=true"), &asked)
            .await,
        200,
    );
    let text = told["data"].as_str().unwrap();
    assert!(text.to_lowercase().contains("osmosis"), "{text}");
    let source = &told["sources"][0];
    assert_eq!(source["filename"], "osmosis.pdf");
    assert!(source["page"].as_u64().is_some(), "{source}");
    let page = source["page"].as_u64().unwrap();
    assert!(
        text.contains(&format!("osmosis.pdf, page {page}")),
        "{text}"
    );

    // As long as a book: it is killed before the end of it.
    let paragraph = |nth: usize| {
        format!(
            "Paragraph {nth} is about number {nth}. {}\n\n",
            "So it is. ".repeat(30)
        )
    };
    let book: String = (0..PARAGRAPHS).map(paragraph).collect();
    let announced =
        json!({ "filename": "book.txt", "contentType": "text/plain", "contentSize": book.len() });
    let told = gives(
        alice.post("/api/v1/ingest/upload/url", &announced).await,
        200,
    );
    let url = told["uploadData"]["signedUrl"].as_str().unwrap().to_owned();
    let key = told["uploadData"]["key"].as_str().unwrap().to_owned();
    let sent = reqwest::Client::new()
        .put(url)
        .body(book)
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 200);
    let process = json!({ "key": key, "session_id": "s" });
    gives(alice.post("/api/v1/ingest/process", &process).await, 201);
    eventually(async || status(&alice, &key).await["chunks"].as_u64() > Some(0)).await;
    let server = server.start_again().await;
    alice = alice.at(server.address);
    eventually(async || status(&alice, &key).await["status"] == "completed").await;
    let told = status(&alice, &key).await;
    let last = PARAGRAPHS - 1;
    let text = ask(&alice, "s", &format!("What is paragraph {last} about?")).await;
    assert!(
        text.contains(&format!("Paragraph {last} is about number {last}.")),
        "{text}"
    );

    // Nothing is there twice: the passages are those that one look finds.
    let again = gives(alice.post("/api/v1/ingest/process", &process).await, 201);
    assert_eq!(again["data"], key.as_str());
    let chunks = passages(&server, &key).await;
    assert_eq!(Some(chunks.len() as u64), told["chunks"].as_u64());
    let mut distinct = chunks.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), chunks.len());
}

/// The texts of a document's passages, as the record has them.
async fn passages(server: &Server, ingest: &str) -> Vec<String> {
    let store = server.store().await;
    let events = store.read_stream("ingest", ingest, 0, 10_000).await;
    let mut texts = vec![];
    for event in events.unwrap() {
        if let Ok(IngestEvent::Chunked { chunks, .. }) = serde_json::from_str(&event.payload) {
            texts.extend(chunks.into_iter().map(|chunk| chunk.text));
        }
    }
    texts
}

on_both_databases!(journey);
