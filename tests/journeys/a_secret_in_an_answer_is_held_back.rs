//! A model tells a card's number and then a token, a few letters at a time: nobody sees either, then or later.

use serde_json::json;

use super::on_both_databases;
use crate::{
    dialects::assistant::upstream::{self, delta, end},
    support::{
        client::Client,
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        threads,
    },
};

const CARD: &str = "4532 1111 1111 1112";
const TOKEN: &str = "ghp_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij";

/// In pieces that are shorter than any secret.
fn saying(text: &str) -> Reply {
    let letters: Vec<char> = text.chars().collect();
    let deltas = letters
        .chunks(3)
        .map(|piece| delta(&piece.iter().collect::<String>()));
    Reply::sse(deltas.chain(end()))
}

async fn journey(database: TestDatabase) {
    let text = format!("The card is {CARD} and the token is {TOKEN} and that is all.");
    let model = Scripted::start([saying(&text), saying(&text), saying(&text)]).await;
    let (server, alice) = upstream::server(database, &model).await;
    let conversation = alice.conversation(1);

    let events = alice
        .stream(&conversation, "What is it?")
        .await
        .rest()
        .await;
    let shown = format!("{events:?}");
    shows_nothing(&shown);
    assert!(shown.contains("pii_credit_card_REDACTED"), "{shown}");
    let told = threads::say(&alice, None, "What is it?").await;
    shows_nothing(&told.text);
    assert!(
        told.text.ends_with("[pii_github_token_REDACTED]"),
        "{}",
        told.text
    );
    let body = json!({ "model": "up", "messages": [{ "role": "user", "content": "What is it?" }] });
    let answer = alice.post("/v1/chat/completions", &body).await;
    shows_nothing(&answer.body.to_string());

    later(&alice, &conversation, &told.thread).await;
    let server = server.start_again().await;
    later(&alice.at(server.address), &conversation, &told.thread).await;
}

async fn later(alice: &Client, conversation: &str, thread: &str) {
    let kept = format!("{:?}", alice.history(conversation).await);
    assert!(kept.contains("pii_github_token_REDACTED"), "{kept}");
    shows_nothing(&kept);
    let kept = threads::messages(alice, thread, "").await;
    assert_eq!(kept[1]["is_flagged"], true, "{kept:?}");
    shows_nothing(&format!("{kept:?}"));
}

#[track_caller]
fn shows_nothing(text: &str) {
    assert!(!text.contains(CARD) && !text.contains("ghp_"), "{text}");
    // What ended the answer came after nothing.
    assert!(!text.contains("that is all"), "{text}");
}

on_both_databases!(journey);
