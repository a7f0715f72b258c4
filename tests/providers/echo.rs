//! What the echo promises.

use std::time::Duration;

use aggregates::thread::FinishReason;
use colloquy::providers::{Delta, Echo, Image, Message, Provider, Request};
use futures_util::{FutureExt, StreamExt};

use super::Answer;

const ECHOED: &str = "This is an echo, not a model. You said: How  are\nyou?";

fn question() -> Request {
    Request::of("How  are\nyou?")
}

#[tokio::test]
async fn an_echo_says_what_it_is_and_what_was_said_and_counts_it() {
    let answer = Answer::of(Echo::new("echo", None).stream(question())).await;
    assert_eq!((answer.text.as_str(), answer.error), (ECHOED, None));
    assert!(answer.deltas > 1, "it came in one piece");
    assert_eq!(answer.finish, Some(FinishReason::Stop));
    let usage = answer.usage.unwrap();
    assert!(usage.prompt_tokens > 0 && usage.completion_tokens > 0 && usage.estimated);
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
async fn an_echo_reads_neither_the_history_nor_images() {
    let echo = Echo::new("echo", None);
    assert!(!echo.reads_history() && !echo.reads_images());
    let mut request = question();
    request.messages[0] = Message {
        images: vec![Image(vec![0xFF, 0xD8].into())],
        ..Message::user("What is this?")
    };
    let error = Answer::of(echo.stream(request)).await.error.unwrap();
    assert_eq!(error.to_string(), "This provider reads no images.");
}
