//! OpenAI's chat completions, and all who speak like it.
//!
//! <https://platform.openai.com/docs/api-reference/chat>, <https://platform.openai.com/docs/api-reference/embeddings>

use aggregates::thread::FinishReason;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asked, Facts, FrameError, Told, Vector, choose, count_at, text_at};
use crate::providers::{Kind, Message, Request, Role, Round, Tool};

pub(super) fn body(asked: &Asked, request: &Request) -> Value {
    let system = request.system.iter();
    let system = system.map(|text| json!({"role": "system", "content": text}));
    let messages = system.chain(request.messages.iter().map(message));
    let messages: Vec<_> = messages
        .chain(request.rounds.iter().flat_map(|made| round(asked, made)))
        .collect();
    let mut body = json!({
        "model": asked.model,
        "messages": messages,
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    let most = match asked.kind {
        Kind::OpenAi | Kind::Azure => "max_completion_tokens",
        _ => "max_tokens",
    };
    if let Some(tokens) = asked.output_tokens {
        body[most] = tokens.into();
    }
    let names = [
        "temperature",
        "top_p",
        most,
        "stop",
        "seed",
        "presence_penalty",
        "frequency_penalty",
    ];
    choose(&mut body, &request.sampling, names);
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect();
        if request.without_calls {
            body["tool_choice"] = "none".into();
        }
    }
    body
}

/// As Ollama takes them, too.
pub(super) fn tool(tool: &Tool) -> Value {
    let function = json!({
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.schema(),
    });
    json!({"type": "function", "function": function})
}

fn round(asked: &Asked, round: &Round) -> Vec<Value> {
    let calls = round.calls.iter().map(|(call, _)| {
        let function = json!({"name": call.name, "arguments": call.object().to_string()});
        json!({"id": call.id, "type": "function", "function": function})
    });
    let mut said = json!({
        "role": "assistant",
        "content": round.text,
        "tool_calls": calls.collect::<Vec<_>>(),
    });
    // DeepSeek wants them back before it goes on; others know no such field.
    if asked.kind == Kind::Custom && !round.thoughts.is_empty() {
        said["reasoning_content"] = round.thoughts.as_str().into();
    }
    let told = round.calls.iter();
    let told =
        told.map(|(call, told)| json!({"role": "tool", "tool_call_id": call.id, "content": told}));
    std::iter::once(said).chain(told).collect()
}

fn message(message: &Message) -> Value {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    if message.images.is_empty() {
        return json!({"role": role, "content": message.text});
    }
    let images = message.images.iter().map(|image| {
        let url = format!("data:image/jpeg;base64,{}", image.base64());
        json!({"type": "image_url", "image_url": {"url": url}})
    });
    // Not everybody takes a text that says nothing.
    let text = (!message.text.is_empty()).then(|| json!({"type": "text", "text": message.text}));
    let parts: Vec<_> = text.into_iter().chain(images).collect();
    json!({"role": role, "content": parts})
}

pub(super) fn read(frame: &Value, facts: &mut Facts) {
    facts.model(text_at(frame, "/model"));
    if let Some(delta) = frame.pointer("/choices/0/delta") {
        for thoughts in ["/reasoning_content", "/reasoning"] {
            if let Some(text) = text_at(delta, thoughts).filter(|text| !text.is_empty()) {
                facts.reasoning(text);
                break;
            }
        }
        facts.text(text_at(delta, "/content").unwrap_or_default());
        facts.text(text_at(delta, "/refusal").unwrap_or_default());
        let calls = delta.get("tool_calls").and_then(Value::as_array);
        for (nth, call) in (0..).zip(calls.into_iter().flatten()) {
            let part = |pointer| text_at(call, pointer).unwrap_or_default();
            let place = count_at(call, "/index").unwrap_or(nth);
            let arguments = part("/function/arguments");
            facts.call(place, part("/id"), part("/function/name"), arguments);
        }
    }
    if let Some(reason) = text_at(frame, "/choices/0/finish_reason") {
        facts.finish(finish(reason));
    }
    let usage = ["/usage", "/x_groq/usage"].map(|place| frame.pointer(place));
    if let Some(usage) = usage.into_iter().flatten().find(|usage| usage.is_object()) {
        let prompt = count_at(usage, "/prompt_tokens");
        let written = count_at(usage, "/completion_tokens");
        // Some leave the thoughts out of what was written; the total has them.
        let total = count_at(usage, "/total_tokens").unwrap_or_default();
        let beyond = total.saturating_sub(prompt.unwrap_or_default());
        facts.usage(prompt, written.map(|written| written.max(beyond)));
    }
    match frame.get("error") {
        None | Some(Value::Null) => {}
        Some(error) => facts.fail(FrameError::of(error)),
    }
}

fn finish(reason: &str) -> FinishReason {
    match reason {
        "stop" | "end_turn" | "eos" => FinishReason::Stop,
        "length" | "max_tokens" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "error" => FinishReason::Error,
        _ => FinishReason::Other,
    }
}

pub(super) fn to_embed(asked: &Asked, texts: &[String], dimensions: Option<u32>) -> Value {
    let mut body = json!({"model": asked.model, "input": texts, "encoding_format": "float"});
    if let Some(dimensions) = dimensions {
        body["dimensions"] = dimensions.into();
    }
    body
}

/// `{"data": [{"index": 0, "embedding": [0.1, …]}, …], "model": …, "usage": {"prompt_tokens": 8}}`
pub(super) fn embedded(answer: &[u8]) -> Result<Told, serde_json::Error> {
    #[derive(Deserialize)]
    struct Answer {
        data: Vec<Embedding>,
        model: Option<String>,
        usage: Option<Tokens>,
    }
    #[derive(Deserialize)]
    struct Embedding {
        index: usize,
        embedding: Vec<f32>,
    }
    #[derive(Deserialize)]
    struct Tokens {
        prompt_tokens: Option<u64>,
        total_tokens: Option<u64>,
    }
    let answer: Answer = serde_json::from_slice(answer)?;
    let vectors = answer.data.into_iter().map(|vector| Vector {
        index: Some(vector.index),
        numbers: vector.embedding,
    });
    let tokens = answer
        .usage
        .and_then(|tokens| tokens.prompt_tokens.or(tokens.total_tokens));
    Ok(Told::of(vectors.collect(), answer.model.as_deref(), tokens))
}
