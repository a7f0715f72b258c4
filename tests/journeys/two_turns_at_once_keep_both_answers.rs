//! Two tabs say something in one thread at the same moment, and one of them edits: no text is lost.

use serde_json::{Value, json};

use super::{SLOW_ECHO, on_both_databases, words};
use crate::support::{databases::TestDatabase, server::Server, threads::*};

async fn journey(database: TestDatabase) {
    let server = Server::start(database, SLOW_ECHO).await;
    let alice = server.user("alice").await;
    let id = say(&alice, None, "first").await.thread;
    let (left, right) = (
        format!("left {}", words(20)),
        format!("right {}", words(20)),
    );
    let (one, other) = tokio::join!(
        say(&alice, Some(&id), &left),
        say(&alice, Some(&id), &right)
    );
    assert!(one.text.ends_with(&left) && other.text.ends_with(&right));
    let all = messages(&alice, &id, "").await;
    let places: Vec<i64> = all
        .iter()
        .map(|message| message["sequence_index"].as_i64().unwrap())
        .collect();
    assert_eq!(places, [1, 2, 3, 4, 5, 6]);
    for turn in [&one, &other] {
        let place =
            |id: &Option<String>| all.iter().position(|message| message["uuid"] == json!(id));
        assert_eq!(
            place(&turn.user).map(|at| at + 1),
            place(&Some(turn.assistant.clone()))
        );
    }

    // An edit, a reload and a second edit of the last message race: who comes late is told so, or takes its place.
    let last = all[4]["uuid"].clone();
    let edit = |input: &str| json!({ "input": input, "thread_uuid": id, "mode": "edit", "edit_message_uuid": last });
    let reload = json!({ "input": "again", "thread_uuid": id, "mode": "reload" });
    let (edit_one, edit_other) = (edit("edited here"), edit("edited there"));
    let (one, other, again) = tokio::join!(
        post(&alice, STREAM, &edit_one),
        post(&alice, STREAM, &edit_other),
        post(&alice, STREAM, &reload)
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    assert_eq!(again.status, 200);
    let history = messages(&alice, &id, "&include_history=true").await;
    let contents: Vec<&Value> = history.iter().map(|message| &message["content"]).collect();
    for text in [&left, &right] {
        assert!(contents.contains(&&json!(text)));
    }
    let now = messages(&alice, &id, "").await;
    assert_eq!(now.len(), 6);
    assert!(now[4]["content"].as_str().unwrap().starts_with("edited"));
    assert!(
        now[5]["content"]
            .as_str()
            .unwrap()
            .ends_with(now[4]["content"].as_str().unwrap())
    );
}

on_both_databases!(journey);
