//! Who leaves a stateless stream ends it; who has named the request may come back, and goes on exactly there.

use aggregates::completion::CompletionEvent;
use reqwest::Method;
use serde_json::{Value, json};

use super::{CHAT, MANY, ask, record, says, streamed, words};
use crate::{
    dialects::{
        assistant::upstream::{self, delta, end},
        on_both_databases,
    },
    support::{
        chunks::{self, Chunks},
        client::{answer, eventually},
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
    },
};

async fn check(database: TestDatabase) {
    let gate = Gate::closed();
    let long = || {
        let words = words().into_iter().map(|word| delta(&word));
        Reply::sse(words.chain(end())).gate(&gate)
    };
    let all = words().concat();
    let upstream = Scripted::start([long(), long(), long()]).await;
    let (server, alice) = upstream::server(database, &upstream).await;

    // The provider is left, too, and what came is recorded.
    gate.let_pass(MANY);
    let question = streamed(ask("count"));
    let mut stream = Chunks::open(alice.request(Method::POST, CHAT).json(&question)).await;
    let first: Value = serde_json::from_str(&stream.next().await.unwrap().1).unwrap();
    let shown = chunks::text(&[stream.next().await.unwrap()]);
    assert!(!shown.is_empty() && all.starts_with(&shown));
    drop(stream);
    upstream.wait_for_leavers(1).await;
    let id = first["id"].as_str().unwrap();
    eventually(async || record(&server, id).await.len() == 4).await;
    let events = record(&server, id).await;
    let CompletionEvent::Stopped(ended) = &events[2] else {
        panic!("{events:?}")
    };
    assert!(ended.end.text.starts_with(&shown) && all.starts_with(&ended.end.text));
    assert!(ended.end.usage.completion_tokens > 0);

    // Nobody waits for a whole answer any more.
    let mut asking = tokio::task::JoinSet::new();
    asking.spawn(answer(
        alice.request(Method::POST, CHAT).json(&ask("count")),
    ));
    upstream.wait_for_requests(2).await;
    drop(asking);
    upstream.wait_for_leavers(2).await;

    // A named one goes on, and can be taken up again where it broke off.
    gate.let_pass(MANY);
    let named = || {
        let request = alice
            .request(Method::POST, CHAT)
            .header("idempotency-key", "k-1");
        request.json(&question)
    };
    let mut stream = Chunks::open(named()).await;
    let begun: Value = serde_json::from_str(&stream.next().await.unwrap().1).unwrap();
    let (cursor, data) = stream.next().await.unwrap();
    let shown = chunks::text(&[(None, data)]);
    drop(stream);
    gate.let_pass(4 * MANY);
    let rest = Chunks::open(named().header("last-event-id", cursor.unwrap())).await;
    let rest = rest.rest().await;
    assert_eq!(shown + &chunks::text(&rest), all);
    let last: Value = serde_json::from_str(&rest[rest.len() - 2].1).unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert_eq!(
        (&last["id"], &last["created"]),
        (&begun["id"], &begun["created"])
    );
    assert_eq!(upstream.received().len(), 3);

    // From its beginning, long after; and another body is another request.
    let again = Chunks::open(named()).await.rest().await;
    assert_eq!(chunks::text(&again), all);
    let other = alice
        .request(Method::POST, CHAT)
        .header("idempotency-key", "k-1");
    says(
        &answer(other.json(&ask("something else"))).await.unwrap(),
        409,
        "This Idempotency-Key was used with another request.",
        "invalid_request_error",
        json!("Idempotency-Key"),
        json!("idempotency_key_in_use"),
    );
    assert_eq!(upstream.received().len(), 3);

    // A week later the name is remembered no longer; what was made under it is there.
    let store = server.store().await;
    store.forget_commands(i64::MAX).await.unwrap();
    says(
        &answer(named()).await.unwrap(),
        409,
        "This Idempotency-Key was used long ago; ask again with another one.",
        "invalid_request_error",
        json!("Idempotency-Key"),
        json!("idempotency_key_in_use"),
    );
    assert_eq!(upstream.received().len(), 3);
}

on_both_databases!(check);
