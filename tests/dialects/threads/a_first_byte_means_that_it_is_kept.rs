//! The first byte of a stream leaves when the message is durable, and not before: whoever has read it finds the message
//! again, even if the server died at that moment.

use serde_json::json;

use super::*;
use crate::{
    dialects::{
        assistant::upstream::{self, whole},
        on_both_databases,
    },
    support::{
        client::eventually,
        databases::TestDatabase,
        scripted::{Gate, Scripted},
    },
};

async fn check(database: TestDatabase) {
    // No model ever says anything.
    let never = Gate::closed();
    let silent = || whole("nothing").slow_first_byte(&never);
    let upstream = Scripted::start([silent(), silent(), silent(), silent()]).await;
    let (mut server, mut alice) = upstream::server(database, &upstream).await;
    let mut first = Reading::send(&alice, &json!({ "input": "one" })).await;
    let head = first.head().await;
    server.kill().await;
    server = server.start_again().await;
    alice = alice.at(server.address);
    let (id, one) = (
        head["thread_uuid"].as_str().unwrap().to_owned(),
        head["user_message_uuid"].clone(),
    );
    eventually(async || !messages(&alice, &id, "").await.is_empty()).await;
    let kept = messages(&alice, &id, "").await;
    assert_eq!(
        (&kept[0]["uuid"], &kept[0]["content"]),
        (&one, &json!("one"))
    );

    // The same of an edit.
    let edit = json!({
        "input": "uno", "thread_uuid": id, "mode": "edit", "edit_message_uuid": one,
    });
    let mut edited = Reading::send(&alice, &edit).await;
    let uno = edited.head().await["user_message_uuid"].clone();
    server.kill().await;
    server = server.start_again().await;
    alice = alice.at(server.address);
    eventually(async || messages(&alice, &id, "").await[0]["uuid"] == uno).await;
    let kept = messages(&alice, &id, "").await;
    assert_eq!(
        (&kept[0]["content"], &kept[0]["replaces"]),
        (&json!("uno"), &one)
    );
}

on_both_databases!(check);
