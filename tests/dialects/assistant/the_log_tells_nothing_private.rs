//! After a day of abuse the server lives, and its log, as talkative as it can be, holds nothing that anybody
//! said, no token and no password.

use reqwest::Method;
use serde_json::json;

use super::upstream;
use crate::{
    dialects::on_both_databases,
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        server::{PASSWORD, Server},
        wire::{self, exchange},
    },
};

/// In everything that must not be logged.
const MARK: &str = "xyzzymark";

async fn check(database: TestDatabase) {
    let answer = format!("{MARK} answer");
    let upstream = Scripted::start([
        upstream::whole(&answer),
        Reply::error(400, &format!("{MARK} you said {MARK}")),
        Reply::sse([upstream::delta(&answer)]).malformed(),
        Reply::json(&json!({ "mark": MARK }).to_string()),
    ])
    .await;
    let url = format!("{}/v1/", upstream.url());
    let key = format!("sk-{MARK}");
    let settings = [
        // Providers quote their users.
        ("LOG", "debug"),
        ("PROVIDERS__ECHO__KIND", "echo"),
        ("PROVIDERS__UP__KIND", "custom"),
        ("PROVIDERS__UP__BASE_URL", url.as_str()),
        ("PROVIDERS__UP__MODEL", "m"),
        ("PROVIDERS__UP__API_KEY", key.as_str()),
        ("DEFAULT_PROVIDER", "echo"),
    ];
    let mut server = Server::start_logged(database, &settings).await;
    let alice = server.user("alice").await;
    said(&alice).await;
    let token = shown(&alice).await;
    abused(&alice).await;

    for path in ["/livez", "/readyz"] {
        assert_eq!(alice.get(path).await.status, 200);
    }
    let conversation = alice.conversation(1);
    assert_eq!(alice.say(&conversation, "still there?").await.status, 200);
    assert!(server.end().await, "it ends as it should");
    let log = server.log();
    assert!(
        log.contains("DEBUG"),
        "the log is as talkative as it can be"
    );
    for private in [
        MARK,
        alice.key.as_str(),
        token.as_str(),
        PASSWORD,
        "hunter2",
    ] {
        let line = log.lines().find(|line| line.contains(private));
        assert_eq!(line, None, "{private} is in the log");
    }
    for trouble in ["panic", " ERROR ", "status=500", "status=503"] {
        let line = log.lines().find(|line| line.contains(trouble));
        assert_eq!(line, None, "{trouble} in the log");
    }
}

/// Messages of every fate.
async fn said(alice: &Client) {
    let conversation = alice.conversation(1);
    alice.say(&conversation, &format!("{MARK} said")).await;
    alice.stream(&conversation, MARK).await.rest().await;
    for number in 0..4 {
        let body = json!({ "text": format!("{MARK} {number}"), "provider": "up", "conversation_id": conversation });
        let request = alice
            .request(Method::POST, "/api/chat")
            .header("idempotency-key", format!("{MARK}{number}"));
        assert_eq!(answer(request.json(&body)).await.unwrap().status, 200);
    }
    alice
        .get(&format!(
            "/api/chat/messages?conversation_id={conversation}"
        ))
        .await;
    alice.get("/api/chat/conversations").await;
    let other = alice.conversation(2);
    alice.say(&other, MARK).await;
    alice
        .delete(&format!("/api/chat/conversations/{other}"))
        .await;
}

/// Secrets in every place where a secret may be; a good token among them.
async fn shown(alice: &Client) -> String {
    let login = json!({ "username": "alice", "password": PASSWORD });
    let welcome = answer(alice.bare(Method::POST, "/api/auth/login").json(&login))
        .await
        .unwrap();
    let token = welcome.body["access_token"].as_str().unwrap();
    assert_eq!(
        answer(alice.bare(Method::GET, &format!("/api/auth/me?token={token}")))
            .await
            .unwrap()
            .status,
        200
    );
    // Wherever a browser may put it, whatever comes of that.
    let conversation = alice.conversation(1);
    for path in [
        &format!("/api/chat/stream?conversation_id={conversation}&token={token}"),
        &format!("/api/chat/messages?token={token}&limit=none"),
        &format!("/api/nothing?token={token}"),
        &format!("/livez?token={token}"),
    ] {
        for method in [Method::GET, Method::PUT, Method::OPTIONS] {
            let request = alice
                .bare(method, path)
                .header("origin", "https://chat.example");
            answer(request).await.unwrap();
        }
    }
    for (username, password) in [
        ("alice", "hunter2"),
        ("hunter2", MARK),
        ("al\0ice", "hunter2"),
    ] {
        let body = json!({ "username": username, "password": password });
        let refused = answer(alice.bare(Method::POST, "/api/auth/login").json(&body))
            .await
            .unwrap();
        assert_eq!(refused.status, 401);
    }
    for bad in [format!("ey{MARK}.e.f"), format!("sk_{MARK}")] {
        alice.with_key(&bad).get("/api/auth/me").await;
        answer(alice.bare(Method::GET, &format!("/api/auth/me?token={bad}")))
            .await
            .unwrap();
    }
    token.to_owned()
}

/// Requests that are wrong in every way.
async fn abused(alice: &Client) {
    for body in [
        format!("{{\"text\":\"{MARK}"),
        format!("{{\"text\":[\"{MARK}\"]}}"),
        format!("[\"{MARK}\"]"),
        format!("{{\"text\":\"{MARK}\\u0000\"}}"),
        format!("{{\"text\":\"x\",\"web\":\"{MARK}\"}}"),
        format!("{{\"text\":\"x\",\"provider\":\"{MARK}\"}}"),
        format!("{{\"text\":\"x\",\"conversation_id\":\"{MARK}\"}}"),
        format!("{{\"password\":\"{MARK}\"}}"),
    ] {
        for path in ["/api/chat", "/api/chat/stream", "/api/auth/login"] {
            let refused = answer(alice.request(Method::POST, path).body(body.clone()))
                .await
                .unwrap();
            assert!(refused.status.as_u16() < 500, "{body}");
        }
    }
    for query in [
        "limit",
        "cursor",
        "channel",
        "min_position",
        "conversation_id",
        "after",
    ] {
        for path in ["conversations", "messages", "stream"] {
            let refused = alice
                .get(&format!("/api/chat/{path}?{query}={MARK}%00"))
                .await;
            assert!(refused.status.as_u16() < 500, "{path} {query}");
        }
    }
    let garbage = format!("{MARK}\r\n\r\n");
    exchange(alice.address, garbage.as_bytes()).await;
    let header = wire::request(
        "GET /api/auth/me",
        &[("cookie", MARK), ("authorization", MARK)],
        b"",
    );
    exchange(alice.address, &header).await;
    let broken = wire::request(
        "POST /api/chat",
        &[
            ("transfer-encoding", "chunked"),
            ("authorization", &format!("Bearer {}", alice.key)),
        ],
        MARK.as_bytes(),
    );
    exchange(alice.address, &broken).await;
}

on_both_databases!(check);
