//! What a provider is sent.

use colloquy::providers::{Message, ProviderConfig, Request};
use serde_json::json;

use super::{Answer, KEY, ollama, openai, provider, wire};
use crate::support::scripted::{Received, Reply, Scripted};

async fn sent(config: ProviderConfig, upstream: &Scripted, request: Request) -> Received {
    let answer = Answer::of(provider(config).stream(request)).await;
    assert_eq!(answer.error, None);
    upstream.received().pop().unwrap()
}

fn conversation() -> Request {
    Request {
        system: Some("Be brief.".into()),
        messages: vec![
            Message::user("Hello"),
            Message::assistant("Hi."),
            Message::user("How are you?"),
        ],
        ..Request::default()
    }
}

#[tokio::test]
async fn an_openai_compatible_server_gets_the_conversation_and_the_key() {
    let upstream = Scripted::start([Reply::recorded_sse(wire::OPENAI_TEXT)]).await;
    let request = sent(openai(&upstream.url()), &upstream, conversation()).await;
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, "/v1/chat/completions");
    assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(
        request.body,
        json!({
            "model": "gpt-4o-mini",
            "stream": true,
            "stream_options": {"include_usage": true},
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": "Hi."},
                {"role": "user", "content": "How are you?"},
            ],
        })
    );
}

#[tokio::test]
async fn an_ollama_gets_the_conversation_at_its_own_endpoint() {
    let upstream = Scripted::start([Reply::recorded_ndjson(wire::OLLAMA_TEXT)]).await;
    let request = sent(ollama(&upstream.url()), &upstream, conversation()).await;
    assert_eq!(request.path, "/api/chat");
    assert!(!request.headers.contains_key("authorization"));
    assert_eq!(request.body["model"], "llama3.2");
    assert_eq!(request.body["stream"], true);
    assert_eq!(request.body["messages"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn an_ollama_is_told_not_to_think_where_nobody_wants_to_see_it() {
    for without_reasoning in [false, true] {
        let upstream = Scripted::start([Reply::recorded_ndjson(wire::OLLAMA_TEXT)]).await;
        let request = Request {
            without_reasoning,
            ..Request::of("Hello")
        };
        let request = sent(ollama(&upstream.url()), &upstream, request).await;
        let think = request.body.get("think").cloned();
        assert_eq!(think, without_reasoning.then_some(false.into()));
    }
}

#[tokio::test]
async fn a_server_without_a_key_gets_no_authorization() {
    let upstream = Scripted::start([Reply::recorded_sse(wire::OPENAI_TEXT)]).await;
    let mut config = openai(&upstream.url());
    config.api_key = None;
    let request = sent(config, &upstream, Request::of("Hello")).await;
    assert!(!request.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_model_is_asked_for_by_the_name_it_is_configured_with() {
    for model in [
        "my-model-high",
        "vendor::model",
        "vendor/model:free",
        "o3-mini-low",
    ] {
        let upstream = Scripted::start([
            Reply::recorded_sse(wire::OPENAI_TEXT),
            Reply::recorded_ndjson(wire::OLLAMA_TEXT),
        ])
        .await;
        for mut config in [openai(&upstream.url()), ollama(&upstream.url())] {
            config.model = model.to_owned();
            let request = sent(config, &upstream, Request::of("Hello")).await;
            assert_eq!(request.body["model"], model);
            assert_eq!(request.body.get("reasoning_effort"), None);
        }
    }
}
