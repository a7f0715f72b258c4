//! Every fault of the wire ends in an error of its own, in bounded time and memory, without the key.

use std::time::Duration;

use aggregates::thread::FinishReason;
use colloquy::providers::{ProviderError, Providers, Settings, Timeouts, client};

use super::{
    KEY, NAME, NOWHERE, answer, error, families, in_front_of, ollama, openai, provider, wire,
};
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
async fn google_says_in_its_error_when_to_come_back() {
    let body = include_str!("wire/google_error.json");
    let upstream = Scripted::start([Reply::json(body).status(429)]).await;
    let wait = error(&upstream).await.retry_after();
    assert_eq!(wait, Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn an_error_within_the_answer_has_the_status_that_it_would_have_had_before() {
    let overloaded =
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let unavailable = r#"{"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE"}}"#;
    for (family, frame, status) in [
        (families::anthropic(), overloaded, 529),
        (families::google(), unavailable, 503),
    ] {
        let upstream = Scripted::start([Reply::sse([frame])]).await;
        let error = answer(&provider(family.config(&upstream.url())))
            .await
            .error;
        let error = error.unwrap();
        assert_eq!(
            error.to_string(),
            format!("`upstream` answered {status}: Overloaded")
        );
        assert!(error.is_transient());
    }
    let family = families::bedrock();
    let exception = r#"{"message":"Too many tokens"}"#;
    let frame = families::message("throttlingException", exception.as_bytes());
    let upstream = Scripted::start([family.frames([frame])]).await;
    let error = answer(&provider(family.config(&upstream.url())))
        .await
        .error;
    assert_eq!(
        error.unwrap().to_string(),
        "`upstream` answered 429: Too many tokens"
    );
}

#[tokio::test]
async fn a_prompt_that_google_blocks_is_a_failure_with_its_reason() {
    let family = families::google();
    let frame = r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}}"#;
    let upstream = Scripted::start([Reply::sse([frame])]).await;
    let error = answer(&provider(family.config(&upstream.url())))
        .await
        .error;
    assert_eq!(
        error.unwrap().to_string(),
        "`upstream` failed: the prompt was blocked (PROHIBITED_CONTENT)"
    );
}

#[tokio::test]
async fn a_message_that_was_damaged_on_its_way_is_an_error() {
    let family = families::bedrock();
    let mut frame = family.says("Hallo");
    let middle = frame.len() / 2;
    frame[middle] ^= 1;
    let upstream = Scripted::start([family.frames([family.says("Hal"), frame])]).await;
    let answer = answer(&provider(family.config(&upstream.url()))).await;
    assert_eq!(answer.text, "Hal");
    assert_eq!(answer.error.unwrap().kind(), "malformed");
}

#[tokio::test]
async fn an_answer_that_drips_for_ever_is_ended_by_the_clients_deadline() {
    client().unwrap();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(1));
    let drips = Reply::sse([saying("Hal")]).endless(": still here\n\n");
    let upstream = Scripted::start([drips.paced(Duration::from_millis(10))]).await;
    let settings = Settings {
        providers: [(NAME.to_owned(), openai(&upstream.url()))].into(),
        default_provider: NAME.to_owned(),
        ..Settings::default()
    };
    let providers = Providers::new(&settings, &client.build().unwrap()).unwrap();
    let answer = answer(&providers.get(NAME).unwrap()).await;
    assert_eq!(answer.text, "Hal");
    assert_eq!(answer.error.unwrap().kind(), "too_slow");
    upstream.wait_for_leavers(1).await;
}

#[tokio::test]
async fn a_hundred_answers_at_once_do_not_mix() {
    let upstream = Scripted::always(Reply::recorded_sse(wire::OPENAI_TEXT)).await;
    let provider = in_front_of(&upstream);
    let answers = (0..100).map(|_| answer(&provider));
    for answer in futures_util::future::join_all(answers).await {
        assert_eq!(answer.text, "Grüß Gott! How can I help you today?");
        assert_eq!(answer.finish, Some(FinishReason::Stop));
    }
}
