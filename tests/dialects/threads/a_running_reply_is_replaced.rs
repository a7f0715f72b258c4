//! Edits and reloads of what is being answered, or was not answered yet: what each stream tells, and what is kept.

use serde_json::{Value, json};

use super::*;
use crate::{
    dialects::{
        assistant::upstream::{self, delta, whole},
        on_both_databases,
    },
    support::{
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
    },
};

/// An answer of which one half is written, and then the other when the gate lets it pass.
fn halves(gate: &Gate) -> Reply {
    let halves = ["one half ", "and the other"].map(delta);
    Reply::sse(halves.into_iter().chain(upstream::end())).gate(gate)
}

fn edit(thread: &Value, target: &Value, input: &str) -> Value {
    json!({ "input": input, "thread_uuid": thread, "mode": "edit", "edit_message_uuid": target })
}

/// Says something that is answered as long as the gate is closed; its ids.
async fn is_running(who: &Client, input: &str, gate: &Gate) -> (Reading, Value, Value) {
    gate.let_pass(1);
    let mut reading = Reading::send(who, &json!({ "input": input })).await;
    let head = reading.head().await;
    reading.until("one half ").await;
    (
        reading,
        head["thread_uuid"].clone(),
        head["user_message_uuid"].clone(),
    )
}

/// (role, content, index, replaces) of each.
async fn told(who: &Client, thread: &Value, more: &str) -> Vec<Value> {
    let messages = messages(who, thread.as_str().unwrap(), more).await;
    let row = |message: &Value| {
        json!([
            message["role"],
            message["content"],
            message["sequence_index"],
            message["replaces"]
        ])
    };
    messages.iter().map(row).collect()
}

/// What was cut short ends as a whole one does: its text is kept, and nothing has failed.
#[track_caller]
fn is_cut(frames: &[Value]) -> Turn {
    let cut = turn(frames);
    assert_eq!(cut.text, "one half ");
    let failed = frames.iter().any(|frame| frame.get("e").is_some());
    assert!(!failed, "{frames:?}");
    cut
}

async fn check(database: TestDatabase) {
    let gate = Gate::closed();
    let upstream = Scripted::start([
        halves(&gate),
        whole("edited"),
        halves(&gate),
        whole("reloaded"),
    ])
    .await;
    let (_server, alice) = upstream::server(database, &upstream).await;
    an_edit_stops_it_and_goes_on(&alice, &gate).await;
    a_reload_stops_it_and_goes_on(&alice, &gate).await;
}

async fn an_edit_stops_it_and_goes_on(alice: &Client, gate: &Gate) {
    let (running, id, user) = is_running(alice, "one", gate).await;
    let frames = send(alice, &edit(&id, &user, "uno")).await;
    let edited = turn(&frames);
    assert_eq!((&json!(edited.thread), &*edited.text), (&id, "edited"));
    assert_ne!(json!(edited.user), user);
    assert_eq!(
        frames[0],
        json!({ "m": { "thread_uuid": id, "user_message_uuid": edited.user } })
    );
    let cut = is_cut(&running.rest().await);
    assert_eq!(json!(cut.user), user);
    assert_eq!(
        told(alice, &id, "").await,
        [
            json!(["user", "uno", 1, user]),
            json!(["assistant", "edited", 2, cut.assistant])
        ]
    );
    assert_eq!(
        told(alice, &id, "&include_history=true").await,
        [
            json!(["user", "one", 1, null]),
            json!(["user", "uno", 1, user]),
            json!(["assistant", "one half ", 2, null]),
            json!(["assistant", "edited", 2, cut.assistant]),
        ]
    );
    let late = post(alice, STREAM, &edit(&id, &user, "ein")).await;
    says(&late, 400, json!(["Can only edit the last user message."]));
    assert_eq!(thread(alice, &edited.thread).await["message_count"], 4);
}

