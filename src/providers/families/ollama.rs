//! Ollama's own API.
//!
//! <https://docs.ollama.com/api/chat>, <https://docs.ollama.com/api/embed>

use aggregates::thread::FinishReason;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asked, Facts, FrameError, Told, choose, count_at, openai, text_at};
use crate::providers::{Message, Request, Role, Round, ToolCall};

pub(super) fn body(asked: &Asked, request: &Request) -> Value {
    let system = request.system.iter();
    let system = system.map(|text| json!({"role": "system", "content": text}));
    let messages = system.chain(request.messages.iter().map(message));
    let messages: Vec<_> = messages
        .chain(request.rounds.iter().flat_map(round))
        .collect();
    let mut options = json!({});
    // Without this an Ollama forgets whatever is beyond its usual window, and says nothing.
    if let Some(window) = asked.context_tokens {
        options["num_ctx"] = window.into();
    }
    if let Some(most) = asked.output_tokens {
        options["num_predict"] = most.into();
    }
    let names = [
        "temperature",
        "top_p",
        "num_predict",
        "stop",
        "seed",
        "presence_penalty",
        "frequency_penalty",
    ];
    choose(&mut options, &request.sampling, names);
    let mut body = json!({"model": asked.model, "messages": messages, "stream": true});
    if request.without_reasoning {
        body["think"] = false.into();
    }
    if !request.tools.is_empty() && !request.without_calls {
        body["tools"] = request.tools.iter().map(openai::tool).collect();
    }
    if options != json!({}) {
        body["options"] = options;
    }
    body
}

fn round(round: &Round) -> Vec<Value> {
    let calls = round
        .calls
        .iter()
        .map(|(call, _)| json!({"function": {"name": call.name, "arguments": call.object()}}));
    let said = json!({
        "role": "assistant",
        "content": round.text,
        "tool_calls": calls.collect::<Vec<_>>(),
    });
    let told = round.calls.iter();
    let told =
        told.map(|(call, told)| json!({"role": "tool", "tool_name": call.name, "content": told}));
    std::iter::once(said).chain(told).collect()
}

fn message(message: &Message) -> Value {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let mut said = json!({"role": role, "content": message.text});
    if !message.images.is_empty() {
        said["images"] = message.images.iter().map(|image| image.base64()).collect();
    }
    said
}

pub(super) fn read(frame: &Value, facts: &mut Facts) {
    facts.model(text_at(frame, "/model"));
    facts.reasoning(text_at(frame, "/message/thinking").unwrap_or_default());
    facts.text(text_at(frame, "/message/content").unwrap_or_default());
    let calls = frame.pointer("/message/tool_calls");
    for call in calls.and_then(Value::as_array).into_iter().flatten() {
        let arguments = call.pointer("/function/arguments");
        facts.whole_call(&ToolCall {
            name: text_at(call, "/function/name")
                .unwrap_or_default()
                .to_owned(),
            arguments: arguments.map(Value::to_string).unwrap_or_default(),
            ..ToolCall::default()
        });
    }
    let read = count_at(frame, "/prompt_eval_count");
    facts.usage(read, count_at(frame, "/eval_count"));
    if frame.get("done") == Some(&Value::Bool(true)) {
        facts.finish(match text_at(frame, "/done_reason") {
            None | Some("stop") => FinishReason::Stop,
            Some("length") => FinishReason::Length,
            Some(_) => FinishReason::Other,
        });
        facts.done();
    }
    if let Some(error) = frame.get("error") {
        facts.fail(FrameError::of(error));
    }
}

pub(super) fn to_embed(asked: &Asked, texts: &[String], dimensions: Option<u32>) -> Value {
    // It would cut off what is too long, and say nothing.
    let mut body = json!({"model": asked.model, "input": texts, "truncate": false});
    if let Some(dimensions) = dimensions {
        body["dimensions"] = dimensions.into();
    }
    if let Some(window) = asked.context_tokens {
        body["options"] = json!({"num_ctx": window});
    }
    body
}

/// `{"model": …, "embeddings": [[0.1, …], …], "prompt_eval_count": 8}`
pub(super) fn embedded(answer: &[u8]) -> Result<Told, serde_json::Error> {
    #[derive(Deserialize)]
    struct Answer {
        model: Option<String>,
        embeddings: Vec<Vec<f32>>,
        prompt_eval_count: Option<u64>,
    }
    let answer: Answer = serde_json::from_slice(answer)?;
    Ok(Told::of(
        Told::in_order(answer.embeddings),
        answer.model.as_deref(),
        answer.prompt_eval_count,
    ))
}
