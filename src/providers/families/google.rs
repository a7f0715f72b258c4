//! Google's Gemini.
//!
//! <https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent>,
//! <https://ai.google.dev/api/embeddings#method:-models.batchembedcontents>

use aggregates::thread::FinishReason;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asked, Facts, FrameError, Said, Told, choose, count_at, in_turns, text_at};
use crate::providers::{Request, Role, Round, Tool, ToolCall};

pub(super) fn body(asked: &Asked, request: &Request) -> Value {
    let said = in_turns(&request.messages);
    let contents = said.iter().map(content);
    let contents: Vec<_> = contents
        .chain(request.rounds.iter().flat_map(|made| round(asked, made)))
        .collect();
    let mut body = json!({ "contents": contents });
    if let Some(system) = &request.system {
        body["systemInstruction"] = json!({"parts": [{"text": system}]});
    }
    if let Some(most) = asked.output_tokens {
        body["generationConfig"]["maxOutputTokens"] = most.into();
    }
    if !request.sampling.is_default() {
        let names = [
            "temperature",
            "topP",
            "maxOutputTokens",
            "stopSequences",
            "seed",
            "presencePenalty",
            "frequencyPenalty",
        ];
        choose(&mut body["generationConfig"], &request.sampling, names);
    }
    if let Some(most) = asked.thinking_tokens
        && !request.without_reasoning
    {
        let thinking = json!({"includeThoughts": true, "thinkingBudget": most});
        body["generationConfig"]["thinkingConfig"] = thinking;
    }
    if !request.tools.is_empty() {
        let declared: Vec<_> = request.tools.iter().map(tool).collect();
        body["tools"] = json!([{"functionDeclarations": declared}]);
        if request.without_calls {
            body["toolConfig"] = json!({"functionCallingConfig": {"mode": "NONE"}});
        }
    }
    body
}

fn tool(tool: &Tool) -> Value {
    json!({"name": tool.name, "description": tool.description, "parameters": tool.schema()})
}

/// Stands for the signature of a call that this model has not made itself.
///
/// <https://ai.google.dev/gemini-api/docs/thought-signatures>
const NOT_ITS_OWN: &str = "skip_thought_signature_validator";

fn round(asked: &Asked, round: &Round) -> [Value; 2] {
    let is_its_own = round.route.model == asked.model;
    let text = Some(&round.text).filter(|text| !text.trim().is_empty());
    let text = text.map(|text| json!({ "text": text }));
    let calls = round.calls.iter().map(|(call, _)| {
        let mut part = json!({"functionCall": {"name": call.name, "args": call.object()}});
        let signature = match is_its_own {
            true => call.signature.as_deref(),
            false => Some(NOT_ITS_OWN),
        };
        if let Some(signature) = signature {
            part["thoughtSignature"] = signature.into();
        }
        part
    });
    let said: Vec<_> = text.into_iter().chain(calls).collect();
    let told = round.calls.iter().map(|(call, told)| {
        json!({"functionResponse": {"name": call.name, "response": {"result": told}}})
    });
    [
        json!({"role": "model", "parts": said}),
        json!({"role": "user", "parts": told.collect::<Vec<_>>()}),
    ]
}

fn content(said: &Said<'_>) -> Value {
    let images = said
        .images
        .iter()
        .map(|image| json!({"inlineData": {"mimeType": "image/jpeg", "data": image.base64()}}));
    let texts = said.texts.iter().map(|text| json!({ "text": text }));
    let parts: Vec<_> = images.chain(texts).collect();
    let role = match said.role {
        Role::User => "user",
        Role::Assistant => "model",
    };
    json!({"role": role, "parts": parts})
}

pub(super) fn read(frame: &Value, facts: &mut Facts) {
    facts.model(text_at(frame, "/modelVersion"));
    let parts = frame.pointer("/candidates/0/content/parts");
    for part in parts.and_then(Value::as_array).into_iter().flatten() {
        let text = text_at(part, "/text").unwrap_or_default();
        if part.get("thought") == Some(&Value::Bool(true)) {
            facts.reasoning(text);
        } else {
            facts.text(text);
        }
        if let Some(call) = part.get("functionCall") {
            facts.whole_call(&ToolCall {
                name: text_at(call, "/name").unwrap_or_default().to_owned(),
                arguments: call.get("args").map(Value::to_string).unwrap_or_default(),
                signature: text_at(part, "/thoughtSignature").map(str::to_owned),
                ..ToolCall::default()
            });
        }
    }
    if let Some(usage) = frame.get("usageMetadata") {
        let thoughts = count_at(usage, "/thoughtsTokenCount");
        let written = count_at(usage, "/candidatesTokenCount");
        let sum = [thoughts, written]
            .into_iter()
            .flatten()
            .reduce(u64::saturating_add);
        facts.usage(count_at(usage, "/promptTokenCount"), sum);
    }
    if let Some(reason) = text_at(frame, "/candidates/0/finishReason") {
        facts.finish(finish(reason));
    }
    if let Some(reason) = text_at(frame, "/promptFeedback/blockReason") {
        facts.fail(FrameError {
            status: None,
            message: format!("the prompt was blocked ({reason})"),
        });
    }
    if let Some(error) = frame.get("error") {
        facts.fail(FrameError::of(error));
    }
}

fn finish(reason: &str) -> FinishReason {
    match reason {
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" => {
            FinishReason::ContentFilter
        }
        "MALFORMED_FUNCTION_CALL" => FinishReason::Error,
        _ => FinishReason::Other,
    }
}

pub(super) fn to_embed(asked: &Asked, texts: &[String], dimensions: Option<u32>) -> Value {
    let name = asked.model.strip_prefix("models/").unwrap_or(&asked.model);
    let requests = texts.iter().map(|text| {
        let mut request = json!({
            "model": format!("models/{name}"),
            "content": {"parts": [{"text": text}]},
        });
        if let Some(dimensions) = dimensions {
            request["outputDimensionality"] = dimensions.into();
        }
        request
    });
    json!({"requests": requests.collect::<Vec<_>>()})
}

/// `{"embeddings": [{"values": [0.1, …]}, …]}`
pub(super) fn embedded(answer: &[u8]) -> Result<Told, serde_json::Error> {
    #[derive(Deserialize)]
    struct Answer {
        embeddings: Vec<Embedding>,
        #[serde(rename = "usageMetadata")]
        usage: Option<Tokens>,
    }
    #[derive(Deserialize)]
    struct Embedding {
        values: Vec<f32>,
    }
    #[derive(Deserialize)]
    struct Tokens {
        #[serde(rename = "promptTokenCount")]
        prompt: Option<u64>,
    }
    let answer: Answer = serde_json::from_slice(answer)?;
    let vectors = answer.embeddings.into_iter().map(|vector| vector.values);
    let tokens = answer.usage.and_then(|tokens| tokens.prompt);
    Ok(Told::of(Told::in_order(vectors), None, tokens))
}
