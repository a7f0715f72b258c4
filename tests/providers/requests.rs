//! The bytes that each family of providers must receive.

use colloquy::providers::{Image, Message, ProviderConfig, Request};
use serde_json::{Value, json};

use super::{
    Answer, KEY,
    families::{self, Family},
    provider,
};
use crate::support::scripted::{Received, Scripted};

async fn sent_by(
    family: Family,
    alter: impl FnOnce(&mut ProviderConfig),
    request: Request,
) -> Received {
    let upstream = Scripted::start([family.replay(family.text)]).await;
    let mut config = family.config(&upstream.url());
    alter(&mut config);
    let answer = Answer::of(provider(config).stream(request)).await;
    assert_eq!(answer.error, None);
    let request = upstream.received().pop().unwrap();
    assert_eq!(request.method, "POST");
    assert_eq!(request.headers["content-type"], "application/json");
    request
}

async fn sent(family: Family) -> Received {
    sent_by(family, |_| {}, conversation()).await
}

/// A conversation with a failed answer in it, which leaves two messages of the person in a row.
fn conversation() -> Request {
    Request {
        system: Some("Be brief.".into()),
        messages: vec![
            Message::user("Hello"),
            Message::assistant("Hi."),
            Message::user("How are you?"),
            Message::user("And now?"),
        ],
        ..Request::default()
    }
}

/// The same after a cut, so that it begins with an answer, and with an image.
fn cut_conversation() -> Request {
    let question = Message {
        images: vec![Image(vec![1, 2, 3].into())],
        ..Message::user("What is this?")
    };
    Request {
        messages: vec![Message::assistant("Hi."), question],
        ..Request::default()
    }
}

