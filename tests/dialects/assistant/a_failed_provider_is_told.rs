//! A provider that fails: told as this API's clients expect it, recorded, and no answer; what it wrote is kept.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::json;

use super::upstream::{self, delta, whole};
use crate::{
    dialects::on_both_databases,
    support::{
        client::{Client, shown},
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
    },
};

async fn check(database: TestDatabase) {
    let upstream = Scripted::start([
        Reply::error(400, "no such model"),
        Reply::error(401, "bad key"),
        Reply::html(),
        Reply::sse([delta("partial ")]).cut_after(1),
        whole("fine again"),
    ])
    .await;
    let (_server, alice) = upstream::server(database, &upstream).await;
    let conversation = alice.conversation(1);

    let failed = alice.say(&conversation, "first").await;
    assert_eq!(failed.status, 200);
    assert_eq!(failed.headers["x-error"], "provider");
    assert_eq!(
        failed.body,
        json!({
            "reply": "Error: `up` answered 400: no such model",
            "conversation_id": conversation,
            "provider": "up",
        })
    );
    // Recorded, but no answer.
    assert_eq!(
        alice.history(&conversation).await,
        [("user".to_owned(), "first".to_owned())]
    );

    let events = alice.stream(&conversation, "second").await.rest().await;
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["meta", "error"]);
    assert_eq!(
        events[1].data,
        json!({
            "type": "error",
            "error": "`up` answered 401: bad key",
            "conversation_id": conversation,
            "provider": "up",
        })
    );
    // Its cursor is good for what there is: the same end again.
    let again = alice
        .resume(&conversation, &events[1].id)
        .await
        .rest()
        .await;
    assert_eq!(again.last().unwrap().data, events[1].data);

    let page = alice.say(&conversation, "third").await;
    assert!(
        page.body["reply"]
            .as_str()
            .unwrap()
            .starts_with("Error: `up` "),
        "{}",
        page.body
    );

    partial_text_is_kept(&alice, &conversation).await;

    let fine = alice.say(&conversation, "fifth").await;
    assert_eq!(fine.body["reply"], "fine again");
    assert!(!fine.headers.contains_key("x-error"));
    let history = alice.history(&conversation).await;
    let said: Vec<_> = history.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        said,
        [
            "first",
            "second",
            "third",
            "fourth",
            "partial ",
            "fifth",
            "fine again"
        ]
    );

    let metrics = alice.get("/metrics").await;
    let errors = r#"colloquy_provider_errors_total{provider="up",kind="refused"} 2"#;
    assert!(
        metrics.body.as_str().unwrap().contains(errors),
        "{}",
        metrics.body
    );

    // The last request showed the model each message once, and no failure.
    let request = upstream.received().pop().unwrap();
    let shown = request.body["messages"].to_string();
    assert_eq!(shown.matches("fifth").count(), 1, "{shown}");
    assert!(
        !shown.contains("Error") && !shown.contains("bad key"),
        "{shown}"
    );
}

async fn partial_text_is_kept(alice: &Client, conversation: &str) {
    let events = alice.stream(conversation, "fourth").await.rest().await;
    let last = events.last().unwrap();
    assert_eq!(last.kind, "error");
    assert_eq!(
        last.text("error"),
        "`up` broke off in the middle of its answer"
    );
    assert_eq!(shown(&events), "partial ");
    assert!(events.iter().all(|event| event.kind != "done"));
    let turn = last.id.split_once('.').unwrap().0;
    let resumed = alice
        .resume(conversation, &format!("{turn}.3"))
        .await
        .rest()
        .await;
    assert_eq!(shown(&resumed), "tial ");
    assert_eq!(resumed.last().unwrap().kind, "error");
    let list = alice.get("/api/chat/conversations").await;
    assert_eq!(list.body["conversations"][0]["message_count"], 5);
}

on_both_databases!(check);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_stream_beats_every_15_seconds() {
    crate::dialects::prepare();
    let gate = Gate::closed();
    let upstream = Scripted::start([whole("at last").slow_first_byte(&gate)]).await;
    let (_server, alice) = upstream::server(TestDatabase::sqlite(), &upstream).await;
    let body = json!({ "text": "hello" });
    let request = alice.request(Method::POST, "/api/chat/stream").json(&body);
    let mut stream = request.send().await.unwrap().bytes_stream();
    let meta = stream.next().await.unwrap().unwrap();
    assert!(meta.starts_with(b"event: meta\n"));
    let began = Instant::now();
    let beat = stream.next().await.unwrap().unwrap();
    assert!(
        beat.starts_with(b":") && beat.ends_with(b"\n\n"),
        "{beat:?}"
    );
    let silent = began.elapsed();
    assert!(
        silent > Duration::from_secs(14) && silent < Duration::from_secs(20),
        "{silent:?}"
    );
    gate.let_pass(1);
    let mut rest = vec![];
    while let Some(part) = stream.next().await {
        rest.extend_from_slice(&part.unwrap());
    }
    assert!(String::from_utf8(rest).unwrap().contains("event: done\n"));
}
