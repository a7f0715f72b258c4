//! `Idempotency-Key`: a question whose turn was dropped before it began is told so, whenever it comes again.

use reqwest::RequestBuilder;

use super::*;
use crate::{
    dialects::{
        assistant::upstream::{self, delta, end},
        on_both_databases,
    },
    support::{
        client::eventually,
        databases::TestDatabase,
        moderators,
        scripted::{Gate, Reply, Scripted},
    },
};

const STREAM: &str = "text/event-stream";

fn asked(who: &Client) -> RequestBuilder {
    let request = who.request(Method::POST, COMPLETIONS);
    let request = request.header("idempotency-key", "q-1");
    request.json(&question("s", "And mitosis?"))
}

async fn check(database: TestDatabase) {
    let gate = Gate::closed();
    let halves = ["one half ", "and the other"].map(delta);
    let halves = Reply::sse(halves.into_iter().chain(end())).gate(&gate);
    let upstream = Scripted::start([halves]).await;
    let (server, alice) = upstream::server(database, &upstream).await;
    let staff = server.user_as("stella", "staff").await;
    ingest(&alice, "s", "biology.md", "Mitosis has four phases.").await;
    let running = alice.request(Method::POST, COMPLETIONS);
    let running = running.json(&question("s", "mitosis?"));
    let running = running.header("accept", STREAM).send().await.unwrap();
    upstream.wait_for_requests(1).await;
    let waiting = asked(&alice).header("accept", STREAM);
    let waiting = waiting.send().await.unwrap();
    assert_eq!(waiting.status(), 200);

    // What waits in a conversation that moderators hide gets no answer, even if they show it again.
    eventually(async || history(&alice, "s").await.len() == 2).await;
    let one = first_message(&server).await;
    moderators::hide(&staff, &alice, &one).await;
    assert_eq!(
        waiting.text().await.unwrap(),
        "data: {\"error\":\"Stream Error\"}\n\n"
    );
    running.text().await.unwrap();
    moderators::show_again(&staff, &one).await;
    is_told_again(&alice).await;

    let server = server.start_again().await;
    is_told_again(&alice.at(server.address)).await;
    assert_eq!(upstream.received().len(), 1);
}

/// As a stream, and in whole.
async fn is_told_again(alice: &Client) {
    let stream = answer(asked(alice).header("accept", STREAM)).await;
    let stream = gives(stream.unwrap(), 200);
    assert_eq!(stream, "data: {\"error\":\"Stream Error\"}\n\n");
    let failed = json!({ "success": false, "error": "Internal Server Error" });
    assert_eq!(gives(answer(asked(alice)).await.unwrap(), 500), failed);
}

on_both_databases!(check);
