//! A provider that fails, a client that leaves, a server that dies: told as an error, recorded, and done once.

use std::time::Duration;

use aggregates::embedding::EmbeddingEvent;
use reqwest::Method;
use serde_json::{Value, json};

use super::{VECTORS, embed, embeddings, says, vectors};
use crate::{
    dialects::{assistant::upstream, on_both_databases},
    support::{
        client::{Answer, Client, answer},
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
        server::Server,
    },
};

async fn named(who: &Client, key: &str, body: &Value) -> Answer {
    let request = who.request(Method::POST, VECTORS);
    let request = request.header("idempotency-key", key).json(body);
    answer(request).await.unwrap()
}

/// The ends of all embeddings, once there are so many: why each failed, and what its calls said.
async fn ends(server: &Server, count: usize) -> Vec<(Option<String>, Vec<Option<String>>)> {
    loop {
        let events = embeddings(server).await.into_iter();
        let ends: Vec<_> = events
            .filter_map(|event| match event {
                EmbeddingEvent::Completed(end) | EmbeddingEvent::Failed(end) => Some(end),
                _ => None,
            })
            .map(|end| {
                let attempts = end.attempts.into_iter().map(|attempt| attempt.error);
                (end.error, attempts.collect())
            })
            .collect();
        if ends.len() >= count {
            return ends;
        }
        tokio::task::yield_now().await;
    }
}

async fn check(database: TestDatabase) {
    let (never, late) = (Gate::closed(), Gate::closed());
    let upstream = Scripted::start([
        Reply::error(400, "no such thing"),
        Reply::error(429, "slow down").header("retry-after", "0"),
        vectors(1),
        vectors(1).slow_first_byte(&never),
        vectors(1).slow_first_byte(&late),
        vectors(1).slow_first_byte(&never),
    ])
    .await;
    let other = Scripted::start(Vec::<Reply>::new()).await;
    let url = format!("{}/v1", other.url());
    let more = [
        ("PROVIDERS__OTHER__KIND", "custom"),
        ("PROVIDERS__OTHER__MODEL", "m"),
        ("PROVIDERS__OTHER__BASE_URL", &url),
        ("FALLBACK", "other"),
    ];
    let (mut server, alice) = upstream::server_with(database, &upstream, &more).await;
    let text = embed("one");

    // Failed for good, and told so again under the same name.
    for _ in 0..2 {
        let failed = named(&alice, "fails", &text).await;
        assert_eq!(failed.headers["x-should-retry"], "false");
        let sentence = "`up` answered 400: no such thing";
        let code = json!("provider_error");
        says(&failed, 502, sentence, "api_error", Value::Null, code);
    }
    // Asked again where that helps. What was told once is not kept.
    let served = named(&alice, "works", &text).await;
    assert_eq!(served.status, 200, "{}", served.body);
    let again = named(&alice, "works", &text).await;
    assert_eq!(again.headers["x-should-retry"], "false");
    let sentence = "This request was served before, and its vectors were not kept; ask again with another Idempotency-Key.";
    let (param, code) = (json!("Idempotency-Key"), json!("idempotency_key_in_use"));
    let kind = "invalid_request_error";
    says(&again, 409, sentence, kind, param.clone(), code.clone());
    let differs = named(&alice, "works", &embed("two")).await;
    let sentence = "This Idempotency-Key was used with another request.";
    says(&differs, 409, sentence, kind, param.clone(), code.clone());
    // A week later the name is remembered no longer; what was made under it is there.
    let store = server.store().await;
    store.forget_commands(i64::MAX).await.unwrap();
    let late_again = named(&alice, "works", &text).await;
    let sentence = "This Idempotency-Key was used long ago; ask again with another one.";
    says(&late_again, 409, sentence, kind, param, code);
    assert_eq!(upstream.received().len(), 3);

    // Who leaves ends it.
    let leaving = alice.request(Method::POST, VECTORS).json(&text);
    let leaving = leaving.timeout(Duration::from_millis(300)).send();
    let (left, ()) = tokio::join!(leaving, upstream.wait_for_requests(4));
    assert!(left.is_err());
    upstream.wait_for_leavers(1).await;
    let all = ends(&server, 3).await;
    let slow = Some("`up` answered 429: slow down".to_owned());
    let no = Some("`up` answered 400: no such thing".to_owned());
    assert_eq!(
        all,
        [
            (no.clone(), vec![no]),
            (None, vec![slow, None]),
            (Some("whoever asked has left".to_owned()), vec![None]),
        ]
    );

    // Unless the request has a name: then it goes on.
    let request = alice.request(Method::POST, VECTORS).json(&text);
    let request = request.header("idempotency-key", "goes on");
    let leaving = request.timeout(Duration::from_millis(300)).send();
    let (left, ()) = tokio::join!(leaving, upstream.wait_for_requests(5));
    assert!(left.is_err());
    late.let_pass(1);
    assert_eq!(ends(&server, 4).await[3], (None, vec![None]));

    // A server that dies leaves nothing open behind.
    let request = alice.request(Method::POST, VECTORS).json(&text);
    let asking = request.header("idempotency-key", "dies").send();
    let dying = async {
        upstream.wait_for_requests(6).await;
        server.kill().await;
    };
    let (left, ()) = tokio::join!(asking, dying);
    assert!(left.is_err());
    let server = server.start_again().await;
    let all = ends(&server, 5).await;
    let sentence = "the server stopped before the vectors were there";
    assert_eq!(all[4], (Some(sentence.to_owned()), vec![]));
    let again = named(&alice.at(server.address), "dies", &text).await;
    assert_eq!(again.body["error"]["message"], sentence);
    assert_eq!(upstream.received().len(), 6);
    // Nobody has stood in.
    assert!(other.received().is_empty());
}

on_both_databases!(check);
