//! `X-Thread` with `Idempotency-Key`: a question whose turn was dropped before it began is told so, whenever it comes again.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{CHAT, ask, says, streamed};
use crate::{
    dialects::{
        assistant::upstream::{self, delta, end},
        on_both_databases,
    },
    support::{
        chunks::Chunks,
        client::{Answer, Client, answer, eventually},
        databases::TestDatabase,
        moderators,
        scripted::{Gate, Reply, Scripted},
        threads::messages,
    },
};

fn asked(who: &Client, thread: &str) -> RequestBuilder {
    let request = who.request(Method::POST, CHAT).header("x-thread", thread);
    request.header("idempotency-key", "q-1").json(&ask("two"))
}

#[track_caller]
fn is_dropped(answer: &Answer) {
    says(
        answer,
        404,
        "What this request made was deleted since.",
        "invalid_request_error",
        Value::Null,
        json!("deleted"),
    );
}

async fn check(database: TestDatabase) {
    let gate = Gate::closed();
    let halves = ["one half ", "and the other"].map(delta);
    let halves = Reply::sse(halves.into_iter().chain(end())).gate(&gate);
    let upstream = Scripted::start([halves]).await;
    let (server, alice) = upstream::server(database, &upstream).await;
    let staff = server.user_as("stella", "staff").await;
    gate.let_pass(1);
    let opened = alice.request(Method::POST, CHAT).header("x-thread", "new");
    let running = Chunks::open(opened.json(&streamed(ask("one")))).await;
    let thread = running.headers["x-thread"].to_str().unwrap().to_owned();

    // What waits in a conversation that moderators hide gets no answer, even if they show it again.
    let hide = async {
        let both = async || messages(&staff, &thread, "").await;
        eventually(async || both().await.len() == 2).await;
        let one = both().await[0]["uuid"].as_str().unwrap().to_owned();
        moderators::hide(&staff, &alice, &one).await;
        one
    };
    let (waited, one) = tokio::join!(answer(asked(&alice, &thread)), hide);
    is_dropped(&waited.unwrap());
    running.rest().await;
    moderators::show_again(&staff, &one).await;
    is_dropped(&answer(asked(&alice, &thread)).await.unwrap());

    let server = server.start_again().await;
    let alice = alice.at(server.address);
    is_dropped(&answer(asked(&alice, &thread)).await.unwrap());
    assert_eq!(upstream.received().len(), 1);
}

on_both_databases!(check);
