//! What is wrong with texts is named, and who makes no embeddings says so. Nobody is asked.

use serde_json::{Value, json};

use super::{VECTORS, embed, says};
use crate::{
    dialects::{assistant::upstream, on_both_databases},
    support::{
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
        ("PROVIDERS__ADA__KIND", "openai"),
        ("PROVIDERS__ADA__MODEL", "text-embedding-ada-002"),
        ("PROVIDERS__ADA__BASE_URL", "http://127.0.0.1:9"),
    ];
    let (server, alice) = upstream::server_with(database, &upstream, &more).await;
    let stranger = alice.with_key("sk-wrong").post(VECTORS, &embed("x")).await;
    says(
        &stranger,
        401,
        "Incorrect API key provided.",
        INVALID,
        Value::Null,
        json!("invalid_api_key"),
    );

    let with = |name: &str, value: Value| {
        let mut body = embed("hello");
        body[name] = value;
        body
    };
    let of = |model: &str, input: Value| json!({ "model": model, "input": input });
    let many: Vec<_> = (0..2_049).map(|nth| nth.to_string()).collect();
    for (body, text, param, code) in [
        (json!({}), "Missing required parameter: 'model'.".to_owned(), "model", "missing_required_parameter"),
        (json!({ "model": "up" }), "Missing required parameter: 'input'.".to_owned(), "input", "missing_required_parameter"),
        (embed(""), "Invalid 'input': a string with nothing in it.".to_owned(), "input", "empty_string"),
        (embed(json!([])), "Invalid 'input': an array with nothing in it.".to_owned(), "input", "empty_array"),
        (embed(json!(["a", ""])), "Invalid 'input[1]': a string with nothing in it.".to_owned(), "input[1]", "empty_string"),
        (embed(json!([[1], []])), "Invalid 'input[1]': an array with nothing in it.".to_owned(), "input[1]", "empty_array"),
        (embed(json!(["a", 7])), "Invalid type for 'input[1]': expected a string, but got an integer instead.".to_owned(), "input[1]", "invalid_type"),
        (embed(json!([7, "a"])), "Invalid type for 'input[1]': expected a token, but got a string instead.".to_owned(), "input[1]", "invalid_type"),
        (embed(json!([[7], "a"])), "Invalid type for 'input[1]': expected an array of integers, but got a string instead.".to_owned(), "input[1]", "invalid_type"),
        (embed(json!([1.5])), "Invalid type for 'input[0]': expected a token, but got a decimal instead.".to_owned(), "input[0]", "invalid_type"),
        (embed(json!({})), "Invalid type for 'input': expected a string or an array, but got an object instead.".to_owned(), "input", "invalid_type"),
        (embed(many), "Invalid 'input': at most 2048 texts are taken.".to_owned(), "input", "array_above_max_length"),
        (embed("a\u{0}b"), "Invalid 'input': U+0000 is not allowed.".to_owned(), "input", "invalid_value"),
        (embed(json!([15339])), "Unsupported parameter: 'input' is made of tokens that this server cannot read: send texts.".to_owned(), "input", "unsupported_parameter"),
        (of("ada", json!([[15339], [200_000]])), "Unsupported parameter: 'input[1]' is made of tokens that this server cannot read: send texts.".to_owned(), "input[1]", "unsupported_parameter"),
        (of("ada", json!(["short", "hello ".repeat(9_000)])), "Invalid 'input[1]': it has 9001 tokens, and this model reads 8192.".to_owned(), "input[1]", "context_length_exceeded"),
        (with("encoding_format", json!("int8")), "Invalid value: 'int8'. Supported values are: 'float' and 'base64'.".to_owned(), "encoding_format", "invalid_value"),
        (with("encoding_format", json!(8)), "Invalid type for 'encoding_format': expected a string, but got an integer instead.".to_owned(), "encoding_format", "invalid_type"),
        (with("dimensions", json!(0)), "Invalid 'dimensions': it must be an integer from 1 to 16384.".to_owned(), "dimensions", "invalid_value"),
        (with("dimensions", json!("256")), "Invalid type for 'dimensions': expected an integer, but got a string instead.".to_owned(), "dimensions", "invalid_type"),
        (json!({ "model": "ada", "input": "x", "dimensions": 256 }), "Unsupported parameter: 'dimensions' cannot be passed on to 'ada'.".to_owned(), "dimensions", "unsupported_parameter"),
        (with("stream", json!(true)), "Unrecognized request argument supplied: stream".to_owned(), "stream", "unknown_parameter"),
        (of("echo", json!("x")), "`echo/echo` is an echo, not a model: it makes no embeddings. Name a provider that has an embedding model.".to_owned(), "model", "unsupported_model"),
        (of("claude/claude-x", json!("x")), "`claude/claude-x` makes no embeddings here: its provider is not asked for any.".to_owned(), "model", "unsupported_model"),
    ] {
        let refused = alice.post(VECTORS, &body).await;
        says(&refused, 400, &text, INVALID, json!(param), json!(code));
    }
    let text = "The model `gpt-x` does not exist or you do not have access to it.";
    let unknown = alice.post(VECTORS, &of("gpt-x", json!("x"))).await;
    let (param, code) = (json!("model"), json!("model_not_found"));
    says(&unknown, 404, text, INVALID, param, code);
    let method = alice.get(VECTORS).await;
    assert_eq!(
        (method.status.as_u16(), &method.headers["allow"]),
        (405, &"POST".parse().unwrap())
    );
    assert_eq!(upstream.received().len(), 0);
    assert!(super::embeddings(&server).await.is_empty());
}

on_both_databases!(check);
