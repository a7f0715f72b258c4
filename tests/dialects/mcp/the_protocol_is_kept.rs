//! What comes before any tool: methods, tokens, media types, origins, sizes, and messages that are none.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

async fn check(database: TestDatabase) {
    let listed = ("CORS__ORIGINS", "https://chat.example");
    let server = Server::start(database, &[ECHO, listed]).await;
    let ada = server.user_as("ada", "admin").await;
    a_client_says_hello(&ada).await;
    tools_are_listed_with_what_they_take(&ada).await;
    nobody_gets_in_without_a_token(&ada).await;
    only_posts_of_json_are_taken(&ada).await;
    a_page_of_another_origin_is_refused(&ada).await;
    what_is_no_message_is_an_error(&ada).await;
}

async fn a_client_says_hello(ada: &Client) {
    let hello = json!({
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    let answer = ask(ada, "initialize", hello).await;
    let result = &answer["result"];
    assert_eq!(result["protocolVersion"], "2025-06-18");
    assert_eq!(result["serverInfo"]["name"], "colloquy");
    assert!(result["capabilities"]["tools"].is_object(), "{result}");
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let taken = send(ada, &ready).await;
    assert_eq!((taken.status.as_u16(), taken.body), (202, json!("")));
    assert_eq!(ask(ada, "ping", json!({})).await["result"], json!({}));
    // There is no session, and none is needed.
    assert!(!taken.headers.contains_key("mcp-session-id"));
}

async fn tools_are_listed_with_what_they_take(ada: &Client) {
    let listed = ask(ada, "tools/list", json!({})).await;
    let takes = |tool: &Value| {
        let schema = &tool["inputSchema"];
        assert_eq!(schema["type"], "object");
        assert_ne!(tool["description"], "");
        let names: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        (
            tool["name"].clone(),
            json!(names),
            schema["required"].clone(),
        )
    };
    let tools: Vec<_> = listed["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(takes)
        .collect();
    let expected = [
        (
            "create-chat",
            json!([
                "aiProviderId",
                "projectId",
                "name",
                "systemMessage",
                "model"
            ]),
            json!(["aiProviderId"]),
        ),
        ("list-chats", json!(["projectId"]), json!([])),
        ("get-chat", json!(["chatId"]), json!(["chatId"])),
        ("delete-chat", json!(["chatId"]), json!(["chatId"])),
        (
            "create-chat-completion-for-chat",
            json!(["chatId", "messages", "model", "stream"]),
            json!(["chatId", "messages"]),
        ),
        (
            "create-chat-completion",
            json!([
                "aiProviderId",
                "systemMessage",
                "model",
                "messages",
                "stream"
            ]),
            json!(["aiProviderId", "messages"]),
        ),
    ];
    assert_eq!(
        tools,
        expected.map(|(name, takes, needs)| (json!(name), takes, needs))
    );
}

async fn nobody_gets_in_without_a_token(ada: &Client) {
    let strangers = [
        ada.bare(Method::POST, "/mcp"),
        ada.with_key("sk-wrong").request(Method::POST, "/mcp"),
    ];
    for stranger in strangers {
        let stranger = stranger.header("accept", ACCEPT).body(PING);
        let answer = answer(stranger.header("content-type", "application/json"))
            .await
            .unwrap();
        assert_eq!(answer.status, 401);
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        assert_eq!(answer.body, json!({ "error": "Unauthorized" }));
    }
}

async fn only_posts_of_json_are_taken(ada: &Client) {
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let answer = answer(ada.request(method, "/mcp")).await.unwrap();
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["allow"]),
            (405, &"POST".parse().unwrap())
        );
    }
    let post = |accept: &'static str, kind: &'static str| {
        let request = ada.request(Method::POST, "/mcp").header("accept", accept);
        answer(request.header("content-type", kind).body(PING))
    };
    for accept in ["*/*", "application/json", "text/event-stream", "text/html"] {
        assert_eq!(
            post(accept, "application/json").await.unwrap().status,
            406,
            "{accept}"
        );
    }
    assert_eq!(post(ACCEPT, "text/plain").await.unwrap().status, 415);
    assert_eq!(
        post(ACCEPT, "application/json; charset=utf-8")
            .await
            .unwrap()
            .status,
        200
    );
}

async fn a_page_of_another_origin_is_refused(ada: &Client) {
    let from = |origin: &'static str| {
        let request = ada.request(Method::POST, "/mcp").header("accept", ACCEPT);
        let request = request.header("origin", origin).body(PING);
        answer(request.header("content-type", "application/json"))
    };
    // As after a name was pointed at this machine: the page and the host have the same one.
    for origin in [
        "http://evil.example:8080",
        "https://chat.example:444",
        "null",
    ] {
        assert_eq!(from(origin).await.unwrap().status, 403, "{origin}");
    }
    let listed = from("https://chat.example").await.unwrap();
    assert_eq!(listed.status, 200);
    assert_eq!(
        listed.headers["access-control-allow-origin"],
        "https://chat.example"
    );
}

async fn what_is_no_message_is_an_error(ada: &Client) {
    let post = |body: String| {
        let request = ada.request(Method::POST, "/mcp").header("accept", ACCEPT);
        answer(
            request
                .header("content-type", "application/json")
                .body(body),
        )
    };
    let no_json = ["", "{", "\u{0}"];
    let no_request = [
        "7",
        "[]",
        "{}",
        r#"{"jsonrpc":"2.0","id":1}"#,
        r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
    ];
    let coded = no_json.map(|body| (body, -32700)).into_iter();
    for (body, code) in coded.chain(no_request.map(|body| (body, -32600))) {
        let answer = post(body.to_owned()).await.unwrap();
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert_eq!(answer.body["error"]["code"], code, "{body}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(post(deep).await.unwrap().status, 400);
    let long = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":"{}"}}}}"#,
        "x".repeat(1 << 20)
    );
    let answer = post(long).await.unwrap();
    assert_eq!(answer.status, 413);
    assert_eq!(answer.body["error"]["code"], "PAYLOAD_TOO_LARGE");
    let unknown = ask(ada, "resources/subscribe", json!({ "uri": "x:y" })).await;
    assert_eq!(unknown["error"]["code"], -32601, "{unknown}");
    for wrong in [
        json!({ "name": "rm-rf" }),
        json!({ "name": "list-chats", "arguments": [] }),
        json!({}),
        Value::Null,
    ] {
        let unknown = ask(ada, "tools/call", wrong).await;
        assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    }
    let request = ada.request(Method::POST, "/mcp").header("accept", ACCEPT);
    let other = request
        .header("content-type", "application/json")
        .body(PING);
    let other = other.header("mcp-protocol-version", "1999-01-01");
    assert_eq!(super::answer(other).await.unwrap().status, 400);
}

on_both_databases!(check);
