//! An order of texts is what was asked for, or an error of its own, in bounded time, without the key.

use std::time::Duration;

use aggregates::thread::Attempt;
use colloquy::providers::{Kind, ProviderConfig, ProviderError, RerankModel};
use serde_json::json;

use super::{KEY, NAME, openai, providers};
use crate::support::scripted::{Gate, Reply, Scripted};

async fn asked(upstream: &Scripted) -> (Result<Vec<(usize, f64)>, ProviderError>, Attempt) {
    let providers = providers([(NAME, openai(&upstream.url()))]);
    let model = RerankModel::new(&providers, NAME).unwrap();
    let texts = ["one", "two", "three"].map(str::to_owned);
    let model = model.within(Duration::from_millis(500));
    model.order("which?", &texts, 2).await
}

fn results(of: &[(usize, f64)]) -> Reply {
    let results: Vec<_> = of
        .iter()
        .map(|(index, score)| json!({ "index": index, "relevance_score": score }))
        .collect();
    Reply::json(&json!({ "results": results }).to_string())
}

#[test]
fn who_reranks_nothing_says_so() {
    let refused =
        |config: ProviderConfig| RerankModel::new(&providers([(NAME, config)]), NAME).err();
    let none = ProviderError::NoReranking {
        provider: NAME.to_owned(),
    };
    assert_eq!(refused(ProviderConfig::new(Kind::Ollama, "m")), Some(none));
    let providers = providers([(NAME, ProviderConfig::new(Kind::Ollama, "m"))]);
    let missing = RerankModel::new(&providers, "missing").err();
    assert!(matches!(missing, Some(ProviderError::Unknown { .. })));
}

#[tokio::test]
async fn an_order_is_best_first_however_it_comes() {
    let upstream = Scripted::start([results(&[(1, -2.5), (2, 0.75)])]).await;
    let (order, attempt) = asked(&upstream).await;
    assert_eq!(order.unwrap(), [(2, 0.75), (1, -2.5)]);
    assert!(attempt.usage.estimated && attempt.usage.prompt_tokens > 0);
    let sent = upstream.received().remove(0);
    assert_eq!(sent.path, "/v1/rerank");
    assert_eq!(
        sent.body,
        json!({ "model": "gpt-4o-mini", "query": "which?", "documents": ["one", "two", "three"], "top_n": 2 })
    );
}

#[tokio::test]
async fn what_is_no_order_of_these_texts_is_trusted_by_nobody() {
    for (reply, what) in [
        (results(&[]), "no results for 3 texts"),
        (
            results(&[(3, 1.0)]),
            "results whose places are not those of the texts",
        ),
        (
            results(&[(1, 1.0), (1, 0.5)]),
            "results whose places are not those of the texts",
        ),
        (
            Reply::json(r#"{"results":[{"index":0,"relevance_score":1e999}]}"#),
            "no results in an order (if it is a web page, check base_url)",
        ),
        (
            Reply::html(),
            "no results in an order (if it is a web page, check base_url)",
        ),
    ] {
        let upstream = Scripted::start([reply]).await;
        let (order, attempt) = asked(&upstream).await;
        let malformed = ProviderError::Malformed {
            provider: NAME.to_owned(),
            what: what.to_owned(),
        };
        assert_eq!(order, Err(malformed));
        assert!(attempt.error.is_some());
    }
}

#[tokio::test]
async fn a_failure_is_told_once_and_without_the_key() {
    let upstream = Scripted::start([Reply::error(503, &format!("busy with {KEY}"))]).await;
    let (order, attempt) = asked(&upstream).await;
    assert_eq!(order.unwrap_err().status(), Some(503));
    assert_eq!(
        (attempt.status, attempt.usage.prompt_tokens),
        (Some(503), 0)
    );
    assert!(!attempt.error.unwrap().contains(KEY));
    assert_eq!(upstream.received().len(), 1);
}

#[tokio::test]
async fn nobody_waits_for_one_that_never_comes() {
    let gate = Gate::closed();
    let upstream = Scripted::start([results(&[(0, 1.0)]).slow_first_byte(&gate)]).await;
    let (order, attempt) = asked(&upstream).await;
    assert!(
        matches!(order, Err(ProviderError::FirstByteTimeout { .. })),
        "{order:?}"
    );
    assert!(attempt.usage.estimated, "it may have read them");
    upstream.wait_for_leavers(1).await;
}
