//! Tools: how each family is told of them, how it asks for a call, and how it is told what came of it.

use aggregates::thread::Route;
use colloquy::providers::{Message, Request, Round, Tool, ToolCall};
use serde_json::{Value, json};

use super::{Answer, NAME, families, families::Family, provider};
use crate::support::scripted::{Reply, Scripted};

const LOOK: Tool = Tool {
    name: "look",
    description: "Looks.",
    parameters: r#"{"type":"object","properties":{"at":{"type":"string"}}}"#,
};

/// A family, how it asks for a call in the middle of an answer (two at once, bit by bit where it does so), and the
/// parts of its request.
struct Case {
    family: Family,
    frames: Vec<(&'static str, Value)>,
    /// What it is told that there is.
    tools: Value,
    /// How the call and what came of it stand in the conversation.
    round: Value,
    /// How it is told to call nothing more: where in the request, and what.
    no_more: (&'static str, Value),
    /// Whether calls have ids of the provider's.
    named: bool,
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"at": {"type": "string"}}})
}

fn function() -> Value {
    json!({"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": schema()}})
}

fn cases() -> Vec<Case> {
    let openai = |calls: Value| json!({"choices": [{"index": 0, "delta": {"tool_calls": calls}}]});
    let anthropic_start = |index: u64, id: &str| {
        json!({"type": "content_block_start", "index": index,
               "content_block": {"type": "tool_use", "id": id, "name": "look", "input": {}}})
    };
    let anthropic_part = |index: u64, part: &str| {
        json!({"type": "content_block_delta", "index": index,
               "delta": {"type": "input_json_delta", "partial_json": part}})
    };
    let bedrock_part = |index: u64, part: &str| json!({"contentBlockIndex": index, "delta": {"toolUse": {"input": part}}});
    let bedrock_start = |index: u64, id: &str| json!({"contentBlockIndex": index, "start": {"toolUse": {"toolUseId": id, "name": "look"}}});
    vec![
        Case {
            family: families::openai(),
            frames: vec![
                (
                    "",
                    openai(json!([{"index": 0, "id": "a", "type": "function",
                                    "function": {"name": "look", "arguments": ""}}])),
                ),
                (
                    "",
                    openai(json!([{"index": 0, "function": {"arguments": "{\"at\":"}}])),
                ),
                (
                    "",
                    openai(json!([{"index": 0, "function": {"arguments": "\"tea\"}"}}])),
                ),
                (
                    "",
                    openai(json!([{"index": 1, "id": "b", "type": "function",
                                    "function": {"name": "look", "arguments": "{\"at\":\"sea\"}"}}])),
                ),
                (
                    "",
                    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
                ),
            ],
            tools: json!({"tools": [function()]}),
            round: json!([
                {"role": "assistant", "content": "Let me see.", "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{\"at\":\"tea\"}"}}]},
                {"role": "tool", "tool_call_id": "a", "content": "It is green."},
            ]),
            no_more: ("/tool_choice", json!("none")),
            named: true,
        },
        Case {
            family: families::anthropic(),
            frames: vec![
                ("content_block_start", anthropic_start(1, "a")),
                ("content_block_delta", anthropic_part(1, "")),
                ("content_block_delta", anthropic_part(1, "{\"at\": ")),
                ("content_block_delta", anthropic_part(1, "\"tea\"}")),
                ("content_block_start", anthropic_start(2, "b")),
                (
                    "content_block_delta",
                    anthropic_part(2, "{\"at\": \"sea\"}"),
                ),
                (
                    "message_delta",
                    json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}}),
                ),
                ("message_stop", json!({"type": "message_stop"})),
            ],
            tools: json!({"tools": [{"name": "look", "description": "Looks.", "input_schema": schema()}]}),
            round: json!([
                {"role": "assistant", "content": [
                    {"type": "text", "text": "Let me see."},
                    {"type": "tool_use", "id": "a", "name": "look", "input": {"at": "tea"}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "a", "content": "It is green."}]},
            ]),
            no_more: ("/tool_choice", json!({"type": "none"})),
            named: true,
        },
        Case {
            family: families::google(),
            frames: vec![(
                "",
                json!({"candidates": [{"content": {"role": "model", "parts": [
                    {"functionCall": {"name": "look", "args": {"at": "tea"}}, "thoughtSignature": "c2ln"},
                    {"functionCall": {"name": "look", "args": {"at": "sea"}}}]}, "finishReason": "STOP"}]}),
            )],
            tools: json!({"tools": [{"functionDeclarations": [
                {"name": "look", "description": "Looks.", "parameters": schema()}]}]}),
            round: json!([
                {"role": "model", "parts": [
                    {"text": "Let me see."},
                    {"functionCall": {"name": "look", "args": {"at": "tea"}}, "thoughtSignature": "c2ln"}]},
                {"role": "user", "parts": [
                    {"functionResponse": {"name": "look", "response": {"result": "It is green."}}}]},
            ]),
            no_more: ("/toolConfig/functionCallingConfig/mode", json!("NONE")),
            named: false,
        },
        Case {
            family: families::ollama(),
            frames: vec![
                (
                    "",
                    json!({"model": "m", "message": {"role": "assistant", "content": "", "tool_calls": [
                    {"function": {"name": "look", "arguments": {"at": "tea"}}},
                    {"function": {"name": "look", "arguments": {"at": "sea"}}}]}, "done": false}),
                ),
                (
                    "",
                    json!({"model": "m", "message": {"role": "assistant", "content": ""}, "done": true,
                            "done_reason": "stop"}),
                ),
            ],
            tools: json!({"tools": [function()]}),
            round: json!([
                {"role": "assistant", "content": "Let me see.", "tool_calls": [
                    {"function": {"name": "look", "arguments": {"at": "tea"}}}]},
                {"role": "tool", "tool_name": "look", "content": "It is green."},
            ]),
            no_more: ("/tools", Value::Null),
            named: false,
        },
        Case {
            family: families::bedrock(),
            frames: vec![
                ("contentBlockStart", bedrock_start(1, "a")),
                ("contentBlockDelta", bedrock_part(1, "{\"at\":")),
                ("contentBlockDelta", bedrock_part(1, "\"tea\"}")),
                ("contentBlockStart", bedrock_start(2, "b")),
                ("contentBlockDelta", bedrock_part(2, "{\"at\":\"sea\"}")),
                ("messageStop", json!({"stopReason": "tool_use"})),
                (
                    "metadata",
                    json!({"usage": {"inputTokens": 3, "outputTokens": 4}}),
                ),
            ],
            tools: json!({"toolConfig": {"tools": [{"toolSpec": {
                "name": "look", "description": "Looks.", "inputSchema": {"json": schema()}}}]}}),
            round: json!([
                {"role": "assistant", "content": [
                    {"text": "Let me see."},
                    {"toolUse": {"toolUseId": "a", "name": "look", "input": {"at": "tea"}}}]},
                {"role": "user", "content": [
                    {"toolResult": {"toolUseId": "a", "content": [{"text": "It is green."}]}}]},
            ]),
            // It knows no such word; what it calls then is not heard.
            no_more: ("/toolConfig/toolChoice", Value::Null),
            named: true,
        },
    ]
}

