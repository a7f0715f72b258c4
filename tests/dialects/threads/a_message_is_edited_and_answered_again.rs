//! Edits and reloads: what replaces what, and that nothing is lost.

use serde_json::{Value, json};

use super::*;
use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    an_edit_replaces_message_and_answer(&alice).await;
    reloads_chain(&alice).await;
    only_the_last_user_message_can_be_edited(&alice).await;
    turns_count_their_places(&alice).await;
}

/// (role, content, index, replaces) of each.
fn told(messages: &[Value]) -> Vec<(String, String, i64, Value)> {
    let text = |message: &Value, name: &str| message[name].as_str().unwrap().to_owned();
    messages
        .iter()
        .map(|message| {
            (
                text(message, "role"),
                text(message, "content"),
                message["sequence_index"].as_i64().unwrap(),
                message["replaces"].clone(),
            )
        })
        .collect()
}

fn line(role: &str, content: &str, index: i64, replaces: Value) -> (String, String, i64, Value) {
    (role.to_owned(), content.to_owned(), index, replaces)
}

fn edit(thread: &str, target: &str, input: &str) -> Value {
    json!({ "input": input, "thread_uuid": thread, "mode": "edit", "edit_message_uuid": target })
}

async fn an_edit_replaces_message_and_answer(alice: &Client) {
    let first = say(alice, None, "one").await;
    let (user, answer) = (first.user.clone().unwrap(), first.assistant.clone());
    let edited = turn(&send(alice, &edit(&first.thread, &user, "uno")).await);
    assert_eq!(edited.thread, first.thread);
    let (new_user, new_answer) = (edited.user.clone().unwrap(), edited.assistant.clone());
    assert!(new_user != user && new_answer != answer);
    let now = messages(alice, &first.thread, "").await;
    assert_eq!(
        told(&now),
        [
            line("user", "uno", 1, json!(user)),
            line("assistant", &format!("{PREFACE}uno"), 2, json!(answer)),
        ]
    );
    assert_eq!(now[0]["uuid"], json!(new_user));
    assert_eq!(now[1]["uuid"], json!(new_answer));
    for all in ["=true", "=what", "=", "=%20", ""] {
        let all = &format!("&include_history{all}");
        let history = messages(alice, &first.thread, all).await;
        assert_eq!(
            told(&history),
            [
                line("user", "one", 1, Value::Null),
                line("user", "uno", 1, json!(user)),
                line("assistant", &format!("{PREFACE}one"), 2, Value::Null),
                line("assistant", &format!("{PREFACE}uno"), 2, json!(answer)),
            ]
        );
    }
    let now = messages(alice, &first.thread, "&include_history=false").await;
    assert_eq!(now.len(), 2);
    assert_eq!(thread(alice, &first.thread).await["message_count"], 4);
}

async fn reloads_chain(alice: &Client) {
    let first = say(alice, None, "again").await;
    let reload = json!({ "input": "again", "thread_uuid": first.thread, "mode": "reload" });
    let mut answers = vec![first.assistant.clone()];
    for count in 3..=4 {
        let frames = send(alice, &reload).await;
        assert_eq!(frames[0], json!({ "m": { "thread_uuid": first.thread } }));
        let told = turn(&frames);
        assert_eq!(told.user, None);
        answers.push(told.assistant);
        assert_eq!(thread(alice, &first.thread).await["message_count"], count);
        // Neither does a stream that is resumed name the message it does not answer for the first time.
        let path = format!("{STREAM}?thread_uuid={}", first.thread);
        let resumed = frames_of(request(alice, reqwest::Method::GET, &path)).await;
        assert_eq!((&resumed[0], resumed.last()), (&frames[0], frames.last()));
    }
    let now = messages(alice, &first.thread, "").await;
    assert_eq!(
        column(&json!(now), "uuid"),
        [json!(first.user), json!(answers[2])]
    );
    let history = messages(alice, &first.thread, "&include_history=true").await;
    assert_eq!(
        column(&json!(history), "replaces"),
        [
            Value::Null,
            Value::Null,
            json!(answers[0]),
            json!(answers[1])
        ]
    );
}

async fn only_the_last_user_message_can_be_edited(alice: &Client) {
    let first = say(alice, None, "one").await;
    let second = say(alice, Some(&first.thread), "two").await;
    let other = say(alice, None, "elsewhere").await;
    let (one, two) = (first.user.unwrap(), second.user.unwrap());
    let refused = async |target: &str| post(alice, STREAM, &edit(&first.thread, target, "x")).await;
    let last_only = json!(["Can only edit the last user message."]);
    says(&refused(&one).await, 400, last_only.clone());
    says(
        &refused(&first.assistant).await,
        400,
        json!(["Can only edit user messages."]),
    );
    for unknown in [&other.user.unwrap(), &first.thread] {
        details(&refused(unknown).await, 404, "Message not found.");
    }
    let edited = turn(&send(alice, &edit(&first.thread, &two, "zwei")).await);
    says(&refused(&two).await, 400, last_only);
    // Two edits of one message: one wins.
    let target = edited.user.unwrap();
    let (left, right) = (
        edit(&first.thread, &target, "l"),
        edit(&first.thread, &target, "r"),
    );
    let (left, right) = tokio::join!(post(alice, STREAM, &left), post(alice, STREAM, &right));
    let mut statuses = [left.status.as_u16(), right.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400], "{} {}", left.body, right.body);
}

async fn turns_count_their_places(alice: &Client) {
    let first = say(alice, None, "one").await;
    let hyphens = uuid::Uuid::parse_str(&first.thread).unwrap().to_string();
    // Two at once take different places.
    let (left, right) = tokio::join!(
        say(alice, Some(&hyphens), "left"),
        say(alice, Some(&first.thread), "right")
    );
    assert_eq!(left.thread, first.thread);
    let all = messages(alice, &hyphens, "").await;
    let indexes: Vec<i64> = told(&all).into_iter().map(|line| line.2).collect();
    assert_eq!(indexes, [1, 2, 3, 4, 5, 6]);
    for turn in [left, right] {
        let place = |id: &str| all.iter().position(|message| message["uuid"] == json!(id));
        assert_eq!(
            place(&turn.user.unwrap()).map(|at| at + 1),
            place(&turn.assistant)
        );
    }
}

on_both_databases!(check);
