//! What every provider promises, run over each of them.

use std::{sync::Arc, time::Duration};

use aggregates::thread::FinishReason;
use colloquy::providers::{Delta, Echo, Kind, Provider, ProviderConfig, Request};
use futures_util::{FutureExt, StreamExt};

use super::{Answer, ollama, openai, provider, wire};
use crate::support::scripted::{Gate, Reply, Scripted};

/// A provider that is about to answer, and what it will say.
struct Subject {
    provider: Arc<dyn Provider>,
    upstream: Option<Scripted>,
    text: &'static str,
    reasoning: &'static str,
}

const ECHOED: &str = "This is an echo, not a model. You said: How  are\nyou?";

async fn echo(_: Option<&Gate>) -> Subject {
    Subject {
        provider: provider(ProviderConfig::new(Kind::Echo, "")),
        upstream: None,
        text: ECHOED,
        reasoning: "",
    }
}

async fn behind(
    config: fn(&str) -> ProviderConfig,
    reply: Reply,
    gate: Option<&Gate>,
    (text, reasoning): (&'static str, &'static str),
) -> Subject {
    let reply = match gate {
        Some(gate) => reply.gate(gate),
        None => reply,
    };
    let upstream = Scripted::start([reply]).await;
    Subject {
        provider: provider(config(&upstream.url())),
        upstream: Some(upstream),
        text,
        reasoning,
    }
}

async fn openai_text(gate: Option<&Gate>) -> Subject {
    let expected = ("Grüß Gott! How can I help you today?", "");
    behind(
        openai,
        Reply::recorded_sse(wire::OPENAI_TEXT),
        gate,
        expected,
    )
    .await
}

async fn openai_reasoning(gate: Option<&Gate>) -> Subject {
    let expected = ("9.8 is larger.", "Nine and eleven: compare decimals.");
    behind(
        openai,
        Reply::recorded_sse(wire::OPENAI_REASONING),
        gate,
        expected,
    )
    .await
}

async fn ollama_text(gate: Option<&Gate>) -> Subject {
    let expected = ("The sky is blue because of scattering.", "");
    behind(
        ollama,
        Reply::recorded_ndjson(wire::OLLAMA_TEXT),
        gate,
        expected,
    )
    .await
}

async fn ollama_thinking(gate: Option<&Gate>) -> Subject {
    let expected = ("Yes.", "Short question.");
    behind(
        ollama,
        Reply::recorded_ndjson(wire::OLLAMA_THINKING),
        gate,
        expected,
    )
    .await
}

macro_rules! contract {
    ($($subject:ident),+) => {$(
        mod $subject {
            #[tokio::test]
            async fn its_deltas_are_its_text_and_end_with_usage_and_finish() {
                super::deltas_are_the_text(super::$subject(None).await).await;
            }

            #[tokio::test]
            async fn nothing_is_sent_before_the_first_poll() {
                super::lazy(super::$subject(None).await).await;
            }

            #[tokio::test]
            async fn dropping_its_stream_cancels_the_request() {
                let gate = crate::support::scripted::Gate::closed();
                super::cancels(super::$subject(Some(&gate)).await, &gate).await;
            }
        }
    )+};
}

contract!(
    echo,
    openai_text,
    openai_reasoning,
    ollama_text,
    ollama_thinking
);

fn question() -> Request {
    Request::of("How  are\nyou?")
}

async fn deltas_are_the_text(subject: Subject) {
    let answer = Answer::of(subject.provider.stream(question())).await;
    assert_eq!(answer.error, None);
    assert_eq!(answer.text, subject.text);
    assert_eq!(answer.reasoning, subject.reasoning);
    assert!(answer.deltas > 1, "it came in one piece");
    assert_eq!(answer.finish, Some(FinishReason::Stop));
    let usage = answer.usage.expect("the usage is told or counted");
    assert!(usage.prompt_tokens > 0 && usage.completion_tokens > 0);
    assert_eq!(usage.estimated, subject.upstream.is_none());
}

async fn lazy(subject: Subject) {
    drop(subject.provider.stream(question()));
    // The next request gets the script's only reply, so the one above was never sent.
    let answer = Answer::of(subject.provider.stream(question())).await;
    assert_eq!(answer.text, subject.text);
    if let Some(upstream) = &subject.upstream {
        assert_eq!(upstream.received().len(), 1);
    }
}

async fn cancels(subject: Subject, gate: &Gate) {
    let mut stream = subject.provider.stream(question());
    gate.let_pass(3);
    assert!(stream.next().await.unwrap().is_ok());
    if let Some(upstream) = &subject.upstream {
        drop(stream);
        upstream.wait_for_leavers(1).await;
    }
}

#[tokio::test]
async fn an_echo_is_ready_at_once() {
    let echo = Echo::new("echo", None);
    let mut stream = echo.stream(question());
    let mut text = String::new();
    while let Some(delta) = stream.next().now_or_never().expect("it made us wait") {
        if let Ok(Delta::Text(word)) = delta {
            text.push_str(&word);
        }
    }
    assert_eq!(text, ECHOED);
}

#[tokio::test]
async fn an_echo_with_a_delay_takes_its_time_for_each_word() {
    let echo = Echo::new("echo", Some(Duration::from_millis(1)));
    let mut stream = echo.stream(question());
    assert!(stream.next().now_or_never().is_none());
    assert_eq!(Answer::of(stream).await.text, ECHOED);
}

#[tokio::test]
async fn only_models_read_the_history() {
    assert!(!Echo::new("echo", None).reads_history());
    assert!(openai_text(None).await.provider.reads_history());
    assert!(ollama_text(None).await.provider.reads_history());
}

#[tokio::test]
async fn a_hundred_answers_at_once_do_not_mix() {
    let upstream = Scripted::always(Reply::recorded_sse(wire::OPENAI_TEXT)).await;
    let provider = provider(openai(&upstream.url()));
    let answers = (0..100).map(|_| Answer::of(provider.stream(question())));
    for answer in futures_util::future::join_all(answers).await {
        assert_eq!(answer.text, "Grüß Gott! How can I help you today?");
        assert_eq!(answer.finish, Some(FinishReason::Stop));
    }
}
