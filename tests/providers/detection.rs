//! An Ollama on this machine is found; anything else there is not taken for one.

use colloquy::providers::{client, detect_ollama};

use super::{NOWHERE, wire};
use crate::support::scripted::{Gate, Reply, Scripted};

async fn detected(reply: Reply) -> Option<String> {
    let upstream = Scripted::start([reply]).await;
    let model = detect_ollama(&client().unwrap(), &upstream.url()).await;
    let received = upstream.received().pop().unwrap();
    assert_eq!(
        (received.method.as_str(), received.path.as_str()),
        ("GET", "/api/tags")
    );
    model
}

#[tokio::test]
async fn the_model_modified_last_is_taken_whatever_its_time_zone() {
    let model = detected(Reply::json(wire::OLLAMA_TAGS)).await;
    assert_eq!(model.as_deref(), Some("llama3.2:latest"));
}

#[tokio::test]
async fn without_times_the_first_model_is_taken() {
    let model = detected(Reply::json(r#"{"models":[{"name":"b"},{"name":"a"}]}"#)).await;
    assert_eq!(model.as_deref(), Some("b"));
}

#[tokio::test]
async fn nothing_and_something_else_are_no_ollama() {
    assert_eq!(detected(Reply::json(r#"{"models":[]}"#)).await, None);
    assert_eq!(detected(Reply::html()).await, None);
    assert_eq!(detected(Reply::error(500, "down")).await, None);
    assert_eq!(detect_ollama(&client().unwrap(), NOWHERE).await, None);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for() {
    let gate = Gate::closed();
    let slow = Reply::json(wire::OLLAMA_TAGS).slow_first_byte(&gate);
    assert_eq!(detected(slow).await, None);
}
