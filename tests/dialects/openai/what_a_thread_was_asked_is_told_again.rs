//! `X-Thread` with `Idempotency-Key`: what was asked once is answered again, whatever would be said to such a request by
//! now.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{CHAT, ask, says, streamed};
use crate::{
    dialects::{
        assistant::upstream::{self, whole},
        on_both_databases,
    },
    support::{
        chunks::{self, Chunks},
        client::{Answer, Client, answer},
        databases::TestDatabase,
        scripted::Scripted,
        threads::post,
    },
};

fn named(who: &Client, thread: &str, name: &str, body: &Value) -> RequestBuilder {
    let request = who.request(Method::POST, CHAT).header("x-thread", thread);
    request.header("idempotency-key", name).json(body)
}

async fn told(request: RequestBuilder) -> Answer {
    let told = answer(request).await.unwrap();
    assert_eq!(told.status, 200, "{}", told.body);
    told
}

async fn check(database: TestDatabase) {
    let script = [whole("Hello, Ada."), whole("You are Ada.")];
    let upstream = Scripted::start(script).await;
    let (server, alice) = upstream::server(database, &upstream).await;
    let staff = server.user_as("stella", "staff").await;
    let (hello, who) = (ask("I am Ada"), streamed(ask("Who am I?")));
    let first = told(named(&alice, "new", "q-1", &hello)).await;
    let thread = first.headers["x-thread"].to_str().unwrap().to_owned();
    let second = Chunks::open(named(&alice, &thread, "q-2", &who)).await;
    assert_eq!(chunks::text(&second.rest().await), "You are Ada.");

    let used_up = json!({ "user_uuid": alice.id, "daily_limit": 1 });
    let set = post(&staff, "/api/chat-quota/set_quota/", &used_up).await;
    assert_eq!(set.status, 200, "{}", set.body);
    says(
        &answer(named(&alice, &thread, "q-3", &hello)).await.unwrap(),
        429,
        "Daily token limit exceeded.",
        "insufficient_quota",
        Value::Null,
        json!("insufficient_quota"),
    );
    are_told_again(&alice, &first, &thread).await;

    let server = server
        .start_again_with(&[
            ("PROVIDERS__UP__KIND", None),
            ("PROVIDERS__UP__BASE_URL", None),
            ("PROVIDERS__UP__MODEL", None),
            ("PROVIDERS__OTHER__KIND", Some("echo")),
            ("DEFAULT_PROVIDER", Some("other")),
        ])
        .await;
    let alice = alice.at(server.address);
    says(
        &answer(named(&alice, &thread, "q-3", &hello)).await.unwrap(),
        404,
        "The model `up/m` does not exist or you do not have access to it.",
        "invalid_request_error",
        json!("model"),
        json!("model_not_found"),
    );
    are_told_again(&alice, &first, &thread).await;
    assert_eq!(upstream.received().len(), 2);
}

async fn are_told_again(alice: &Client, first: &Answer, thread: &str) {
    let (hello, who) = (ask("I am Ada"), streamed(ask("Who am I?")));
    let again = named(alice, "new", "q-1", &hello).header("turn-policy", "never");
    let again = told(again).await;
    assert_eq!(again.headers["x-thread"], *thread);
    for field in ["id", "model", "choices", "usage"] {
        assert_eq!(again.body[field], first.body[field], "{field}");
    }
    let again = Chunks::open(named(alice, thread, "q-2", &who)).await;
    let again = again.rest().await;
    assert_eq!(chunks::text(&again), "You are Ada.");
    let begin: Value = serde_json::from_str(&again[0].1).unwrap();
    assert_eq!(begin["model"], "up/m");
    // Only the same request is.
    says(
        &answer(named(alice, "new", "q-1", &who)).await.unwrap(),
        409,
        "This Idempotency-Key was used with another request.",
        "invalid_request_error",
        json!("Idempotency-Key"),
        json!("idempotency_key_in_use"),
    );
}

on_both_databases!(check);
