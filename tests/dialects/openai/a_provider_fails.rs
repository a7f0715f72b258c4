//! A provider that fails: asked again where that may help, then told as an error, and recorded.

use aggregates::completion::CompletionEvent;
use reqwest::Method;
use serde_json::{Value, json};

use super::{CHAT, ask, record, says, streamed};
use crate::{
    dialects::{
        assistant::upstream::{self, delta, whole},
        on_both_databases,
    },
    support::{
        chunks::{self, Chunks},
        client::answer,
        databases::TestDatabase,
        scripted::{Reply, Scripted},
    },
};

async fn check(database: TestDatabase) {
    let upstream = Scripted::start([
        Reply::error(429, "slow down").header("retry-after", "0"),
        Reply::error(500, "oh"),
        whole("at last"),
        Reply::error(400, "no such thing"),
        Reply::error(401, "bad key"),
        Reply::sse([delta("partial ")]).cut_after(1),
    ])
    .await;
    let (server, alice) = upstream::server(database, &upstream).await;

    let answered = alice.post(CHAT, &ask("first")).await;
    assert_eq!(answered.body["choices"][0]["message"]["content"], "at last");
    assert_eq!(upstream.received().len(), 3);
    let events = record(&server, answered.body["id"].as_str().unwrap()).await;
    let Some(CompletionEvent::Completed(end)) = events.get(2) else {
        panic!("{events:?}")
    };
    let errors: Vec<_> = end
        .end
        .attempts
        .iter()
        .map(|attempt| attempt.error.as_deref())
        .collect();
    assert_eq!(
        errors,
        [
            Some("`up` answered 429: slow down"),
            Some("`up` answered 500: oh"),
            None
        ]
    );

    let failed = alice.post(CHAT, &ask("second")).await;
    assert_eq!(failed.headers["x-should-retry"], "false");
    let text = "`up` answered 400: no such thing";
    says(
        &failed,
        502,
        text,
        "api_error",
        Value::Null,
        json!("provider_error"),
    );

    // Before the first word a stream is none.
    let question = alice
        .request(Method::POST, CHAT)
        .json(&streamed(ask("third")));
    let failed = answer(question).await.unwrap();
    let text = "`up` answered 401: bad key";
    says(
        &failed,
        502,
        text,
        "api_error",
        Value::Null,
        json!("provider_error"),
    );

    // After it, what came stays, and there is no end but the error.
    let question = alice
        .request(Method::POST, CHAT)
        .json(&streamed(ask("fourth")));
    let read = Chunks::open(question).await.rest().await;
    assert_eq!(chunks::text(&read), "partial ");
    let last: Value = serde_json::from_str(&read.last().unwrap().1).unwrap();
    assert_eq!(last["error"]["code"], "provider_error");
    assert!(read.iter().all(|(_, data)| data != "[DONE]"));
    let first: Value = serde_json::from_str(&read[0].1).unwrap();
    let events = record(&server, first["id"].as_str().unwrap()).await;
    let Some(CompletionEvent::Failed(end)) = events.get(2) else {
        panic!("{events:?}")
    };
    assert_eq!(end.end.text, "partial ");
}

on_both_databases!(check);
