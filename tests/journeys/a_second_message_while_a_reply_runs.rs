//! What becomes of a message that is sent while a reply runs, by each policy; and who answers when the first
//! provider fails.

use reqwest::Method;
use serde_json::json;

use super::{on_both_databases, words};
use crate::support::{
    client::{Client, Event, Events, answer, shown},
    databases::TestDatabase,
    scripted::{Reply, Scripted},
    server::Server,
};

const SLOW: &[(&str, &str)] = &[
    ("PROVIDERS__ECHO__KIND", "echo"),
    ("PROVIDERS__ECHO__DELAY_MS", "5"),
    ("PROVIDERS__QUICK__KIND", "echo"),
    ("DEFAULT_PROVIDER", "echo"),
];

async fn journey(database: TestDatabase) {
    let server = Server::start(database, SLOW).await;
    let alice = server.user("alice").await;
    queued_it_is_answered_afterwards(&alice).await;
    rejected_it_never_was(&alice).await;
    interrupting_it_ends_the_reply(&alice).await;
}

/// A reply that runs, and its first frames.
async fn running(alice: &Client, conversation: &str, count: usize) -> (Events, Vec<Event>) {
    let mut stream = alice.stream(conversation, &words(count)).await;
    let first = vec![stream.next().await.unwrap(), stream.next().await.unwrap()];
    (stream, first)
}

async fn second(alice: &Client, conversation: &str, policy: &str) -> reqwest::RequestBuilder {
    let body = json!({ "text": "and this", "conversation_id": conversation, "provider": "quick" });
    alice
        .request(Method::POST, "/api/chat/stream")
        .header("turn-policy", policy)
        .json(&body)
}

async fn queued_it_is_answered_afterwards(alice: &Client) {
    let conversation = alice.conversation(1);
    let (stream, _) = running(alice, &conversation, 100).await;
    let mut waiting = Events::open(second(alice, &conversation, "queue").await)
        .await
        .unwrap();
    let meta = waiting.next().await.unwrap();
    assert_eq!(meta.text("provider"), "quick");
    // Whoever comes back to a message that waits is told who will answer it.
    let mut resumed = alice.resume(&conversation, &meta.id).await;
    assert_eq!(resumed.next().await.unwrap().text("provider"), "quick");
    let (first, second, resumed) = tokio::join!(stream.rest(), waiting.rest(), resumed.rest());
    assert_eq!(first.last().unwrap().kind, "done");
    let reply = second.last().unwrap().text("reply").to_owned();
    assert!(reply.ends_with("and this"), "{reply}");
    assert_eq!(shown(&resumed), reply);
    assert_eq!(alice.history(&conversation).await.len(), 4);
}

async fn rejected_it_never_was(alice: &Client) {
    let conversation = alice.conversation(2);
    let (stream, _) = running(alice, &conversation, 100).await;
    let refused = answer(second(alice, &conversation, "reject").await)
        .await
        .unwrap();
    assert_eq!(refused.status, 409);
    assert_eq!(
        refused.body,
        json!({ "detail": "A reply is being generated" })
    );
    assert_eq!(stream.rest().await.last().unwrap().kind, "done");
    assert_eq!(alice.history(&conversation).await.len(), 2);
    let taken = second(alice, &conversation, "reject").await;
    let events = Events::open(taken).await.unwrap().rest().await;
    assert_eq!(events.last().unwrap().kind, "done");
}

async fn interrupting_it_ends_the_reply(alice: &Client) {
    let conversation = alice.conversation(3);
    let (stream, mut first) = running(alice, &conversation, 5000).await;
    let taken = second(alice, &conversation, "interrupt").await;
    let (rest, second) = tokio::join!(stream.rest(), async {
        Events::open(taken).await.unwrap().rest().await
    });
    first.extend(rest);
    let partial = first.last().unwrap().text("reply").to_owned();
    assert_eq!(shown(&first), partial);
    assert!(!partial.ends_with("wörd4999"));
    assert!(second.last().unwrap().text("reply").ends_with("and this"));
    let history = alice.history(&conversation).await;
    assert_eq!(history[1].1, partial);
    assert_eq!(history.len(), 4);
}

async fn another_provider_takes_over(database: TestDatabase) {
    let scripted = Scripted::start([
        Reply::error(401, "who are you"),
        Reply::error(401, "who are you"),
        Reply::error(401, "who are you"),
    ])
    .await;
    let url = format!("{}/v1/", scripted.url());
    let server = Server::start(
        database,
        &[
            ("PROVIDERS__UP__KIND", "custom"),
            ("PROVIDERS__UP__BASE_URL", &url),
            ("PROVIDERS__UP__MODEL", "m"),
            ("DEFAULT_PROVIDER", "up"),
            ("FALLBACK", "echo"),
        ],
    )
    .await;
    let alice = server.user("alice").await;
    let conversation = alice.conversation(1);
    let whole = alice.say(&conversation, "hello").await;
    assert_eq!(whole.body["provider"], "echo", "{}", whole.body);
    assert!(!whole.headers.contains_key("x-error"));
    let events = alice.stream(&conversation, "hello").await.rest().await;
    assert_eq!(events[0].text("provider"), "up", "who is asked");
    let done = events.last().unwrap();
    assert_eq!(
        (done.kind.as_str(), done.text("provider")),
        ("done", "echo"),
        "who answered"
    );
    // The record names it, too, and every attempt.
    let server = server.start_again().await;
    let alice = alice.at(server.address);
    let resumed = alice
        .resume(&conversation, &events[0].id)
        .await
        .rest()
        .await;
    assert_eq!(resumed[0].text("provider"), "echo");
    assert_eq!(shown(&resumed), done.text("reply"));
    let store = server.store().await;
    let ends = store
        .read_named_after(&["reply.completed"], 0, 10)
        .await
        .unwrap();
    assert_eq!(ends.len(), 2);
    for end in ends {
        let event: serde_json::Value = serde_json::from_str(&end.payload).unwrap();
        let attempts = event["reply.completed"]["attempts"]
            .as_array()
            .unwrap()
            .clone();
        let asked: Vec<_> = attempts
            .iter()
            .map(|attempt| &attempt["route"]["provider"])
            .collect();
        assert_eq!(asked, ["up", "echo"]);
        assert!(attempts[0]["error"].is_string() && attempts[1]["error"].is_null());
    }
}

on_both_databases!(journey);

mod with_fallback {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_sqlite() {
        crate::journeys::prepare();
        another_provider_takes_over(TestDatabase::sqlite()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_postgres() {
        crate::journeys::prepare();
        another_provider_takes_over(TestDatabase::postgres().await).await;
    }
}
