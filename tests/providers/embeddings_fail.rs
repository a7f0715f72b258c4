//! Whatever comes instead of vectors ends in an error of its own, in bounded time and memory, without the key; what may
//! help is tried again, and nobody else is asked.

use std::time::Duration;

use colloquy::providers::{Embedded, Kind, ProviderConfig, ProviderError, Timeouts};
use serde_json::{Value, json};

use super::{
    KEY, NAME, NOWHERE,
    embeddings::{config, numbered},
    providers,
};
use crate::support::scripted::{Gate, Reply, Scripted};

async fn asked(config: ProviderConfig, texts: &[&str]) -> Result<Embedded, ProviderError> {
    let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
    providers([(NAME, config)]).embed(NAME, &texts).await
}

/// The error that the two texts' answer is.
async fn error(reply: Reply) -> ProviderError {
    let upstream = Scripted::start([reply]).await;
    let config = config(Kind::Custom, &upstream.url(), "/v1", "m");
    let error = asked(config, &["one", "two"]).await.unwrap_err();
    assert_eq!(upstream.received().len(), 1);
    assert!(!format!("{error} {error:?}").contains(KEY));
    error
}

fn data(vectors: &[(usize, Value)]) -> Reply {
    let data: Vec<_> = vectors
        .iter()
        .map(|(index, vector)| json!({ "index": index, "embedding": vector }))
        .collect();
    Reply::json(&json!({ "data": data }).to_string())
}

#[tokio::test]
async fn vectors_that_are_not_what_was_asked_for_are_trusted_by_nobody() {
    let long: Value = vec![0; (1 << 14) + 1].into();
    for (reply, what) in [
        (data(&[(0, json!([1]))]), "1 vectors for 2 texts"),
        (
            data(&[(0, json!([1])), (1, json!([1])), (2, json!([1]))]),
            "3 vectors for 2 texts",
        ),
        (
            data(&[(1, json!([1])), (1, json!([1]))]),
            "vectors whose places are not those of the texts",
        ),
        (
            data(&[(0, json!([1])), (7, json!([1]))]),
            "vectors whose places are not those of the texts",
        ),
        (
            data(&[(0, json!([1, 2])), (1, json!([1]))]),
            "vectors of 2 and of 1 numbers",
        ),
        (
            data(&[(0, json!([])), (1, json!([]))]),
            "a vector of 0 numbers",
        ),
        (
            data(&[(0, long.clone()), (1, long)]),
            "a vector of 16385 numbers",
        ),
        (
            data(&[(0, json!([1e300])), (1, json!([1]))]),
            "a vector with a number that is not finite",
        ),
        (
            data(&[(0, json!([null])), (1, json!([1]))]),
            "no list of vectors (if it is a web page, check base_url)",
        ),
        (
            Reply::html(),
            "no list of vectors (if it is a web page, check base_url)",
        ),
    ] {
        let malformed = ProviderError::Malformed {
            provider: NAME.to_owned(),
            what: what.to_owned(),
        };
        assert_eq!(error(reply).await, malformed);
    }
}

#[tokio::test]
async fn vectors_of_another_length_than_was_asked_for_are_none() {
    let answer = Reply::json(r#"{"embeddings":[[1,2,3]]}"#);
    let upstream = Scripted::start([answer]).await;
    let config = config(Kind::Ollama, &upstream.url(), "", "m");
    let all = providers([(NAME, config)]);
    let embeds = all.get(NAME).unwrap().embeds().unwrap();
    let mut embedding = all.embedding(embeds, vec!["one".to_owned()], Some(2));
    let Err(ProviderError::Malformed { what, .. }) = embedding.run().await else {
        panic!("it was taken")
    };
    assert_eq!(what, "vectors of 3 numbers, where 2 were asked for");
}

#[tokio::test]
async fn an_error_in_the_answer_is_told_in_the_providers_words() {
    let reply = Reply::json(r#"{"error":{"message":"the key sk-secret-key is worn out"}}"#);
    let failed = ProviderError::Failed {
        provider: NAME.to_owned(),
        message: "the key [secret] is worn out".to_owned(),
    };
    assert_eq!(error(reply).await, failed);
    let refused = error(Reply::error(400, "too long")).await;
    assert_eq!(refused.to_string(), "`upstream` answered 400: too long");
}

#[tokio::test]
async fn who_is_busy_is_asked_again_and_nobody_instead() {
    let upstream = Scripted::start([
        Reply::error(429, "slow down").header("retry-after", "0"),
        Reply::error(500, "oh"),
        numbered(3..4),
    ])
    .await;
    let other = Scripted::start([numbered(9..10), numbered(9..10)]).await;
    let of = |upstream: &Scripted| config(Kind::Custom, &upstream.url(), "/v1", "m");
    let all = providers([(NAME, of(&upstream)), ("other", of(&other))]);
    let texts = ["one".to_owned()];
    assert_eq!(all.embed(NAME, &texts).await.unwrap().vectors, [[3.0]]);
    assert_eq!(upstream.received().len(), 3);

    let all = providers([
        (NAME, config(Kind::Custom, NOWHERE, "", "m")),
        ("other", of(&other)),
    ]);
    let embeds = all.get(NAME).unwrap().embeds().unwrap();
    let mut embedding = all.embedding(embeds, texts.to_vec(), None);
    let gone = embedding.run().await;
    assert!(matches!(gone, Err(ProviderError::Unreachable { .. })));
    let (vectors, attempts) = embedding.end();
    assert_eq!((vectors.len(), attempts.len()), (0, 3));
    assert!(other.received().is_empty());
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_given_up() {
    let endless = Reply::json(r#"{"data":["#).endless(" ".repeat(1 << 20));
    assert!(matches!(
        error(endless).await,
        ProviderError::TooLarge { .. }
    ));
    let short = |url: &str| ProviderConfig {
        timeouts: Timeouts {
            first_byte: Duration::from_millis(50),
            idle: Duration::from_millis(50),
        },
        ..config(Kind::Custom, url, "/v1", "m")
    };
    let never = Gate::closed();
    let silent = Scripted::start([Reply::json("{}").slow_first_byte(&never)]).await;
    let error = asked(short(&silent.url()), &["one"]).await;
    assert!(matches!(error, Err(ProviderError::FirstByteTimeout { .. })));
    let gate = Gate::closed();
    let halves = Reply::json(r#"{"data":["#).then("]}").gate(&gate);
    gate.let_pass(1);
    let halting = Scripted::start([halves]).await;
    let error = asked(short(&halting.url()), &["one"]).await;
    assert!(matches!(error, Err(ProviderError::IdleTimeout { .. })));
}

#[tokio::test]
async fn what_was_sent_is_counted_though_nobody_waited_for_the_answer() {
    let gate = Gate::closed();
    let upstream = Scripted::start([numbered(0..1).slow_first_byte(&gate)]).await;
    let all = providers([(NAME, config(Kind::Custom, &upstream.url(), "/v1", "m"))]);
    let embeds = all.get(NAME).unwrap().embeds().unwrap();
    let mut embedding = all.embedding(embeds, vec!["hello there".to_owned()], None);
    tokio::select! {
        _ = embedding.run() => panic!("it was answered"),
        () = upstream.wait_for_requests(1) => {}
    }
    let (vectors, attempts) = embedding.end();
    assert!(vectors.is_empty());
    let [attempt] = &attempts[..] else {
        panic!("{attempts:?}")
    };
    assert!(attempt.usage.estimated && attempt.usage.prompt_tokens > 0);
    assert_eq!(attempt.error, None);
}
