//! A question is said again, differently; the old one and its answer are kept, also by a server that is killed.

use serde_json::{Value, json};

use super::on_both_databases;
use crate::support::{databases::TestDatabase, server::Server, threads::*};

async fn journey(database: TestDatabase) {
    let mut server = Server::start(database, &[("PROVIDERS__ECHO__KIND", "echo")]).await;
    let alice = server.user("alice").await;
    let first = say(&alice, None, "What is a colloqui?").await;
    let edit = json!({
        "input": "What is a colloquy?", "thread_uuid": first.thread,
        "mode": "edit", "edit_message_uuid": first.user,
    });
    let second = turn(&send(&alice, &edit).await);
    server.kill().await;
    let server = server.start_again().await;
    let alice = alice.at(server.address);

    let now = messages(&alice, &first.thread, "").await;
    assert_eq!(now[0]["content"], "What is a colloquy?");
    assert_eq!(now[1]["content"], json!(second.text));
    let all = messages(&alice, &first.thread, "&include_history=true").await;
    let said = |message: &Value| (message["content"].clone(), message["replaces"].clone());
    let told: Vec<_> = all.iter().map(said).collect();
    assert_eq!(
        told,
        [
            (json!("What is a colloqui?"), Value::Null),
            (json!("What is a colloquy?"), json!(first.user)),
            (json!(first.text), Value::Null),
            (json!(second.text), json!(first.assistant)),
        ]
    );
    // The conversation goes on from what was said last.
    let third = say(&alice, Some(&first.thread), "Thank you").await;
    let now = messages(&alice, &first.thread, "").await;
    assert_eq!((now.len(), &now[3]["uuid"]), (4, &json!(third.assistant)));
}

on_both_databases!(journey);
