//! Every fault of the wire ends in an error of its own, in bounded time and memory, without the key.

use std::time::Duration;

use aggregates::thread::FinishReason;
use colloquy::providers::{ProviderError, Providers, Settings, Timeouts, client};

use super::{KEY, NAME, NOWHERE, answer, error, in_front_of, ollama, openai, provider, wire};
use crate::support::scripted::{Gate, Reply, Scripted};

/// An OpenAI frame that says `text`.
fn saying(text: &str) -> String {
    serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}}]}).to_string()
}

const FINISHED: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

fn cut() -> ProviderError {
    ProviderError::Cut {
        provider: NAME.into(),
    }
}

#[tokio::test]
async fn an_error_status_is_told_with_the_providers_words() {
    for status in [400, 401, 403, 404, 408, 429, 500, 502, 503] {
        let upstream = Scripted::start([Reply::error(status, "no\n such  model")]).await;
        let error = error(&upstream).await;
        assert_eq!(error.retry_after(), None);
        let told = format!("`upstream` answered {status}: no such model");
        assert_eq!(error.to_string(), told);
        assert_eq!(error.is_transient(), status == 429 || status >= 500);
    }
}

#[tokio::test]
async fn retry_after_is_read_in_every_form() {
    let past = "Wed, 21 Oct 2015 07:28:00 GMT";
    for (header, value, wait) in [
        ("Retry-After", "7", Some(Duration::from_secs(7))),
        ("retry-after-ms", "1500", Some(Duration::from_millis(1500))),
        ("Retry-After", past, Some(Duration::ZERO)),
        ("Retry-After", "soon", None),
    ] {
        let reply = Reply::error(429, "slow down").header(header, value);
        let upstream = Scripted::start([reply]).await;
        assert_eq!(
            error(&upstream).await.retry_after(),
            wait,
            "{header}: {value}"
        );
    }
}

#[tokio::test]
async fn the_key_shows_up_in_no_error() {
    let upstream = Scripted::start([Reply::json(wire::OPENAI_ERROR).status(401)]).await;
    let error = error(&upstream).await;
    assert!(!format!("{error} {error:?}").contains(KEY));
    assert!(
        error
            .to_string()
            .contains("Incorrect API key provided: [secret].")
    );
}

#[tokio::test]
async fn long_words_are_cut_and_web_pages_left_out() {
    let long = Reply::error(400, &"ä".repeat(10_000));
    let page = Reply::html().status(502);
    let text = Reply::json("upstream overloaded").status(503);
    let upstream = Scripted::start([long, page, text]).await;
    assert!(error(&upstream).await.to_string().chars().count() < 350);
    assert_eq!(
        error(&upstream).await.to_string(),
        "`upstream` answered 502"
    );
    let told = "`upstream` answered 503: upstream overloaded";
    assert_eq!(error(&upstream).await.to_string(), told);
}

#[tokio::test]
async fn nobody_listening_is_told_without_the_address() {
    let mut config = openai("");
    config.base_url = Some(NOWHERE.to_owned());
    let error = answer(&provider(config)).await.error.unwrap();
    assert_eq!(error.kind(), "unreachable");
    assert!(error.is_transient());
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn a_connection_cut_in_mid_answer_keeps_what_came() {
    let reply = Reply::recorded_sse(wire::OPENAI_TEXT).cut_after(4);
    let upstream = Scripted::start([reply]).await;
    let answer = answer(&in_front_of(&upstream)).await;
    assert_eq!(answer.text, "Grüß Gott!");
    assert_eq!(answer.error, Some(cut()));
    assert_eq!(answer.finish, None);
}

#[tokio::test]
async fn an_answer_that_ends_early_but_politely_is_cut_too() {
    let openai = Reply::sse([saying("Hal")]);
    let in_mid_frame = Reply::sse([saying("Hal")])
        .until_close()
        .then("data: {\"cho");
    let upstream = Scripted::start([openai, in_mid_frame]).await;
    for _ in 0..2 {
        let answer = answer(&in_front_of(&upstream)).await;
        assert_eq!((answer.text.as_str(), answer.error), ("Hal", Some(cut())));
    }

    let lines = Reply::recorded_ndjson(wire::OLLAMA_TEXT);
    let upstream =
        Scripted::start([lines.clone().cut_after(2), lines.until_close().cut_after(2)]).await;
    for _ in 0..2 {
        let answer = answer(&provider(ollama(&upstream.url()))).await;
        assert_eq!(
            (answer.text.as_str(), answer.error),
            ("The sky", Some(cut()))
        );
    }
}

#[tokio::test]
async fn an_answer_is_whole_with_either_sign_of_its_end() {
    let only_reason = Reply::sse([saying("Hallo"), FINISHED.to_owned()]);
    let only_done = Reply::sse([saying("Hallo"), "[DONE]".to_owned()]);
    let cut_after_reason = only_reason.clone().then(": never sent\n\n").cut_after(2);
    let upstream = Scripted::start([only_reason, only_done, cut_after_reason]).await;
    for _ in 0..3 {
        let answer = answer(&in_front_of(&upstream)).await;
        assert_eq!((answer.text.as_str(), answer.error), ("Hallo", None));
        assert_eq!(answer.finish, Some(FinishReason::Stop));
        assert_eq!(answer.usage, None);
    }
}

#[tokio::test]
async fn a_gateways_comments_and_late_usage_are_understood() {
    let upstream = Scripted::start([Reply::recorded_sse(wire::GATEWAY_TEXT)]).await;
    let answer = answer(&in_front_of(&upstream)).await;
    assert_eq!((answer.text.as_str(), answer.error), ("Two words", None));
    assert_eq!(answer.finish, Some(FinishReason::Length));
    let usage = answer.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens), (12, 2));
    assert!(!usage.estimated);
}

