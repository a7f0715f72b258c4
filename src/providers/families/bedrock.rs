//! Amazon Bedrock's ConverseStream.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>

use aggregates::thread::FinishReason;
use serde_json::{Value, json};

use super::{Asked, Facts, FrameError, Said, choose, count_at, in_turns, text_at};
use crate::providers::{Request, Role};

pub(super) fn body(asked: &Asked, request: &Request) -> Value {
    let messages: Vec<_> = in_turns(&request.messages).iter().map(message).collect();
    let mut body = json!({ "messages": messages });
    if let Some(system) = &request.system {
        body["system"] = json!([{ "text": system }]);
    }
    if let Some(most) = asked.output_tokens {
        body["inferenceConfig"] = json!({"maxTokens": most});
    }
    if !request.sampling.is_default() {
        let names = [
            "temperature",
            "topP",
            "maxTokens",
            "stopSequences",
            "",
            "",
            "",
        ];
        choose(&mut body["inferenceConfig"], &request.sampling, names);
    }
    body
}

fn message(said: &Said<'_>) -> Value {
    let images = said
        .images
        .iter()
        .map(|image| json!({"image": {"format": "jpeg", "source": {"bytes": image.base64()}}}));
    let texts = said.texts.iter().map(|text| json!({ "text": text }));
    let content: Vec<_> = images.chain(texts).collect();
    let role = match said.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    json!({"role": role, "content": content})
}

pub(super) fn read(event: &str, frame: &Value, facts: &mut Facts) {
    match event {
        "contentBlockDelta" => {
            facts.reasoning(text_at(frame, "/delta/reasoningContent/text").unwrap_or_default());
            facts.text(text_at(frame, "/delta/text").unwrap_or_default());
        }
        "messageStop" => {
            let reason = text_at(frame, "/stopReason").unwrap_or_default();
            facts.finish(finish(reason));
        }
        // The last one.
        "metadata" => {
            let parts = [
                "/usage/cacheReadInputTokens",
                "/usage/cacheWriteInputTokens",
            ];
            let cached = parts.iter().filter_map(|part| count_at(frame, part));
            let read = count_at(frame, "/usage/inputTokens");
            let read = read.map(|fresh| cached.fold(fresh, u64::saturating_add));
            facts.usage(read, count_at(frame, "/usage/outputTokens"));
            facts.done();
        }
        exception if exception.ends_with("Exception") => facts.fail(FrameError {
            status: status(exception),
            message: text_at(frame, "/message").unwrap_or_default().to_owned(),
        }),
        _ => {}
    }
}

/// The status that the exception would have had before the stream began.
fn status(exception: &str) -> Option<u16> {
    match exception {
        "throttlingException" => Some(429),
        "internalServerException" => Some(500),
        "serviceUnavailableException" => Some(503),
        _ => None,
    }
}

fn finish(reason: &str) -> FinishReason {
    match reason {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "guardrail_intervened" | "content_filtered" => FinishReason::ContentFilter,
        "tool_use" => FinishReason::ToolCalls,
        _ => FinishReason::Other,
    }
}