/// The headers that could hold a key, as they came.
fn keys(request: &Received) -> Vec<(&str, &str)> {
    let headers = request.headers.iter();
    headers
        .filter(|(_, value)| value.contains(KEY))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn openai_messages() -> Value {
    json!([
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi."},
        {"role": "user", "content": "How are you?"},
        {"role": "user", "content": "And now?"},
    ])
}

#[tokio::test]
async fn who_speaks_like_openai_gets_all_messages_and_a_bearers_key() {
    let bearer = format!("Bearer {KEY}");
    for (family, path) in [
        (families::openai(), "/v1/chat/completions"),
        (families::groq(), "/openai/v1/chat/completions"),
        (families::openrouter(), "/api/v1/chat/completions"),
        (families::xai(), "/v1/chat/completions"),
        (families::compatible(), "/v1/chat/completions"),
    ] {
        let request = sent(family).await;
        assert_eq!(request.path, path);
        assert_eq!(keys(&request), [("authorization", bearer.as_str())]);
        assert_eq!(
            request.body,
            json!({
                "model": family.model,
                "stream": true,
                "stream_options": {"include_usage": true},
                "messages": openai_messages(),
            })
        );
    }
}

#[tokio::test]
async fn azure_gets_the_deployment_as_model_and_the_key_in_its_own_header() {
    let request = sent(families::azure()).await;
    assert_eq!(request.path, "/openai/v1/chat/completions");
    assert_eq!(keys(&request), [("api-key", KEY)]);
    assert_eq!(request.body["model"], "my-deployment");
    assert_eq!(request.body["messages"], openai_messages());
}

#[tokio::test]
async fn anthropic_gets_the_system_prompt_apart_turns_that_alternate_and_a_limit() {
    let request = sent(families::anthropic()).await;
    assert_eq!(request.path, "/v1/messages");
    assert_eq!(keys(&request), [("x-api-key", KEY)]);
    assert_eq!(request.headers["anthropic-version"], "2023-06-01");
    let text = |text: &str| json!({"type": "text", "text": text});
    assert_eq!(
        request.body,
        json!({
            "model": "claude-opus-4-20250514",
            "max_tokens": 32_000,
            "stream": true,
            "system": "Be brief.",
            "messages": [
                {"role": "user", "content": [text("Hello")]},
                {"role": "assistant", "content": [text("Hi.")]},
                {"role": "user", "content": [text("How are you?"), text("And now?")]},
            ],
        })
    );
}

#[tokio::test]
async fn google_gets_the_model_in_the_path_and_its_own_names_for_roles() {
    let request = sent(families::google()).await;
    assert_eq!(
        request.path,
        "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    );
    assert_eq!(keys(&request), [("x-goog-api-key", KEY)]);
    assert_eq!(
        request.body,
        json!({
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [
                {"role": "user", "parts": [{"text": "Hello"}]},
                {"role": "model", "parts": [{"text": "Hi."}]},
                {"role": "user", "parts": [{"text": "How are you?"}, {"text": "And now?"}]},
            ],
        })
    );
}

#[tokio::test]
async fn bedrock_gets_the_model_in_the_path_and_turns_that_alternate() {
    let request = sent(families::bedrock()).await;
    assert_eq!(
        request.path,
        "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream"
    );
    let bearer = format!("Bearer {KEY}");
    assert_eq!(keys(&request), [("authorization", bearer.as_str())]);
    assert_eq!(
        request.body,
        json!({
            "system": [{"text": "Be brief."}],
            "messages": [
                {"role": "user", "content": [{"text": "Hello"}]},
                {"role": "assistant", "content": [{"text": "Hi."}]},
                {"role": "user", "content": [{"text": "How are you?"}, {"text": "And now?"}]},
            ],
        })
    );
}

#[tokio::test]
async fn an_ollama_gets_the_conversation_at_its_own_endpoint() {
    let request = sent_by(
        families::ollama(),
        |config| config.api_key = None,
        conversation(),
    )
    .await;
    assert_eq!(request.path, "/api/chat");
    assert_eq!(
        request.body,
        json!({"model": "llama3.2", "stream": true, "messages": openai_messages()})
    );
}

#[tokio::test]
async fn an_ollama_is_told_not_to_think_where_nobody_wants_to_see_it() {
    for without_reasoning in [false, true] {
        let request = Request {
            without_reasoning,
            ..Request::of("Hello")
        };
        let request = sent_by(families::ollama(), |_| {}, request).await;
        let think = request.body.get("think").cloned();
        assert_eq!(think, without_reasoning.then_some(false.into()));
    }
}

#[tokio::test]
async fn a_family_that_thinks_when_asked_is_asked_unless_nobody_wants_to_see_it() {
    for (family, place, thinking, most) in [
        (
            families::anthropic(),
            "/thinking",
            json!({"type": "enabled", "budget_tokens": 2048}),
            "/max_tokens",
        ),
        (
            families::google(),
            "/generationConfig/thinkingConfig",
            json!({"includeThoughts": true, "thinkingBudget": 2048}),
            "/generationConfig/maxOutputTokens",
        ),
    ] {
        for (allowed, without_reasoning, expected) in [
            (Some(2048), false, Some(&thinking)),
            (Some(2048), true, None),
            (None, false, None),
        ] {
            let request = Request {
                without_reasoning,
                ..Request::of("Hello")
            };
            let setting = |config: &mut ProviderConfig| {
                config.output_tokens = Some(1000);
                config.thinking_tokens = allowed;
            };
            let sent = sent_by(family, setting, request).await.body;
            assert_eq!(sent.pointer(place), expected, "{sent}");
            // What is thought is written, too.
            let written = 1000 + allowed.unwrap_or(0);
            assert_eq!(sent.pointer(most), Some(&written.into()), "{sent}");
        }
    }
}

#[tokio::test]
async fn every_family_gets_images_in_its_own_shape() {
    let see = |config: &mut ProviderConfig| config.vision = Some(true);
    for (family, place, shape) in [
        (
            families::openai(),
            "/messages/1/content",
            json!([
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AQID"}},
            ]),
        ),
        (
            families::anthropic(),
            "/messages/0/content",
            json!([
                {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "AQID"}},
                {"type": "text", "text": "What is this?"},
            ]),
        ),
        (
            families::google(),
            "/contents/0/parts",
            json!([
                {"inlineData": {"mimeType": "image/jpeg", "data": "AQID"}},
                {"text": "What is this?"},
            ]),
        ),
        (
            families::bedrock(),
            "/messages/0/content",
            json!([
                {"image": {"format": "jpeg", "source": {"bytes": "AQID"}}},
                {"text": "What is this?"},
            ]),
        ),
        (families::ollama(), "/messages/1/images", json!(["AQID"])),
    ] {
        let request = sent_by(family, see, cut_conversation()).await;
        assert_eq!(
            request.body.pointer(place),
            Some(&shape),
            "{}",
            request.body
        );
    }
}

#[tokio::test]
async fn a_limit_of_the_answer_is_asked_for_by_each_familys_name() {
    let limit = |config: &mut ProviderConfig| {
        config.output_tokens = Some(777);
        config.context_tokens = Some(9_999);
    };
    for (family, place) in [
        (families::openai(), "/max_completion_tokens"),
        (families::azure(), "/max_completion_tokens"),
        (families::groq(), "/max_tokens"),
        (families::anthropic(), "/max_tokens"),
        (families::google(), "/generationConfig/maxOutputTokens"),
        (families::bedrock(), "/inferenceConfig/maxTokens"),
        (families::ollama(), "/options/num_predict"),
    ] {
        let request = sent_by(family, limit, conversation()).await;
        assert_eq!(request.body.pointer(place), Some(&json!(777)), "{place}");
    }
    let request = sent_by(families::ollama(), limit, conversation()).await;
    assert_eq!(request.body["options"]["num_ctx"], 9_999);
}

#[tokio::test]
async fn a_server_without_a_key_gets_none() {
    for family in [
        families::compatible(),
        families::anthropic(),
        families::google(),
    ] {
        let request = sent_by(family, |config| config.api_key = None, conversation()).await;
        for header in ["authorization", "x-api-key", "x-goog-api-key", "api-key"] {
            assert!(!request.headers.contains_key(header), "{header}");
        }
    }
}

#[tokio::test]
async fn a_model_is_asked_for_by_the_name_it_is_configured_with() {
    for model in [
        "my-model-high",
        "vendor::model",
        "vendor/model:free",
        "o3-mini-low",
    ] {
        for family in [
            families::compatible(),
            families::ollama(),
            families::anthropic(),
        ] {
            let name = |config: &mut ProviderConfig| config.model = model.to_owned();
            let request = sent_by(family, name, Request::of("Hello")).await;
            assert_eq!(request.body["model"], model);
            assert_eq!(request.body.get("reasoning_effort"), None);
        }
    }
}