/// The conversation of a request, whatever the family calls it.
fn messages(body: &Value) -> &Vec<Value> {
    let named = ["messages", "contents"]
        .iter()
        .find_map(|name| body.get(name));
    named.and_then(Value::as_array).unwrap()
}

fn request() -> Request {
    Request {
        messages: vec![Message::user("Which colour has tea?")],
        tools: vec![LOOK],
        ..Request::default()
    }
}

#[tokio::test]
async fn a_family_asks_for_calls_in_its_own_words() {
    for case in cases() {
        let kind = case.family.kind;
        let frames = case.frames.iter().cloned();
        let frames = frames.map(|frame| case.family.frame(frame));
        let frames: Vec<_> = std::iter::once(case.family.says("Let me see."))
            .chain(frames)
            .collect();
        let upstream = Scripted::start([case.family.frames(frames)]).await;
        let provider = provider(case.family.config(&upstream.url()));
        let answer = Answer::of(provider.stream(request())).await;
        assert_eq!(answer.error, None, "{kind:?}");
        assert_eq!(answer.text, "Let me see.", "{kind:?}");
        let calls: Vec<_> = answer
            .calls
            .iter()
            .map(|call| (call.name.as_str(), call.object()))
            .collect();
        let expected = [
            ("look", json!({"at": "tea"})),
            ("look", json!({"at": "sea"})),
        ];
        assert_eq!(calls, expected, "{kind:?}");
        let ids: Vec<_> = answer.calls.iter().map(|call| call.id.as_str()).collect();
        assert_eq!(
            ids,
            if case.named { ["a", "b"] } else { ["", ""] },
            "{kind:?}"
        );
        let body = &upstream.received()[0].body;
        for (name, tools) in case.tools.as_object().unwrap() {
            assert_eq!(&body[name], tools, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_family_is_told_in_its_own_words_what_came_of_a_call() {
    for case in cases() {
        let kind = case.family.kind;
        let call = ToolCall {
            id: "a".to_owned(),
            name: "look".to_owned(),
            arguments: r#"{"at":"tea"}"#.to_owned(),
            signature: (kind == families::google().kind).then(|| "c2ln".to_owned()),
        };
        let round = Round {
            route: Route {
                provider: NAME.to_owned(),
                model: case.family.model.to_owned(),
            },
            thoughts: String::new(),
            text: "Let me see.".to_owned(),
            calls: vec![(call, "It is green.".to_owned())],
        };
        let upstream = Scripted::start([Reply::error(500, "enough")]).await;
        let provider = provider(case.family.config(&upstream.url()));
        let request = Request {
            rounds: vec![round],
            without_calls: true,
            ..request()
        };
        Answer::of(provider.stream(request)).await;
        let body = &upstream.received()[0].body;
        let said = messages(body);
        let round = case.round.as_array().unwrap();
        assert_eq!(&said[said.len() - round.len()..], &round[..], "{kind:?}");
        let (place, no_more) = case.no_more;
        assert_eq!(
            body.pointer(place).unwrap_or(&Value::Null),
            &no_more,
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn calls_that_all_say_they_are_the_first_are_told_apart() {
    let family = families::openai();
    let call = |id: &str, at: &str| {
        let arguments = json!({ "at": at }).to_string();
        let function = json!({"name": "look", "arguments": arguments});
        let call = json!({"id": id, "type": "function", "function": function});
        let delta = json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]});
        family.frame(("", delta))
    };
    let frames = [call("a", "tea"), call("b", "sea"), family.ends()];
    let upstream = Scripted::start([family.frames(frames)]).await;
    let answer = Answer::of(provider(family.config(&upstream.url())).stream(request())).await;
    let calls: Vec<_> = answer
        .calls
        .iter()
        .map(|call| (&*call.id, call.object()))
        .collect();
    assert_eq!(
        calls,
        [("a", json!({"at": "tea"})), ("b", json!({"at": "sea"}))]
    );
}

#[tokio::test]
async fn what_another_model_has_called_is_told_to_one_that_wants_signatures_and_thoughts() {
    let call = ToolCall {
        id: "odd:id".to_owned(),
        name: "look.at".to_owned(),
        arguments: "{}".to_owned(),
        signature: Some("of another".to_owned()),
    };
    let round = Round {
        route: Route {
            provider: "other".to_owned(),
            model: "other".to_owned(),
        },
        text: String::new(),
        thoughts: "Hm.".to_owned(),
        calls: vec![(call.named(3, "{}".to_owned()), "Seen.".to_owned())],
    };
    let sent = async |family: Family| {
        let upstream = Scripted::start([Reply::error(500, "enough")]).await;
        let provider = provider(family.config(&upstream.url()));
        let request = Request {
            rounds: vec![round.clone()],
            ..request()
        };
        Answer::of(provider.stream(request)).await;
        messages(&upstream.received()[0].body)[1].clone()
    };
    let google = sent(families::google()).await;
    let stand_in = "skip_thought_signature_validator";
    assert_eq!(google["parts"][0]["thoughtSignature"], stand_in);
    let compatible = sent(families::compatible()).await;
    assert_eq!(compatible["reasoning_content"], "Hm.");
    let anthropic = sent(families::anthropic()).await;
    assert_eq!(anthropic["content"][0]["id"], "call00003");
    assert_eq!(anthropic["content"][0]["name"], "lookat");
    assert_eq!(
        sent(families::openai()).await.get("reasoning_content"),
        None
    );
}

#[tokio::test]
async fn calls_without_end_are_bounded() {
    let family = families::openai();
    let part = |index: usize, text: &str| {
        let call =
            json!({"index": index, "id": "i", "function": {"name": "look", "arguments": text}});
        (
            "",
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}),
        )
    };
    let long = "a".repeat(1_000);
    let many = (0..100).map(|index| part(index, "{}"));
    let frames = many.chain((0..100).map(|_| part(0, &long)));
    let mut frames: Vec<_> = frames.map(|frame| family.frame(frame)).collect();
    frames.push(family.ends());
    let upstream = Scripted::start([family.frames(frames)]).await;
    let answer = Answer::of(provider(family.config(&upstream.url())).stream(request())).await;
    assert_eq!(answer.calls.len(), 32);
    assert_eq!(answer.calls[0].arguments.len(), 32 << 10);
    assert_eq!(
        answer.calls[0].object(),
        json!({}),
        "what was cut is no JSON any more"
    );
}
