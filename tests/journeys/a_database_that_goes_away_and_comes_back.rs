//! PostgreSQL crashes under the server and is back five seconds later: meanwhile 503, afterwards everything.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{SLOW_ECHO, words};
use crate::support::{
    client::{Client, Event, answer, shown},
    cluster::Cluster,
    server::Server,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    super::prepare();
    let cluster = Cluster::start();
    let server = Server::start_at(cluster.url(), SLOW_ECHO).await;
    let alice = server.user("alice").await;
    let (talked, running) = (alice.conversation(1), alice.conversation(2));
    assert_eq!(alice.say(&talked, "before").await.status, StatusCode::OK);
    let mut stream = alice.stream(&running, &words(600)).await;
    let mut seen = vec![stream.next().await.unwrap(), stream.next().await.unwrap()];

    cluster.down();
    let outage = tokio::time::Instant::now();
    let mut refused = 0;
    // The fault itself lasts five seconds; every answer in it says that it did not happen, and when to come again.
    while outage.elapsed() < Duration::from_secs(5) {
        let answer = alice.say(&talked, "during").await;
        assert_eq!(
            answer.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{}",
            answer.body
        );
        assert!(answer.headers.contains_key("retry-after"));
        refused += 1;
    }
    assert!(refused > 0);
    assert_eq!(
        alice.get("/readyz").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(alice.get("/livez").await.status, StatusCode::OK);
    cluster.up();

    // The reply that was running goes on; a stream that broke meanwhile is resumed.
    let whole = read_on(&alice, &running, stream, &mut seen).await;
    assert!(whole.ends_with("wörd599"), "{whole}");
    assert_eq!(shown(&seen), whole);
    assert_eq!(alice.history(&running).await[1].1, whole);

    let after = say_until_it_works(&alice, &talked).await;
    assert!(after.ends_with("after"), "{after}");
    let history = alice.history(&talked).await;
    assert_eq!(history[0].1, "before");
    assert!(
        history
            .iter()
            .any(|(role, text)| role == "user" && text == "after")
    );
    assert_eq!(alice.get("/readyz").await.status, StatusCode::OK);
}

async fn read_on(
    alice: &Client,
    conversation: &str,
    mut stream: crate::support::client::Events,
    seen: &mut Vec<Event>,
) -> String {
    loop {
        while let Some(event) = stream.next().await {
            if event.kind == "done" {
                return event.text("reply").to_owned();
            }
            seen.push(event);
        }
        let cursor = seen.last().unwrap().id.clone();
        stream = alice.resume(conversation, &cursor).await;
    }
}

/// Repeats a request under its name, as `Retry-After` asks, until it is answered.
async fn say_until_it_works(alice: &Client, conversation: &str) -> String {
    loop {
        let request = alice
            .request(Method::POST, "/api/chat")
            .header("idempotency-key", "after");
        let said =
            answer(request.json(&json!({ "text": "after", "conversation_id": conversation })))
                .await
                .unwrap();
        match said.status {
            StatusCode::OK => return said.body["reply"].as_str().unwrap().to_owned(),
            status => assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{}", said.body),
        }
    }
}
