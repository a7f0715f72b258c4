//! The feed gives every event once, in pages or as it happens.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ECHO, lines, on_both_databases, short};
use crate::support::{client::Events, databases::TestDatabase, server::Server};

fn positions(events: &[Value]) -> Vec<u64> {
    let position = |event: &Value| event["position"].as_str().unwrap().parse().unwrap();
    events.iter().map(position).collect()
}

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let ada = server.user_as("ada", "auditor").await;
    for number in 1..=4 {
        alice.say(&alice.conversation(number), "hello").await;
    }
    bob.say(&bob.conversation(1), "hello").await;

    let (all, end) = lines(&ada, "/api/audit/events?limit=100000").await;
    let head = all.len() as u64;
    assert_eq!(positions(&all), (1..=head).collect::<Vec<_>>());
    assert_eq!(end, json!({ "next": head.to_string(), "more": false }));

    let (mut pages, mut after) = (vec![], "0".to_owned());
    loop {
        let (page, end) = lines(&ada, &format!("/api/audit/events?limit=7&after={after}")).await;
        assert!(page.len() <= 7);
        pages.extend(page);
        after = end["next"].as_str().unwrap().to_owned();
        if end["more"] == false {
            break;
        }
    }
    assert_eq!(pages, all);

    let only = async |query: &str| lines(&ada, &format!("/api/audit/events?{query}")).await.0;
    let sent = only("type=message.sent,reply.completed").await;
    assert_eq!(sent.len(), 10);
    let of_bob = only(&format!("user={}", bob.id)).await;
    assert_eq!(only(&format!("user={}", short(&bob).id)).await, of_bob);
    assert!(
        of_bob
            .iter()
            .any(|event| event["type"] == "user.registered")
    );
    assert!(of_bob.iter().all(|event| event["by"] == bob.id.as_str() || event["aggregate_id"] == bob.id.as_str()));
    assert_eq!(
        of_bob
            .iter()
            .filter(|event| event["type"] == "message.sent")
            .count(),
        1
    );
    let thread = aggregates::ThreadId::named(&bob.conversation(1)).to_string();
    let of_thread = only(&format!("thread={thread}")).await;
    assert!(
        !of_thread.is_empty()
            && of_thread
                .iter()
                .all(|event| event["aggregate_id"] == thread.as_str())
    );
    let time = |event: &Value| event["recorded_at"].as_str().unwrap().replace('+', "%2B");
    let middle = time(&all[all.len() / 2]);
    let (before, since) = (
        only(&format!("to={middle}")).await,
        only(&format!("from={middle}")).await,
    );
    assert_eq!([before, since].concat(), all);

    // As it happens; and on from where it was, after the connection was lost.
    let follow = |after: u64| {
        let request = ada.request(Method::GET, "/api/audit/events");
        Events::open(
            request
                .header("accept", "text/event-stream")
                .header("last-event-id", after.to_string()),
        )
    };
    let mut following = follow(head - 1).await.unwrap();
    assert_eq!(following.next().await.unwrap().id, head.to_string());
    bob.say(&bob.conversation(1), "more").await;
    let first = following.next().await.unwrap();
    assert_eq!(
        (first.kind.as_str(), first.id.as_str()),
        ("event", &*(head + 1).to_string())
    );
    drop(following);
    let mut again = follow(head).await.unwrap();
    for expected in head + 1..=head + 3 {
        assert_eq!(again.next().await.unwrap().id, expected.to_string());
    }
}

on_both_databases!(check);
