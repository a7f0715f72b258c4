//! Somebody types a card's number. Nobody reads it, then or later, in any list or file.

use std::path::Path;

use reqwest::Method;
use serde_json::json;

use super::{SLOW_ECHO, on_both_databases};
use crate::support::{client::Client, databases::TestDatabase, server::Server, threads};

const NUMBER: &str = "4532 1111 1111 1112";
const DIGITS: &str = "4532111111111112";

async fn journey(database: TestDatabase) {
    let sqlite = matches!(database, TestDatabase::Sqlite(_));
    let server = Server::start(database, SLOW_ECHO).await;
    let alice = server.user("alice").await;
    let mia = server.user_as("mia", "staff").await;
    let conversation = alice.conversation(1);
    let text = format!("My card number is {NUMBER}, or {DIGITS}");
    let events = alice.stream(&conversation, &text).await.rest().await;
    let shown = format!("{events:?}");
    assert!(shown.contains("[pii_credit_card_REDACTED]"), "{shown}");
    shows_no_number(&shown);
    let told = threads::say(&alice, None, &text).await;
    shows_no_number(&told.text);
    let path = format!("/api/chat-threads/{}/", told.thread);
    let named = threads::request(&alice, Method::PATCH, &path).json(&json!({ "name": text }));
    let named = named.send().await.unwrap().text().await.unwrap();
    shows_no_number(&named);

    is_nowhere(&alice, &mia, &conversation, &told.thread).await;
    let server = server.start_again().await;
    let (alice, mia) = (alice.at(server.address), mia.at(server.address));
    is_nowhere(&alice, &mia, &conversation, &told.thread).await;
    if sqlite {
        assert!(files_without_number(server.data()) > 3);
    }
}

async fn is_nowhere(alice: &Client, mia: &Client, conversation: &str, thread: &str) {
    for path in [
        "/api/chat/conversations".to_owned(),
        format!("/api/chat/messages?conversation_id={conversation}"),
        format!("/api/chat-messages/?thread={thread}&include_history=true"),
        "/api/chat-threads/".to_owned(),
        "/api/chat/search?q=card".to_owned(),
    ] {
        let answer = alice.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        shows_no_number(&answer.body.to_string());
    }
    for query in ["4532", DIGITS] {
        let path = format!("/api/chat/search/all?q={query}");
        let found = mia.get(&path).await;
        assert_eq!(found.body["results"], json!([]), "{}", found.body);
    }
}

#[track_caller]
fn shows_no_number(text: &str) {
    assert!(!text.contains(NUMBER) && !text.contains(DIGITS), "{text}");
}

/// How many files there are, none of which has the number.
fn files_without_number(dir: &Path) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += files_without_number(&path);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for number in [NUMBER, DIGITS] {
            let mut parts = bytes.windows(number.len());
            assert!(!parts.any(|part| part == number.as_bytes()), "{path:?}");
        }
        files += 1;
    }
    files
}

on_both_databases!(journey);
