//! A thread is put away, found among the archived, read, and taken out again.

use serde_json::json;

use super::on_both_databases;
use crate::support::{databases::TestDatabase, server::Server, threads::*};

async fn journey(database: TestDatabase) {
    let server = Server::start(database, &[("PROVIDERS__ECHO__KIND", "echo")]).await;
    let alice = server.user("alice").await;
    let kept = say(&alice, None, "kept").await.thread;
    let put_away = say(&alice, None, "put away").await.thread;
    let path = format!("/api/chat-threads/{put_away}/");
    assert_eq!(
        post(&alice, &format!("{path}archive/"), &json!({}))
            .await
            .status,
        204
    );
    let server = server.start_again().await;
    let alice = alice.at(server.address);

    let listed = async |archived: &str| {
        let list = get(
            &alice,
            &format!("/api/chat-threads/?is_archived={archived}"),
        )
        .await;
        let rows = list.body.as_array().unwrap().clone();
        rows.into_iter()
            .map(|row| row["uuid"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed("true").await, [json!(put_away)]);
    assert_eq!(listed("false").await, [json!(kept)]);
    assert_eq!(messages(&alice, &put_away, "").await.len(), 2);
    assert_eq!(
        post(&alice, &format!("{path}unarchive/"), &json!({}))
            .await
            .status,
        204
    );
    say(&alice, Some(&put_away), "and going on").await;
    assert_eq!(listed("true").await, [json!(null); 0]);
    assert_eq!(thread(&alice, &put_away).await["message_count"], 4);
}

on_both_databases!(journey);
