//! Whoever asks too often is told when to come again, in each dialect's own words, and nobody else is.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ECHO, on_both_databases};
use crate::support::{
    client::{Answer, Client, answer},
    databases::TestDatabase,
    server::Server,
};

/// What a dialect says, with the seconds to wait.
type Words = fn(u64) -> Value;

const LATER: &str = "Too many requests; try again later";

/// More than may come at once.
const MANY: usize = 40;

async fn check(database: TestDatabase) {
    let settings = [
        ECHO,
        ("LIMITS__REQUESTS_PER_USER", "1"),
        ("TRUSTED_PROXIES", "127.0.0.0/8"),
    ];
    let server = Server::start(database, &settings).await;
    each_dialect_tells_it(&server).await;
    let limits = [
        ("LIMITS__REQUESTS_PER_USER", Some("0")),
        ("LIMITS__REQUESTS_PER_ADDRESS", Some("1")),
    ];
    let server = server.start_again_with(&limits).await;
    an_address_is_held_up_whoever_asks(&server).await;
}

async fn each_dialect_tells_it(server: &Server) {
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let question = json!({ "message": "hi" });
    let dialects: [(&str, &str, Value, Words); 9] = [
        ("assistant", "/api/chat/conversations", Value::Null, details),
        ("threads", "/api/chat-threads/", Value::Null, threads),
        ("chats", "/api/v1/chats", Value::Null, chats),
        ("mcp", "/mcp", ping, chats),
        ("rag", "/api/v1/session", Value::Null, rag),
        ("answers", "/api/v1/chat/completions", question, answers),
        ("openai", "/v1/models", Value::Null, openai),
        ("audit", "/api/audit/checkpoint", Value::Null, details),
        ("review", "/api/moderation/cases", Value::Null, threads),
    ];
    for (name, path, body, told) in dialects {
        let who = server.user_as(name, "admin").await;
        let refused = too_often(
            join_all((0..MANY).map(|_| ask(&who, path, &body))).await,
            name,
        );
        for answer in refused {
            let seconds = answer.headers["retry-after"].to_str().unwrap();
            let seconds: u64 = seconds.parse().unwrap();
            assert!((1..=60).contains(&seconds), "{name}: {seconds}");
            assert_eq!(answer.body, told(seconds), "{name}");
            assert_eq!(answer.headers["content-type"], "application/json", "{name}");
        }
    }
    // The others have not been asking.
    let other = server.user("other").await;
    assert_eq!(other.get("/api/v1/chats").await.status, 200);
}

fn details(_: u64) -> Value {
    json!({ "detail": LATER })
}

fn threads(seconds: u64) -> Value {
    let told = format!("Request was throttled. Expected available in {seconds} seconds.");
    json!({ "detail": told })
}

fn chats(_: u64) -> Value {
    let message = "Too many requests; try again later.";
    json!({ "error": { "code": "RATE_LIMITED", "message": message } })
}

fn rag(_: u64) -> Value {
    json!({ "error": LATER })
}

fn answers(_: u64) -> Value {
    json!({ "success": false, "error": LATER })
}

fn openai(seconds: u64) -> Value {
    let message = format!("Rate limit reached. Please try again in {seconds}s.");
    json!({ "error": {
        "message": message, "type": "requests", "param": null, "code": "rate_limit_exceeded",
    } })
}

/// One user from two addresses, and two users from one.
async fn an_address_is_held_up_whoever_asks(server: &Server) {
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let from = async |who: &Client, address: &str| {
        let request = who.request(Method::GET, "/api/chat/conversations");
        answer(request.header("x-forwarded-for", address))
            .await
            .unwrap()
    };
    let crowd = (0..MANY).map(|nth| {
        let who = if nth % 2 == 0 { &alice } else { &bob };
        from(who, "198.51.100.1")
    });
    too_often(join_all(crowd).await, "a crowd");
    for who in [&alice, &bob] {
        assert_eq!(from(who, "198.51.100.2").await.status, 200);
    }
}

async fn ask(who: &Client, path: &str, body: &Value) -> Answer {
    match body {
        Value::Null => who.get(path).await,
        body => {
            let request = who.request(Method::POST, path).json(body);
            let accepts = "application/json, text/event-stream";
            answer(request.header("accept", accepts)).await.unwrap()
        }
    }
}

/// Those that were refused, which some are, and some are not.
#[track_caller]
fn too_often(answers: Vec<Answer>, whose: &str) -> Vec<Answer> {
    let all = answers.len();
    let (refused, served): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 429);
    assert!(served.len() >= 10, "{whose}: {} of {all}", served.len());
    assert!(!refused.is_empty(), "{whose}");
    refused
}

on_both_databases!(check);
