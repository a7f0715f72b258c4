//! A server with as many requests under way as it may have says so, in each dialect's own words, and how it is; idle
//! connections are no requests.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{ECHO, on_both_databases};
use crate::support::{
    client::{Client, eventually},
    databases::TestDatabase,
    server::Server,
};

/// Longer to repeat, at this pace, than the test takes.
const LONG: &str =
    "a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n";
const LIST: &str = "/api/chat/conversations";

async fn check(database: TestDatabase) {
    let settings = [
        ECHO,
        ("PROVIDERS__ECHO__DELAY_MS", "1000"),
        ("MAX_STREAMS", "2"),
    ];
    let server = Server::start(database, &settings).await;
    let alice = server.user("alice").await;
    idle_connections_are_in_nobodys_way(&server, &alice).await;

    let mut streams = vec![];
    for number in 0..2 {
        streams.push(alice.stream(&alice.conversation(number), LONG).await);
    }
    let refused = alice.say(&alice.conversation(2), "one too many").await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(
        refused.body,
        json!({ "detail": "The server is full; try again in a moment" })
    );
    each_dialect_tells_it(&alice).await;
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(alice.get(path).await.status, 200, "{path}");
    }

    drop(streams);
    eventually(async || alice.get(LIST).await.status == 200).await;
    let list = alice.get(LIST).await.body.to_string();
    assert!(list.contains(&alice.conversation(1)), "{list}");
    assert!(!list.contains(&alice.conversation(2)), "{list}");
}

async fn each_dialect_tells_it(alice: &Client) {
    let detail = json!({ "detail": "The server is full; try again in a moment" });
    let threads = json!({ "detail": "The server is full; try again in a moment." });
    let chats = json!({ "error": {
        "code": "UNAVAILABLE", "message": "The server cannot do this at the moment; try again.",
    } });
    let rag = json!({ "error": "The server is full; try again in a moment" });
    let answers = json!({ "success": false, "error": "The server is full; try again in a moment" });
    let openai = json!({ "error": {
        "message": "The server is full; try again in a moment.",
        "type": "server_error", "param": null, "code": null,
    } });
    let dialects = [
        ("/api/chat/stream", &detail),
        ("/api/auth/me", &detail),
        ("/api/chat/stream/", &threads),
        ("/api/chat-threads/", &threads),
        ("/api/moderation/cases", &threads),
        ("/api/v1/chats", &chats),
        ("/api/v1/chats/", &chats),
        ("/health", &chats),
        ("/mcp", &chats),
        ("/api/v1/session", &rag),
        ("/api/v1/chat/history/x", &rag),
        ("/api/v1/ingest/process", &rag),
        ("/api/v1/chat/completions", &answers),
        ("/v1/models", &openai),
        ("/v1/chat/completions", &openai),
        ("/api/audit/checkpoint", &detail),
        ("/openapi.json", &detail),
    ];
    for (path, told) in dialects {
        let refused = alice.get(path).await;
        assert_eq!(refused.status, 503, "{path}");
        assert_eq!(refused.headers["retry-after"], "1", "{path}");
        assert_eq!(
            refused.headers["content-type"], "application/json",
            "{path}"
        );
        assert_eq!(refused.body, *told, "{path}");
    }
}

async fn idle_connections_are_in_nobodys_way(server: &Server, alice: &Client) {
    let mut idle = vec![];
    for _ in 0..4 {
        let mut connection = TcpStream::connect(server.address).await.unwrap();
        let request = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
        connection.write_all(request.as_bytes()).await.unwrap();
        assert_ne!(connection.read(&mut [0; 1024]).await.unwrap(), 0);
        idle.push(connection);
    }
    assert_eq!(alice.get("/livez").await.status, 200);
    let list = alice.get(LIST).await;
    assert_eq!(list.status, 200, "{}", list.body);
}

on_both_databases!(check);
