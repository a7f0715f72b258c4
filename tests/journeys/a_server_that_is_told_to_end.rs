//! SIGTERM in mid-answer: a reply that ends within the grace is whole; one that takes longer is recorded as interrupted,
//! with all that was shown of it. Whoever follows the record keeps nobody waiting.

use std::time::{Duration, Instant};

use reqwest::Method;

use super::{SLOW_ECHO, on_both_databases, words};
use crate::support::{
    client::{Client, Event, Events, shown},
    databases::TestDatabase,
    server::Server,
};

async fn journey(database: TestDatabase) {
    // Nobody says how long the grace is.
    let server = Server::start(database, SLOW_ECHO).await;
    let alice = server.user("alice").await;
    let server = a_reply_that_ends_within_the_grace_is_whole(server, &alice).await;

    let server = a_feed_that_is_followed_ends_at_once(server.start_again().await).await;

    let changes = [("SHUTDOWN_GRACE", Some("0.2"))];
    let server = server.start_again_with(&changes).await;
    let alice = alice.at(server.address);
    a_reply_that_takes_longer_is_recorded_as_interrupted(server, &alice).await;
}

async fn a_reply_that_ends_within_the_grace_is_whole(mut server: Server, alice: &Client) -> Server {
    let conversation = alice.conversation(1);
    let (stream, mut seen) = running(alice, &conversation, 200).await;
    let (well, rest) = tokio::join!(server.end(), stream.rest());
    assert!(well);
    seen.extend(rest);
    let done = seen.last().unwrap();
    assert_eq!(done.kind, "done");
    assert!(done.text("reply").ends_with("wörd199"), "{done:?}");
    assert_eq!(shown(&seen), done.text("reply"));
    // It has recorded that itself: nobody is left to do it.
    assert_eq!(ends(&server, "reply.completed").await, 1);
    server
}

/// In order, and not cut: who followed it goes on by the last id that it told.
async fn a_feed_that_is_followed_ends_at_once(mut server: Server) -> Server {
    let ada = server.user_as("ada", "auditor").await;
    let feed = ada
        .request(Method::GET, "/api/audit/events")
        .header("accept", "text/event-stream");
    let mut feed = feed.send().await.unwrap();
    assert!(feed.chunk().await.unwrap().is_some());
    let rest = async { while feed.chunk().await.unwrap().is_some() {} };
    let began = Instant::now();
    let (well, ()) = tokio::join!(server.end(), rest);
    assert!(well);
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "it was waited for"
    );
    server
}

async fn a_reply_that_takes_longer_is_recorded_as_interrupted(mut server: Server, alice: &Client) {
    let conversation = alice.conversation(2);
    let (stream, mut seen) = running(alice, &conversation, 5000).await;
    let (well, rest) = tokio::join!(server.end(), stream.rest());
    assert!(well);
    seen.extend(rest);
    assert_eq!(seen.last().unwrap().kind, "error", "{:?}", seen.last());
    assert_eq!(ends(&server, "reply.interrupted").await, 1);
    let server = server.start_again().await;
    let history = alice.at(server.address).history(&conversation).await;
    assert_eq!(history[1].1, shown(&seen));
    assert!(!history[1].1.is_empty() && !history[1].1.ends_with("wörd4999"));
}

/// A reply that runs, and its first frames.
async fn running(alice: &Client, conversation: &str, count: usize) -> (Events, Vec<Event>) {
    let mut stream = alice.stream(conversation, &words(count)).await;
    let mut seen = vec![];
    while shown(&seen).is_empty() {
        seen.push(stream.next().await.unwrap());
    }
    (stream, seen)
}

async fn ends(server: &Server, name: &str) -> usize {
    let store = server.store().await;
    store.read_named_after(&[name], 0, 10).await.unwrap().len()
}

on_both_databases!(journey);
