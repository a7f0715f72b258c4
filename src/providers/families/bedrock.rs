//! Amazon Bedrock's ConverseStream.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>

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
    // It cannot be told to call nothing, and wants to know the tools that it has called.
    if !request.tools.is_empty() {
        let tools: Vec<_> = request.tools.iter().map(tool).collect();
        body["toolConfig"] = json!({ "tools": tools });
    }
    body
}

fn tool(tool: &Tool) -> Value {
    json!({"toolSpec": {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": {"json": tool.schema()},
    }})
}

fn round(round: &Round) -> [Value; 2] {
    let text = Some(&round.text).filter(|text| !text.trim().is_empty());
    let text = text.map(|text| json!({ "text": text }));
    let calls = round.calls.iter().map(|(call, _)| {
        json!({"toolUse": {"toolUseId": call.id, "name": call.name, "input": call.object()}})
    });
    let said: Vec<_> = text.into_iter().chain(calls).collect();
    let told = round.calls.iter().map(
        |(call, told)| json!({"toolResult": {"toolUseId": call.id, "content": [{ "text": told }]}}),
    );
    [
        json!({"role": "assistant", "content": said}),
        json!({"role": "user", "content": told.collect::<Vec<_>>()}),
    ]
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
        "contentBlockStart" => {
            let part = |pointer| text_at(frame, pointer).unwrap_or_default();
            let (id, name) = (
                part("/start/toolUse/toolUseId"),
                part("/start/toolUse/name"),
            );
            if !name.is_empty() {
                facts.call(place(frame), id, name, "");
            }
        }
        "contentBlockDelta" => {
            facts.reasoning(text_at(frame, "/delta/reasoningContent/text").unwrap_or_default());
            facts.text(text_at(frame, "/delta/text").unwrap_or_default());
            if let Some(arguments) = text_at(frame, "/delta/toolUse/input") {
                facts.call(place(frame), "", "", arguments);
            }
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

/// Of a content block in the answer.
fn place(frame: &Value) -> u64 {
    count_at(frame, "/contentBlockIndex").unwrap_or_default()
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
