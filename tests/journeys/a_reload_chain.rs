//! An answer is made again and again; each replaces the one before it, across a restart.

use serde_json::{Value, json};

use super::on_both_databases;
use crate::support::{databases::TestDatabase, server::Server, threads::*};

async fn journey(database: TestDatabase) {
    let server = Server::start(database, &[("PROVIDERS__ECHO__KIND", "echo")]).await;
    let alice = server.user("alice").await;
    let first = say(&alice, None, "Once more").await;
    let reload = json!({ "input": "Once more", "thread_uuid": first.thread, "mode": "reload" });
    let second = turn(&send(&alice, &reload).await);
    let server = server.start_again().await;
    let alice = alice.at(server.address);
    let third = turn(&send(&alice, &reload).await);

    let all = messages(&alice, &first.thread, "&include_history=true").await;
    let chain: Vec<_> = all[1..]
        .iter()
        .map(|message| (message["uuid"].clone(), message["replaces"].clone()))
        .collect();
    assert_eq!(
        chain,
        [
            (json!(first.assistant), Value::Null),
            (json!(second.assistant), json!(first.assistant)),
            (json!(third.assistant), json!(second.assistant)),
        ]
    );
    assert!(
        all.iter()
            .all(|message| message["sequence_index"].as_i64() <= Some(2))
    );
    assert_eq!(thread(&alice, &first.thread).await["message_count"], 4);
    let now = messages(&alice, &first.thread, "").await;
    assert_eq!((now.len(), &now[1]["uuid"]), (2, &json!(third.assistant)));
}

on_both_databases!(journey);