async fn a_reload_stops_it_and_goes_on(alice: &Client, gate: &Gate) {
    let (running, id, user) = is_running(alice, "again", gate).await;
    // It is in the list, and counts, once it has ended.
    let list = messages(alice, id.as_str().unwrap(), "&include_history=true").await;
    assert_eq!(list.len(), 1);
    let shown = thread(alice, id.as_str().unwrap()).await;
    assert_eq!(shown["message_count"], 1);
    let reload = json!({ "input": "again", "thread_uuid": id, "mode": "reload" });
    let frames = send(alice, &reload).await;
    let reloaded = turn(&frames);
    assert_eq!((&*reloaded.text, &reloaded.user), ("reloaded", &None));
    assert_eq!(frames[0], json!({ "m": { "thread_uuid": id } }));
    assert_eq!(
        frames[frames.len() - 1],
        json!({ "m": { "assistant_message_uuid": reloaded.assistant } })
    );
    let cut = is_cut(&running.rest().await);
    assert_eq!(json!(cut.user), user);
    assert_eq!(
        told(alice, &id, "&include_history=true").await,
        [
            json!(["user", "again", 1, null]),
            json!(["assistant", "one half ", 2, null]),
            json!(["assistant", "reloaded", 2, cut.assistant]),
        ]
    );
    assert_eq!(thread(alice, &reloaded.thread).await["message_count"], 3);
}

on_both_databases!(check);

/// Where the last message has no answer yet, because one before it is being answered.
mod not_answered_yet {
    use super::*;

    async fn check(database: TestDatabase) {
        let gate = Gate::closed();
        let upstream = Scripted::start([
            halves(&gate),
            whole("an answer"),
            halves(&gate),
            whole("an answer"),
        ])
        .await;
        let (_server, alice) = upstream::server(database, &upstream).await;
        for mode in ["reload", "edit"] {
            it_is_answered_as_ever(&alice, &gate, mode).await;
        }
        assert_eq!(upstream.received().len(), 4);
    }

    async fn it_is_answered_as_ever(alice: &Client, gate: &Gate, mode: &str) {
        let (running, id, _) = is_running(alice, "one", gate).await;
        let mut waiting = Reading::send(alice, &json!({ "input": "two", "thread_uuid": id })).await;
        let two = waiting.head().await["user_message_uuid"].clone();
        let mut again = json!({ "input": "zwei", "thread_uuid": id, "mode": mode });
        if mode == "edit" {
            again["edit_message_uuid"] = two.clone();
        }
        let mut answering = Reading::send(alice, &again).await;
        answering.head().await;
        // It does not concern the answer that is being written.
        gate.let_pass(3);
        assert_eq!(
            turn(&running.rest().await).text,
            "one half and the other",
            "{mode}"
        );
        let answered = turn(&answering.rest().await);
        assert_eq!(answered.text, "an answer");
        // Who waited for the answer that is not made is told that there is none.
        let none = waiting.rest().await;
        let interrupted = "Chat processing was interrupted. Please try again later.";
        assert_eq!(
            (&none[1..2], none.len()),
            (&[json!({ "e": interrupted })][..], 3)
        );
        // By the id that it would have had, which is no message's.
        let dropped = turn(&none);
        assert_eq!(
            (dropped.user.map(Value::from), &*dropped.text),
            (Some(two.clone()), "")
        );
        let all = told(alice, &id, "&include_history=true").await;
        assert_eq!(all.len(), if mode == "edit" { 5 } else { 4 });
        let after = format!(
            "{STREAM}?thread_uuid={}&after={}.0",
            dropped.thread, dropped.assistant
        );
        details(&get(alice, &after).await, 404, "Message not found.");
        let (said, of) = match mode {
            "edit" => ("zwei", two),
            _ => ("two", Value::Null),
        };
        assert_eq!(
            told(alice, &id, "").await,
            [
                json!(["user", "one", 1, null]),
                json!(["assistant", "one half and the other", 2, null]),
                json!(["user", said, 3, of]),
                json!(["assistant", "an answer", 4, null]),
            ]
        );
    }

