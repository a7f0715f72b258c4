//! Isolation: other users see nothing, staff and support see everything, and are seen looking.

use aggregates::reading::{Looked, ReadingEvent};
use reqwest::Method;
use serde_json::json;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, readings::Readings, server::Server},
};

async fn check(database: TestDatabase) {
    let config = database.beside();
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
    let log = Readings::of(&config).await;
    assert_eq!(log.all().await, []);
    for role in ["support", "staff", "admin"] {
        let staff = server.user_as(role, role).await;
        staff_see_and_are_seen(&staff, &alice, &told, session, &log).await;
    }
    let mine = get(&alice, "/api/chat-threads/").await;
    assert_eq!(column(&mine.body, "uuid"), [json!(told.thread)]);
    let said = get(&alice, "/api/chat-messages/").await;
    assert_eq!(said.body.as_array().unwrap().len(), 2);
    a_long_list_is_whole(&server, &alice, &log).await;
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
    log: &Readings,
) {
    let before = log.all().await.len();
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
    let readings = log.all().await.split_off(before);
    let whats: Vec<Looked> = readings
        .iter()
        .map(
            |ReadingEvent::ContentRead {
                 reader,
                 what,
                 threads,
                 ..
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
    let count = log.all().await.len();
    let own = say(staff, None, "my own").await.thread;
    messages(staff, &own, "").await;
    thread(staff, &own).await;
    assert_eq!(log.all().await.len(), count);
}

/// More than is read at a time.
async fn a_long_list_is_whole(server: &Server, alice: &Client, log: &Readings) {
    const EACH: usize = 64;
    let talk = async |number: usize| {
        let mut thread = None;
        for turn in 0..EACH {
            let told = say(alice, thread.as_deref(), &format!("{number}.{turn}")).await;
            thread = Some(told.thread);
        }
    };
    tokio::join!(
        talk(0),
        talk(1),
        talk(2),
        talk(3),
        talk(4),
        talk(5),
        talk(6),
        talk(7)
    );
    let staff = server.user_as("reader", "staff").await;
    for who in [alice, &staff] {
        let whole = get(who, "/api/chat-messages/?field=uuid&field=sequence_index").await;
        let whole = whole.body.as_array().unwrap().clone();
        assert!(whole.len() > 8 * 2 * EACH);
        assert_eq!(whole[0].as_object().unwrap().len(), 2);
        let mut paged = vec![];
        for page in 1..=whole.len().div_ceil(100) {
            let path = format!("/api/chat-messages/?page={page}&page_size=100");
            paged.extend(column(&get(who, &path).await.body, "uuid"));
        }
        // What another API opened is on the staff's list.
        assert_eq!(column(&json!(whole), "uuid"), paged);
    }
    let seen = log.all().await;
    let of_reader = seen
        .iter()
        .filter(|ReadingEvent::ContentRead { reader, .. }| reader.to_string() == staff.id);
    let named = of_reader.flat_map(|ReadingEvent::ContentRead { threads, .. }| threads);
    assert!(named.collect::<std::collections::BTreeSet<_>>().len() >= 8);
}

on_both_databases!(check);
