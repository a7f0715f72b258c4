//! Isolation: other users see nothing, staff and support see everything, and are seen looking.

use aggregates::reading::{Looked, ReadingEvent};
use reqwest::Method;
use serde_json::json;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

async fn check(database: TestDatabase) {
    let config = database.config();
    let server = Server::start(database, &[ECHO]).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let auditor = server.user_as("audrey", "auditor").await;
    let told = say(&alice, None, "a secret").await;
    let session = thread(&alice, &told.thread).await["chat_session"].clone();
    let session = session.as_str().unwrap();
    // What another API opened is not on a user's lists here.
    let reply = alice
        .post("/api/chat", &json!({ "text": "elsewhere" }))
        .await;
    assert_eq!(reply.status, 200);

    for other in [&bob, &auditor] {
        others_see_nothing(other, &told.thread, session).await;
    }
    let log = Log(colloquy::store::Store::open(&config).await.unwrap());
    assert_eq!(log.readings().await, []);
    for role in ["support", "staff", "admin"] {
        let staff = server.user_as(role, role).await;
        staff_see_and_are_seen(&staff, &alice, &told, session, &log).await;
    }
    let mine = get(&alice, "/api/chat-threads/").await;
    assert_eq!(column(&mine.body, "uuid"), [json!(told.thread)]);
    let said = get(&alice, "/api/chat-messages/").await;
    assert_eq!(said.body.as_array().unwrap().len(), 2);
}

async fn others_see_nothing(other: &Client, thread: &str, session: &str) {
    let no_thread = "No ThreadSession matches the given query.";
    let path = format!("/api/chat-threads/{thread}/");
    details(&get(other, &path).await, 404, no_thread);
    for action in ["archive", "unarchive", "cancel"] {
        let refused = post(other, &format!("{path}{action}/"), &json!({})).await;
        details(&refused, 404, no_thread);
    }
    let rename = request(other, Method::PATCH, &path).json(&json!({ "name": "mine now" }));
    details(&answer(rename).await.unwrap(), 404, no_thread);
    let foreign = get(other, &format!("/api/chat-sessions/{session}/")).await;
    details(&foreign, 404, "No ChatSession matches the given query.");
    for list in [
        "/api/chat-threads/".to_owned(),
        "/api/chat-threads/?query=alice".to_owned(),
        "/api/chat-sessions/".to_owned(),
        "/api/chat-messages/".to_owned(),
        format!("/api/chat-messages/?thread={thread}&include_history=true"),
    ] {
        says(&get(other, &list).await, 200, json!([]));
    }
}

async fn staff_see_and_are_seen(
    staff: &Client,
    alice: &Client,
    told: &Turn,
    session: &str,
    log: &Log,
) {
    let before = log.readings().await.len();
    let of_alice = get(staff, &format!("/api/chat-threads/?user={}", alice.id)).await;
    assert_eq!(
        of_alice.body.as_array().unwrap().len(),
        2,
        "{}",
        of_alice.body
    );
    let by_name = get(staff, "/api/chat-threads/?query=ALI&page_size=1&o=created").await;
    assert_eq!(column(&by_name.body, "uuid"), [json!(told.thread)]);
    assert_eq!(column(&by_name.body, "user_username"), [json!("alice")]);
    assert_eq!(messages(staff, &told.thread, "").await.len(), 2);
    assert_eq!(thread(staff, &told.thread).await["user_username"], "alice");
    let one = get(staff, &format!("/api/chat-sessions/{session}/")).await;
    assert_eq!(one.body["user_username"], "alice");
    let sessions = get(staff, "/api/chat-sessions/").await;
    assert!(column(&sessions.body, "uuid").contains(&json!(session)));

    let id: aggregates::ThreadId = told.thread.parse().unwrap();
    let readings = log.readings().await.split_off(before);
    let whats: Vec<Looked> = readings
        .iter()
        .map(
            |ReadingEvent::ContentRead {
                 reader,
                 what,
                 threads,
             }| {
                assert_eq!(reader.to_string(), staff.id);
                assert!(threads.contains(&id));
                *what
            },
        )
        .collect();
    assert_eq!(
        whats,
        [
            Looked::Threads,
            Looked::Threads,
            Looked::Messages,
            Looked::Threads
        ]
    );

    let path = format!("/api/chat-threads/{}/", told.thread);
    for action in ["archive", "unarchive"] {
        assert_eq!(
            post(staff, &format!("{path}{action}/"), &json!({}))
                .await
                .status,
            204
        );
    }
    let cancelled = post(staff, &format!("{path}cancel/"), &json!({})).await;
    assert_eq!(cancelled.body, json!({ "cancelled": false }));
    // Looking at one's own is nobody's business.
    let count = log.readings().await.len();
    let own = say(staff, None, "my own").await.thread;
    messages(staff, &own, "").await;
    thread(staff, &own).await;
    assert_eq!(log.readings().await.len(), count);
}

/// The log itself.
struct Log(colloquy::store::Store);

impl Log {
    /// Who looked at what, in order.
    async fn readings(&self) -> Vec<ReadingEvent> {
        let mut readings = vec![];
        let mut after = 0;
        loop {
            let events = self.0.read_after(after, 500).await.unwrap();
            let Some(last) = events.last() else {
                return readings;
            };
            after = last.position;
            let of_readings = events
                .iter()
                .filter(|event| event.aggregate_type == "reading");
            readings.extend(
                of_readings
                    .map(|event| serde_json::from_str::<ReadingEvent>(&event.payload).unwrap()),
            );
        }
    }
}

on_both_databases!(check);