    on_both_databases!(check);
}

/// Where the provider has failed without a word.
mod failed {
    use super::*;

    async fn check(database: TestDatabase) {
        let upstream = Scripted::start([
            Reply::error(400, "not today"),
            whole("reloaded"),
            Reply::error(400, "not today"),
            whole("edited"),
        ])
        .await;
        let (_server, alice) = upstream::server(database, &upstream).await;
        for mode in ["reload", "edit"] {
            let failed = say(&alice, None, "one").await;
            assert_eq!(failed.text, "");
            let mut again = json!({ "input": "one", "thread_uuid": failed.thread, "mode": mode });
            if mode == "edit" {
                again["edit_message_uuid"] = json!(failed.user);
            }
            let answered = turn(&send(&alice, &again).await);
            assert_eq!(answered.text, format!("{mode}ed"));
            let now = messages(&alice, &answered.thread, "").await;
            let contents = column(&json!(now), "content");
            assert_eq!(contents, ["one".to_owned(), format!("{mode}ed")]);
        }
    }

    on_both_databases!(check);
}

/// Where what was to be answered is overtaken before its answer has begun.
mod overtaken {
    use futures_util::future::join_all;
    use reqwest::{Method, RequestBuilder};

    use super::*;

    const RACING: usize = 8;

    async fn check(database: TestDatabase) {
        let gate = Gate::closed();
        let script = [halves(&gate), whole("an answer")];
        let again = std::iter::repeat_with(|| whole("again")).take(RACING);
        let upstream = Scripted::start(script.into_iter().chain(again)).await;
        let (server, alice) = upstream::server(database, &upstream).await;
        let (running, id, _) = is_running(&alice, "one", &gate).await;
        let reload = json!({ "input": "zwei", "thread_uuid": id, "mode": "reload" });
        let requests = [
            ("q-1", json!({ "input": "two", "thread_uuid": id })),
            ("q-2", reload.clone()),
        ];
        let mut waiting = vec![];
        for (name, body) in &requests {
            let mut reading = Reading::of(named(&alice, name, body)).await;
            reading.head().await;
            waiting.push(reading);
        }
        let mut last = Reading::send(&alice, &reload).await;
        last.head().await;
        gate.let_pass(3);
        running.rest().await;
        assert_eq!(turn(&last.rest().await).text, "an answer");
        let interrupted = "Chat processing was interrupted. Please try again later.";
        let mut told = vec![];
        for reading in waiting {
            let frames = reading.rest().await;
            assert_eq!(frames[1], json!({ "e": interrupted }));
            assert_eq!(turn(&frames).text, "");
            told.push(frames);
        }
        // Whenever it comes again, and wherever.
        for ((name, body), told) in requests.iter().zip(&told) {
            assert_eq!(frames_of(named(&alice, name, body)).await, *told);
        }
        let server = server.start_again().await;
        let alice = alice.at(server.address);
        for ((name, body), told) in requests.iter().zip(&told) {
            assert_eq!(frames_of(named(&alice, name, body)).await, *told);
        }
        assert_eq!(upstream.received().len(), 2);
        those_that_race_are_all_taken(&alice, &reload).await;
    }

    async fn those_that_race_are_all_taken(alice: &Client, reload: &Value) {
        let all = join_all((0..RACING).map(|_| send(alice, reload))).await;
        let texts: Vec<String> = all.iter().map(|frames| turn(frames).text).collect();
        assert!(texts.iter().any(|text| text == "again"), "{texts:?}");
    }

    fn named(who: &Client, name: &str, body: &Value) -> RequestBuilder {
        request(who, Method::POST, STREAM)
            .header("idempotency-key", name)
            .json(body)
    }

    on_both_databases!(check);
}
