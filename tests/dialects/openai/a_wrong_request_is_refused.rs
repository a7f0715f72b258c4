//! What is wrong is named; what would change the answer and cannot be honoured is refused. No provider is asked.

use reqwest::Method;
use serde_json::{Value, json};

use super::{CHAT, ask, says};
use crate::{
    dialects::{assistant::upstream, on_both_databases},
    support::{
        client::answer,
        databases::TestDatabase,
        scripted::{Reply, Scripted},
    },
};

const INVALID: &str = "invalid_request_error";

async fn check(database: TestDatabase) {
    let upstream = Scripted::start(Vec::<Reply>::new()).await;
    let more = [
        ("PROVIDERS__CLAUDE__KIND", "anthropic"),
        ("PROVIDERS__CLAUDE__MODEL", "claude-x"),
        ("PROVIDERS__CLAUDE__BASE_URL", "http://127.0.0.1:9"),
    ];
    let (_server, alice) = upstream::server_with(database, &upstream, &more).await;
    let stranger = alice.with_key("sk-wrong").post(CHAT, &ask("hello")).await;
    says(
        &stranger,
        401,
        "Incorrect API key provided.",
        INVALID,
        Value::Null,
        json!("invalid_api_key"),
    );

    let with = |name: &str, value: Value| {
        let mut body = ask("hello");
        body[name] = value;
        body
    };
    let message = |message: Value| with("messages", json!([message]));
    let unsupported =
        |param: &str| format!("Unsupported parameter: '{param}' is not supported by this server.");
    for (body, text, param, code) in [
        (json!({}), "Missing required parameter: 'model'.".to_owned(), "model", "missing_required_parameter"),
        (json!({ "model": "up" }), "Missing required parameter: 'messages'.".to_owned(), "messages", "missing_required_parameter"),
        (with("messages", json!([])), "Invalid 'messages': empty array. Expected an array with minimum length 1.".to_owned(), "messages", "empty_array"),
        (with("messages", json!("x")), "Invalid type for 'messages': expected an array of objects, but got a string instead.".to_owned(), "messages", "invalid_type"),
        (message(json!({ "role": "wizard", "content": "x" })), "Invalid value: 'wizard'. Supported values are: 'system', 'developer', 'user' and 'assistant'.".to_owned(), "messages[0].role", "invalid_value"),
        (message(json!({ "role": "user" })), "Missing required parameter: 'messages[0].content'.".to_owned(), "messages[0].content", "missing_required_parameter"),
        (message(json!({ "role": "user", "content": 7 })), "Invalid type for 'messages[0].content': expected a string or an array of parts, but got an integer instead.".to_owned(), "messages[0].content", "invalid_type"),
        (message(json!({ "role": "user", "content": "a\u{0}b" })), "Invalid 'messages[0].content': U+0000 is not allowed.".to_owned(), "messages[0].content", "invalid_value"),
        (message(json!({ "role": "user", "content": "x", "name": "ada" })), unsupported("messages[0].name"), "messages[0].name", "unsupported_parameter"),
        (message(json!({ "role": "tool", "content": "x" })), "Unsupported parameter: 'messages[0].role' cannot be a tool's here.".to_owned(), "messages[0].role", "unsupported_parameter"),
        (message(json!({ "role": "user", "content": [{ "type": "input_audio" }] })), "Unsupported parameter: 'messages[0].content[0]' of type 'input_audio' is not supported by this server.".to_owned(), "messages[0].content[0]", "unsupported_parameter"),
        (with("temperature", json!("warm")), "Invalid type for 'temperature': expected a decimal, but got a string instead.".to_owned(), "temperature", "invalid_type"),
        (with("temperature", json!(3)), "Invalid 'temperature': it must be between 0 and 2.".to_owned(), "temperature", "invalid_value"),
        (with("max_tokens", json!(0)), "Invalid 'max_tokens': it must be an integer of at least 1.".to_owned(), "max_tokens", "invalid_value"),
        (with("stop", json!(["a", "b", "c", "d", "e"])), "Invalid 'stop': it must be one to 4 texts that are not empty.".to_owned(), "stop", "invalid_value"),
        (with("stream", json!("yes")), "Invalid type for 'stream': expected a boolean, but got a string instead.".to_owned(), "stream", "invalid_type"),
        (with("stream_options", json!({})), "The 'stream_options' parameter is only allowed when 'stream' is enabled.".to_owned(), "stream_options", "invalid_value"),
        (with("n", json!(2)), unsupported("n"), "n", "unsupported_parameter"),
        (with("tools", json!([{ "type": "function" }])), unsupported("tools"), "tools", "unsupported_parameter"),
        (with("logprobs", json!(true)), unsupported("logprobs"), "logprobs", "unsupported_parameter"),
        (with("response_format", json!({ "type": "json_object" })), unsupported("response_format"), "response_format", "unsupported_parameter"),
        (with("top_k", json!(4)), "Unrecognized request argument supplied: top_k".to_owned(), "top_k", "unknown_parameter"),
    ] {
        let refused = alice.post(CHAT, &body).await;
        says(&refused, 400, &text, INVALID, json!(param), json!(code));
    }
    // What says the same as nothing is taken; then the model is looked for.
    let mut nothing = ask("hello");
    for (name, value) in [
        ("tools", json!([])),
        ("logprobs", json!(false)),
        ("n", json!(1)),
        ("temperature", Value::Null),
        ("response_format", json!({ "type": "text" })),
        ("metadata", json!({ "a": "b" })),
        ("model", json!("gpt-x")),
    ] {
        nothing[name] = value;
    }
    let unknown = alice.post(CHAT, &nothing).await;
    let text = "The model `gpt-x` does not exist or you do not have access to it.";
    says(
        &unknown,
        404,
        text,
        INVALID,
        json!("model"),
        json!("model_not_found"),
    );
    let mut seeded = with("seed", json!(1));
    seeded["model"] = json!("claude/claude-x");
    let text = "Unsupported parameter: 'seed' cannot be passed on to 'claude'.";
    says(
        &alice.post(CHAT, &seeded).await,
        400,
        text,
        INVALID,
        json!("seed"),
        json!("unsupported_parameter"),
    );

    let post = |body: Vec<u8>| answer(alice.request(Method::POST, CHAT).body(body));
    let broken = post(b"{\"model\"".to_vec()).await.unwrap();
    assert_eq!(
        (broken.status.as_u16(), &broken.body["error"]["type"]),
        (400, &json!(INVALID))
    );
    let list = post(b"[]".to_vec()).await.unwrap();
    says(
        &list,
        400,
        "The body must be a JSON object.",
        INVALID,
        Value::Null,
        Value::Null,
    );
    let large = post(vec![b'x'; (15 << 20) + 1]).await.unwrap();
    says(
        &large,
        413,
        "The request body is too large.",
        INVALID,
        Value::Null,
        json!("request_too_large"),
    );
    // Of what is long little is told back.
    let long = "x".repeat(1 << 20);
    for body in [
        with("model", json!(long)),
        with(&long, json!(1)),
        message(json!({ "role": long, "content": "x" })),
        message(json!({ "role": "user", "content": "x", long.as_str(): 1 })),
        message(json!({ "role": "user", "content": [{ "type": long }] })),
    ] {
        let told = alice.post(CHAT, &body).await;
        assert!(told.status.is_client_error());
        assert!(told.body.to_string().len() < 1_000, "{}", told.body);
    }
    for (method, path, takes) in [
        (Method::GET, CHAT, "POST"),
        (Method::DELETE, "/v1/embeddings/", "POST"),
        (Method::POST, "/v1/models", "GET"),
        (Method::PUT, "/v1/models/up/m", "GET"),
    ] {
        let refused = answer(alice.request(method, path)).await.unwrap();
        says(
            &refused,
            405,
            "This URL does not take this method.",
            INVALID,
            Value::Null,
            json!("method_not_supported"),
        );
        assert_eq!(refused.headers["allow"], takes, "{path}");
    }
    for path in ["/v1/nothing", "/v1/", "/v1/chat", "/v1/models/a/b/c/d"] {
        says(
            &alice.get(path).await,
            404,
            "Unknown request URL. Please check it for typos.",
            INVALID,
            Value::Null,
            json!("unknown_url"),
        );
    }
    assert_eq!(upstream.received().len(), 0);
}

on_both_databases!(check);
