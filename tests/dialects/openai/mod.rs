//! The OpenAI dialect: `/v1/chat/completions`, `/v1/embeddings`, `/v1/models`.

mod a_chat_is_a_model;
mod a_client_that_leaves_ends_its_answer;
mod a_completion_is_answered;
mod a_completion_is_judged;
mod a_conversation_is_kept_in_a_thread;
mod a_message_comes_while_a_reply_runs;
mod a_project_has_models_of_its_own;
mod a_project_has_models_that_see;
mod a_provider_fails;
mod a_wrong_embedding_is_refused;
mod a_wrong_image_is_refused;
mod a_wrong_request_is_refused;
mod an_answer_outlives_its_server;
mod an_embedding_fails;
mod an_embedding_is_judged;
mod an_image_comes_with_a_question;
mod an_image_goes_with_its_question;
mod models_are_listed;
mod texts_become_vectors;
mod what_a_thread_was_asked_is_told_again;
mod what_was_dropped_is_told_again;
mod what_was_embedded_is_told_again;

use aggregates::{completion::CompletionEvent, embedding::EmbeddingEvent};
use serde_json::{Value, json};

use crate::support::{client::Answer, pictures::base64, scripted::Reply, server::Server};

const CHAT: &str = "/v1/chat/completions";

const VECTORS: &str = "/v1/embeddings";

/// A text for the only provider.
fn embed(input: impl Into<Value>) -> Value {
    json!({ "model": "up/m", "input": input.into() })
}

/// Vectors of two numbers, the first of each the text's place.
fn vectors(texts: usize) -> Reply {
    let data: Vec<_> = (0..texts)
        .map(|index| json!({ "object": "embedding", "index": index, "embedding": [index, -0.25] }))
        .collect();
    let body = json!({
        "object": "list", "data": data, "model": "m-of-today",
        "usage": { "prompt_tokens": 11, "total_tokens": 11 },
    });
    Reply::json(&body.to_string())
}

/// What happened to the embeddings, one after the other.
async fn embeddings(server: &Server) -> Vec<EmbeddingEvent> {
    let events = server.store().await.read_after(0, 1_000).await.unwrap();
    events
        .iter()
        .filter(|event| event.aggregate_type == "embedding")
        .map(|event| serde_json::from_str(&event.payload).unwrap())
        .collect()
}

/// One message to the only provider.
fn ask(text: &str) -> Value {
    json!({ "model": "up/m", "messages": [{ "role": "user", "content": text }] })
}

/// One message of these parts to the only provider.
fn showing(parts: Value) -> Value {
    let mut body = ask("");
    body["messages"][0]["content"] = parts;
    body
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

/// A part that shows this file.
fn picture_of(mime: &str, file: &[u8]) -> Value {
    let url = format!("data:{mime};base64,{}", base64(file));
    json!({ "type": "image_url", "image_url": { "url": url } })
}

/// The part as a model that sees is shown it.
fn seen(file: &[u8]) -> Value {
    picture_of("image/jpeg", &colloquy::images::shrink(file).unwrap())
}

fn streamed(mut ask: Value) -> Value {
    ask["stream"] = json!(true);
    ask
}

/// Words of an answer, and so many of them that moderation has let some go.
pub(crate) const MANY: usize = 60;

/// An answer that is longer.
pub(crate) fn words() -> Vec<String> {
    (0..2 * MANY)
        .map(|nth| format!("and then {nth:x}, "))
        .collect()
}

/// Exactly this error.
#[track_caller]
fn says(answer: &Answer, status: u16, message: &str, kind: &str, param: Value, code: Value) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(
        answer.body,
        json!({ "error": { "message": message, "type": kind, "param": param, "code": code } })
    );
    assert_eq!(answer.headers["content-type"], "application/json");
}

/// What happened to the completion whose answer has this id.
pub(crate) async fn record(server: &Server, id: &str) -> Vec<CompletionEvent> {
    let id = uuid::Uuid::parse_str(id.strip_prefix("chatcmpl-").unwrap()).unwrap();
    let events = server
        .store()
        .await
        .read_stream("completion", &id.to_string(), 0, 100)
        .await;
    let events = events.unwrap().into_iter();
    events
        .map(|event| serde_json::from_str(&event.payload).unwrap())
        .collect()
}
