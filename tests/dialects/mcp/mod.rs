//! `/mcp`: the chats dialect as tools.

mod a_model_is_asked;
mod a_tool_does_what_its_request_does;
mod nobody_calls_without_a_right;
mod the_protocol_is_kept;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Answer, Client, answer};

const ACCEPT: &str = "application/json, text/event-stream";

/// One message.
async fn send(who: &Client, message: &Value) -> Answer {
    let request = who.request(Method::POST, "/mcp").header("accept", ACCEPT);
    answer(request.json(message)).await.unwrap()
}

/// A request; what is answered.
async fn ask(who: &Client, method: &str, params: Value) -> Value {
    let message = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
    let answer = send(who, &message).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(
        (&answer.body["jsonrpc"], &answer.body["id"]),
        (&json!("2.0"), &json!(7))
    );
    answer.body
}

/// A tool's result: whether it is a refusal, and its one text.
async fn tool(who: &Client, name: &str, arguments: Value) -> (bool, String) {
    let params = json!({ "name": name, "arguments": arguments });
    let result = ask(who, "tools/call", params).await["result"].take();
    let content = result["content"].as_array().unwrap();
    assert_eq!((content.len(), &content[0]["type"]), (1, &json!("text")));
    let text = content[0]["text"].as_str().unwrap().to_owned();
    (result["isError"] == true, text)
}

/// What a tool says that does its work.
pub(super) async fn told(who: &Client, name: &str, arguments: Value) -> Value {
    let (refused, text) = tool(who, name, arguments).await;
    assert!(!refused, "{name}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// Why a tool does not do it.
pub(super) async fn refused(who: &Client, name: &str, arguments: Value) -> String {
    let (refused, text) = tool(who, name, arguments).await;
    assert!(refused, "{name}: {text}");
    text
}
