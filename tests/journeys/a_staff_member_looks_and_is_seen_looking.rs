//! A staff member reads somebody's conversation, and the record says who looked, and at what.

use aggregates::reading::{Looked, ReadingEvent};

use super::on_both_databases;
use crate::support::{databases::TestDatabase, readings::Readings, server::Server, threads::*};

async fn journey(database: TestDatabase) {
    let config = database.beside();
    let server = Server::start(database, &[("PROVIDERS__ECHO__KIND", "echo")]).await;
    let alice = server.user("alice").await;
    let stella = server.user_as("stella", "staff").await;
    let told = say(&alice, None, "something private").await;

    let path = format!("/api/chat-threads/?user={}", alice.id);
    let found = get(&stella, &path).await;
    assert_eq!(found.body[0]["user_username"], "alice");
    let read = messages(&stella, &told.thread, "").await;
    assert_eq!(read[0]["content"], "something private");
    // Alice reads her own.
    messages(&alice, &told.thread, "").await;

    let looks = Readings::of(&config).await.all().await;
    let look = |what| ReadingEvent::ContentRead {
        reader: stella.id.parse().unwrap(),
        what,
        threads: vec![told.thread.parse().unwrap()],
        completions: vec![],
        reason: None,
    };
    assert_eq!(looks, [look(Looked::Threads), look(Looked::Messages)]);
}

on_both_databases!(journey);
