//! Anthropic's messages.
//!
//! <https://docs.anthropic.com/en/api/messages-streaming>

use aggregates::thread::FinishReason;
use serde_json::{Value, json};

use super::{Asked, Facts, FrameError, Said, choose, count_at, in_turns, text_at};
use crate::providers::{Request, Role, Round, Tool};

pub(super) fn body(asked: &Asked, request: &Request) -> Value {
    let said = in_turns(&request.messages);
    let messages = said.iter().map(message);
    let messages: Vec<_> = messages
        .chain(request.rounds.iter().flat_map(round))
        .collect();
    let mut body = json!({
        "model": asked.model,
        "max_tokens": asked.most_tokens,
        "messages": messages,
        "stream": true,
    });
    if let Some(system) = &request.system {
        body["system"] = system.as_str().into();
    }
    let names = [
        "temperature",
        "top_p",
        "max_tokens",
        "stop_sequences",
        "",
        "",
        "",
    ];
    choose(&mut body, &request.sampling, names);
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect();
        if request.without_calls {
            body["tool_choice"] = json!({"type": "none"});
        }
    }
    // With tools it would want its thoughts back, signed, before it goes on.
    if let Some(most) = asked.thinking_tokens
        && !request.without_reasoning
        && request.tools.is_empty()
    {
        body["thinking"] = json!({"type": "enabled", "budget_tokens": most});
    }
    body
}

fn tool(tool: &Tool) -> Value {
    json!({"name": tool.name, "description": tool.description, "input_schema": tool.schema()})
}

fn round(round: &Round) -> [Value; 2] {
    let text = Some(&round.text).filter(|text| !text.trim().is_empty());
    let text = text.map(|text| json!({"type": "text", "text": text}));
    let calls = round.calls.iter().map(|(call, _)| {
        json!({"type": "tool_use", "id": call.id, "name": call.name, "input": call.object()})
    });
    let said: Vec<_> = text.into_iter().chain(calls).collect();
    let told = round.calls.iter().map(
        |(call, told)| json!({"type": "tool_result", "tool_use_id": call.id, "content": told}),
    );
    [
        json!({"role": "assistant", "content": said}),
        json!({"role": "user", "content": told.collect::<Vec<_>>()}),
    ]
}

fn message(said: &Said<'_>) -> Value {
    let images = said.images.iter().map(|image| {
        let source = json!({"type": "base64", "media_type": "image/jpeg", "data": image.base64()});
        json!({"type": "image", "source": source})
    });
    let texts = said.texts.iter();
    let texts = texts.map(|text| json!({"type": "text", "text": text}));
    // A picture is understood better before the question about it.
    let content: Vec<_> = images.chain(texts).collect();
    let role = match said.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    json!({"role": role, "content": content})
}

pub(super) fn read(frame: &Value, facts: &mut Facts) {
    match text_at(frame, "/type").unwrap_or_default() {
        // What was written is told here too, but only as far as it was then.
        "message_start" => {
            facts.model(text_at(frame, "/message/model"));
            facts.usage(prompt(frame, "/message/usage"), None);
        }
        "content_block_start" => {
            facts.text(text_at(frame, "/content_block/text").unwrap_or_default());
            if text_at(frame, "/content_block/type") == Some("tool_use") {
                let part = |pointer| text_at(frame, pointer).unwrap_or_default();
                let (id, name) = (part("/content_block/id"), part("/content_block/name"));
                facts.call(place(frame), id, name, "");
            }
        }
        "content_block_delta" => {
            facts.reasoning(text_at(frame, "/delta/thinking").unwrap_or_default());
            facts.text(text_at(frame, "/delta/text").unwrap_or_default());
            if let Some(arguments) = text_at(frame, "/delta/partial_json") {
                facts.call(place(frame), "", "", arguments);
            }
        }
        "message_delta" => {
            facts.usage(
                prompt(frame, "/usage"),
                count_at(frame, "/usage/output_tokens"),
            );
            if let Some(reason) = text_at(frame, "/delta/stop_reason") {
                facts.finish(finish(reason));
            }
        }
        "message_stop" => facts.done(),
        "error" => facts.fail(FrameError {
            status: status(text_at(frame, "/error/type").unwrap_or_default()),
            ..FrameError::of(&frame["error"])
        }),
        _ => {}
    }
}

/// Of a content block in the answer.
fn place(frame: &Value) -> u64 {
    count_at(frame, "/index").unwrap_or_default()
}

/// All tokens that were read, from a cache or not.
fn prompt(frame: &Value, place: &str) -> Option<u64> {
    let usage = frame.pointer(place)?;
    let parts = ["cache_creation_input_tokens", "cache_read_input_tokens"];
    let cached = parts.iter().filter_map(|part| usage.get(part)?.as_u64());
    let fresh = usage.get("input_tokens")?.as_u64()?;
    Some(cached.fold(fresh, u64::saturating_add))
}

/// The status that the error would have had before the stream began.
fn status(kind: &str) -> Option<u16> {
    match kind {
        "rate_limit_error" => Some(429),
        "api_error" => Some(500),
        "timeout_error" => Some(504),
        "overloaded_error" => Some(529),
        _ => None,
    }
}

fn finish(reason: &str) -> FinishReason {
    match reason {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "refusal" => FinishReason::ContentFilter,
        "tool_use" => FinishReason::ToolCalls,
        _ => FinishReason::Other,
    }
}
