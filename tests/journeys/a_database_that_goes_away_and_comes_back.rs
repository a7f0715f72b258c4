//! PostgreSQL crashes under the server and is back some seconds later: meanwhile 503, afterwards everything.

use std::time::Duration;

use aggregates::thread::TurnPolicy;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{SLOW_ECHO, house::House, words};
use crate::support::{
    client::{Client, Event, answer, shown},
    cluster::Cluster,
    server::Server,
};

/// Longer than a supervisor should have to wait for an answer.
const SOON: Duration = Duration::from_secs(4);

async fn journey(house: House, outage: Duration) {
    super::prepare();
    let cluster = Cluster::start();
    let server = Server::start_at(cluster.url(), &house.with(SLOW_ECHO)).await;
    let alice = server.user("alice").await;
    let (talked, running) = (alice.conversation(1), alice.conversation(2));
    assert_eq!(alice.say(&talked, "before").await.status, StatusCode::OK);
    let mut stream = alice.stream(&running, &words(600)).await;
    let mut seen = vec![stream.next().await.unwrap(), stream.next().await.unwrap()];

    cluster.down();
    let began = tokio::time::Instant::now();
    let mut refused = 0;
    // The fault itself lasts so long; every answer in it says that it did not happen, and when to come again.
    while began.elapsed() < outage {
        for conversation in [&talked, &running] {
            let answer = alice.say(conversation, "during").await;
            let unavailable = StatusCode::SERVICE_UNAVAILABLE;
            assert_eq!(answer.status, unavailable, "{}", answer.body);
            assert!(answer.headers.contains_key("retry-after"));
            refused += 1;
        }
    }
    assert!(refused > 0);
    it_says_that_it_is_not_ready(&server, &alice).await;
    cluster.up();

    // The reply that was running goes on; a stream that broke meanwhile is resumed.
    let whole = read_on(&alice, &running, stream, &mut seen).await;
    assert_eq!(shown(&seen), whole);
    // By no policy has a message ended it that was refused.
    assert!(whole.ends_with("wörd599"), "{whole}");
    let history = alice.history(&running).await;
    assert_eq!((history.len(), &history[1].1), (2, &whole));

    let after = say_until_it_works(&alice, &talked).await;
    assert!(after.ends_with("after"), "{after}");
    let history = alice.history(&talked).await;
    let said = history.iter().filter(|(role, _)| role == "user");
    let said: Vec<&str> = said.map(|(_, text)| text.as_str()).collect();
    assert_eq!(said, ["before", "after"]);
    assert_eq!(alice.get("/readyz").await.status, StatusCode::OK);
    house.every_attempt_is_recorded(&server).await;
}

/// To supervisors with an HTTP client and without one, and soon enough for both.
async fn it_says_that_it_is_not_ready(server: &Server, alice: &Client) {
    let asked = tokio::time::timeout(SOON, alice.get("/readyz")).await;
    let ready = asked.expect("it is said at once");
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.headers["retry-after"], "1");
    assert_eq!(ready.body["status"], "not ready");
    let database = ready.body["database"].as_str().unwrap();
    assert!(database.contains("does not answer"), "{database}");
    assert!(!database.contains("postgres@"), "{database}");
    assert_eq!(
        ready.body["projector"],
        json!({ "lag_events": Value::Null, "faults": Value::Null })
    );
    let address = server.address.to_string();
    let health = ["health", "--ready", "--listen", &address];
    let told = server.command(&health, "").await.unwrap_err();
    assert!(told.contains("503") && told.contains("not ready"), "{told}");

    assert_eq!(alice.get("/livez").await.status, StatusCode::OK);
    let health = ["health", "--listen", &address];
    assert!(server.command(&health, "").await.is_ok());
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    journey(House::usual(), Duration::from_secs(5)).await;
}

/// Enough for a reply to meet the fault.
const SHORT: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_messages_are_rejected() {
    journey(House::of(TurnPolicy::Reject), SHORT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_messages_interrupt() {
    journey(House::of(TurnPolicy::Interrupt), SHORT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_first_provider_fails() {
    journey(House::whose_first_provider_refuses().await, SHORT).await;
}