#[tokio::test]
async fn an_error_of_null_is_none() {
    let frame = r#"{"error":null,"choices":[{"delta":{"content":"Hallo"},"finish_reason":null}]}"#;
    let last = r#"{"error":null,"choices":[{"delta":{"content":"!"},"finish_reason":"stop"}]}"#;
    let upstream = Scripted::start([Reply::sse([frame, last, "[DONE]"])]).await;
    let answer = answer(&in_front_of(&upstream)).await;
    assert_eq!((answer.text.as_str(), answer.error), ("Hallo!", None));
}

#[tokio::test]
async fn an_error_in_mid_answer_is_told() {
    let words = r#"{"error":{"message":"the model crashed","type":"server_error"}}"#;
    let status = r#"{"error":{"message":"try later","code":503}}"#;
    let upstream = Scripted::start([
        Reply::sse([saying("Hal").as_str(), words]),
        Reply::sse([status]),
    ])
    .await;
    let told = error(&upstream).await.to_string();
    assert_eq!(told, "`upstream` failed: the model crashed");
    assert!(error(&upstream).await.is_transient());

    let line = "{\"error\":\"llama runner terminated\"}\n";
    let reply = Reply::recorded_ndjson(wire::OLLAMA_TEXT).cut_after(3);
    let reply = reply.until_close();
    let broken = Reply::recorded_ndjson("{\"message\":{\"content\":\"Hal\"},\"done\":false}\n");
    let upstream = Scripted::start([broken.then(line), reply]).await;
    let answer = answer(&provider(ollama(&upstream.url()))).await;
    assert_eq!(answer.text, "Hal");
    let told = answer.error.unwrap().to_string();
    assert_eq!(told, "`upstream` failed: llama runner terminated");
}

#[tokio::test]
async fn a_malformed_frame_is_an_error() {
    let upstream = Scripted::start([
        Reply::sse([saying("Hal")])
            .malformed()
            .then("data: [DONE]\n\n"),
        // Without its end, but not the end.
        Reply::sse([saying("Hal").as_str(), "{\"choices\":", "[DONE]"]),
        Reply::sse([saying("Hal")]).then(b"data: \xff\xfe\n\n"),
    ])
    .await;
    for _ in 0..3 {
        let answer = answer(&in_front_of(&upstream)).await;
        assert_eq!(answer.text, "Hal");
        assert_eq!(answer.error.unwrap().kind(), "malformed");
    }
    let upstream = Scripted::start([Reply::recorded_ndjson("{\"message\": oops}\n")]).await;
    let answer = answer(&provider(ollama(&upstream.url()))).await;
    assert_eq!(answer.error.unwrap().kind(), "malformed");
}

