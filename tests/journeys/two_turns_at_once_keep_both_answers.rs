//! Two tabs say something in one thread at the same moment, and one of them edits: no text is lost.

use serde_json::{Value, json};

use super::{SLOW_ECHO, on_both_databases, words};
use crate::support::{client::Client, databases::TestDatabase, server::Server, threads::*};

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
    let (won, lost) = match one.status.as_u16() {
        200 => (one, other),
        _ => (other, one),
    };
    assert_eq!((won.status.as_u16(), lost.status.as_u16()), (200, 400));
    assert_eq!(lost.body, json!(["Can only edit the last user message."]));
    assert_eq!(again.status, 200);
    let history = messages(&alice, &id, "&include_history=true").await;
    let contents: Vec<&Value> = history.iter().map(|message| &message["content"]).collect();
    for text in [&left, &right] {
        assert!(contents.contains(&&json!(text)));
    }
    let now = messages(&alice, &id, "").await;
    assert_eq!(now.len(), 6);
    assert!(now[4]["content"].as_str().unwrap().starts_with("edited"));
    // The model was asked what came last: the edit, or what was said with the reload.
    let answer = now[5]["content"].as_str().unwrap();
    let edited = now[4]["content"].as_str().unwrap();
    assert!(
        answer.ends_with(edited) || answer.ends_with("again"),
        "{answer}"
    );
    for round in 0..4 {
        an_edit_and_a_send_race(&alice, &id, round).await;
    }
}

/// One tab edits the last message while another says more: the edit comes first, or is told that it is too late. What
/// was said is there in either case, and answered.
async fn an_edit_and_a_send_race(alice: &Client, id: &str, round: usize) {
    let before = messages(alice, id, "").await;
    let last = &before[before.len() - 2];
    let (edited, more) = (format!("edited {round}"), format!("more {round}"));
    let edit = json!({
        "input": edited, "thread_uuid": id, "mode": "edit", "edit_message_uuid": last["uuid"],
    });
    let send = json!({ "input": more, "thread_uuid": id });
    // Whoever is polled first is not always the first there.
    let (edit, send) = match round % 2 {
        0 => tokio::join!(post(alice, STREAM, &edit), post(alice, STREAM, &send)),
        _ => {
            let (send, edit) = tokio::join!(post(alice, STREAM, &send), post(alice, STREAM, &edit));
            (edit, send)
        }
    };
    assert_eq!(send.status, 200, "{}", send.body);
    let now = messages(alice, id, "").await;
    let contents: Vec<&str> = now
        .iter()
        .map(|message| message["content"].as_str().unwrap())
        .collect();
    assert_eq!(now.len(), before.len() + 2);
    let place = before.len() - 2;
    match edit.status.as_u16() {
        200 => {
            assert_eq!(contents[place], edited);
            assert!(contents[place + 1].ends_with(&edited), "{contents:?}");
        }
        _ => {
            assert_eq!(edit.status, 400);
            assert_eq!(edit.body, json!(["Can only edit the last user message."]));
            // What was there stays as it was; a reload's answer does not end with its message.
            assert_eq!(now[place], before[place]);
            assert_eq!(now[place + 1]["content"], before[place + 1]["content"]);
        }
    }
    assert_eq!(contents[place + 2], more);
    assert!(contents[place + 3].ends_with(&more), "{contents:?}");
    let history = messages(alice, id, "&include_history=true").await;
    let kept = |text: &Value| history.iter().any(|message| message["content"] == *text);
    assert!(before.iter().all(|message| kept(&message["content"])));
}

on_both_databases!(journey);
