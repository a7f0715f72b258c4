//! Anthropic's messages.
//!
//! <https://docs.anthropic.com/en/api/messages-streaming>

use aggregates::thread::FinishReason;
use serde_json::{Value, json};

use super::{Asked, Facts, FrameError, Said, choose, count_at, in_turns, text_at};
use crate::providers::{Request, Role};

pub(super) fn body(asked: &Asked, request: &Request) -> Value {
    let messages: Vec<_> = in_turns(&request.messages).iter().map(message).collect();
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
    if let Some(most) = asked.thinking_tokens
        && !request.without_reasoning
    {
        body["thinking"] = json!({"type": "enabled", "budget_tokens": most});
    }
    body
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
        }
        "content_block_delta" => {
            facts.reasoning(text_at(frame, "/delta/thinking").unwrap_or_default());
            facts.text(text_at(frame, "/delta/text").unwrap_or_default());
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