#[tokio::test]
async fn a_web_page_is_no_answer() {
    let upstream = Scripted::start([Reply::html(), Reply::json("{}"), Reply::html()]).await;
    for _ in 0..2 {
        let error = error(&upstream).await;
        assert_eq!(error.kind(), "malformed");
        assert!(error.to_string().contains("check base_url"), "{error}");
    }
    let answer = answer(&provider(ollama(&upstream.url()))).await;
    assert_eq!(answer.error.unwrap().kind(), "malformed");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Scripted::start([]).await;
    let reply = Reply::html()
        .status(307)
        .header("Location", &elsewhere.url());
    let upstream = Scripted::start([reply]).await;
    assert_eq!(error(&upstream).await.kind(), "redirected");
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_provider_that_does_not_begin_is_given_up() {
    let gate = Gate::closed();
    let slow_head = Reply::recorded_sse(wire::OPENAI_TEXT).slow_first_byte(&gate);
    let slow_body = Reply::recorded_sse(wire::OPENAI_TEXT).gate(&gate);
    let upstream = Scripted::start([slow_head, slow_body]).await;
    let mut config = openai(&upstream.url());
    config.timeouts.first_byte = Duration::from_millis(200);
    let provider = provider(config);
    for gone in 1..=2 {
        let error = answer(&provider).await.error.unwrap();
        assert_eq!(error.kind(), "first_byte_timeout");
        assert!(error.to_string().contains("0.2 s"), "{error}");
        upstream.wait_for_leavers(gone).await;
    }
}

#[tokio::test]
async fn a_provider_that_falls_silent_is_given_up() {
    let gate = Gate::closed();
    gate.let_pass(2);
    let upstream = Scripted::start([Reply::recorded_sse(wire::OPENAI_TEXT).gate(&gate)]).await;
    let mut config = openai(&upstream.url());
    config.timeouts.idle = Duration::from_millis(300);
    let answer = answer(&provider(config)).await;
    assert_eq!(answer.text, "Grüß");
    assert_eq!(answer.error.unwrap().kind(), "idle_timeout");
    upstream.wait_for_leavers(1).await;
}

#[tokio::test]
async fn comments_keep_a_thinking_provider_from_being_given_up() {
    let comments = Reply::recorded_sse(&": PROCESSING\n\n".repeat(60));
    let reply = comments.paced(Duration::from_millis(10));
    let reply = reply.then(format!("data: {}\n\n", saying("Hallo")));
    let upstream = Scripted::start([reply.then("data: [DONE]\n\n")]).await;
    let mut config = openai(&upstream.url());
    config.timeouts = Timeouts {
        first_byte: Duration::from_millis(300),
        idle: Duration::from_millis(300),
    };
    let answer = answer(&provider(config)).await;
    assert_eq!((answer.text.as_str(), answer.error), ("Hallo", None));
}

#[tokio::test]
async fn a_provider_that_stays_after_its_answer_is_not_waited_for() {
    let gate = Gate::closed();
    gate.let_pass(2);
    let reply = Reply::sse([saying("Hallo"), FINISHED.to_owned(), "[DONE]".to_owned()]);
    let upstream = Scripted::start([reply.gate(&gate)]).await;
    let mut config = openai(&upstream.url());
    config.timeouts.idle = Duration::from_millis(300);
    let answer = answer(&provider(config)).await;
    assert_eq!((answer.text.as_str(), answer.error), ("Hallo", None));
    assert_eq!(answer.finish, Some(FinishReason::Stop));
}

#[tokio::test]
async fn an_answer_without_end_is_ended() {
    let frame = format!("data: {}\n\n", saying(&"a".repeat(64 << 10)));
    let reply = Reply::recorded_sse("").endless(frame);
    let upstream = Scripted::start([reply]).await;
    let answer = answer(&in_front_of(&upstream)).await;
    assert_eq!(answer.error.unwrap().kind(), "too_large");
    assert!(answer.text.len() <= 4 << 20);
    upstream.wait_for_leavers(1).await;
}

/// On several threads, where bytes come in faster than they are looked through.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_end_is_ended_by_the_clients_deadline() {
    client().unwrap();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(1));
    let upstream = Scripted::start([Reply::html().endless("<p>".repeat(20_000))]).await;
    let settings = Settings {
        providers: [(NAME.to_owned(), openai(&upstream.url()))].into(),
        ..Settings::default()
    };
    let providers = Providers::new(&settings, &client.build().unwrap()).unwrap();
    let answer = answer(&providers.get(NAME).unwrap()).await;
    assert_eq!(answer.error.unwrap().kind(), "too_slow");
    upstream.wait_for_leavers(1).await;
}

#[tokio::test]
async fn nul_is_replaced() {
    let upstream = Scripted::start([Reply::sse([saying("a\0b").as_str(), FINISHED])]).await;
    assert_eq!(answer(&in_front_of(&upstream)).await.text, "a\u{FFFD}b");
}
