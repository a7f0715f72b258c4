//! Paths, methods and heads that nobody asked for.

use reqwest::{Method, header::HeaderValue};
use serde_json::json;

use super::{escaped, faults, says};
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        server::Server,
        wire::{self, exchange},
    },
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    unknown_paths_are_404(&alice).await;
    wrong_methods_are_405(&alice).await;
    head_and_options_do_no_harm(&alice).await;
    methods_of_proxies_do_no_harm(&alice).await;
    colons_may_be_escaped(&alice).await;
    a_nul_in_a_path_is_refused(&alice).await;
    too_many_headers_are_refused(&alice).await;
    what_is_not_http_is_refused(&alice).await;
    every_answer_has_a_request_id(&alice).await;
    assert_eq!(alice.get("/livez").await.status, 200);
}

async fn unknown_paths_are_404(alice: &Client) {
    for path in [
        "/",
        "/api",
        "/api/",
        "/api/chats",
        "/api/chat/nothing",
        "/api/chat/messages/1",
        "/api/chat/conversations/a/b",
        "/api/chat/conversations/a/stop/b",
        "/api/chat/conversations/a/STOP",
        "/api/settings",
        "/api/settings/moods",
        "/api/auth/users/a",
        "/api/chat%2Fmessages",
        "/API/chat",
        "//api/chat",
        "/api//chat",
        "/api/chat%00",
        "/%ff",
        "/../etc/passwd",
        "/api/auth",
        "/api/chat/",
        "/api/auth/me/",
        "/livez/",
        "/favicon.ico",
        &format!("/{}", "a/".repeat(2000)),
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let request = alice.request(method, path);
            says(&answer(request).await.unwrap(), 404, "Not Found");
        }
    }
}

async fn wrong_methods_are_405(alice: &Client) {
    let one = format!("/api/chat/conversations/{}", alice.conversation(1));
    for (path, takes, methods) in [
        ("/api/chat", "POST", "GET PUT PATCH DELETE BREW"),
        ("/api/chat/stream", "POST, GET", "PUT PATCH DELETE"),
        ("/api/chat/conversations", "GET", "POST PUT PATCH DELETE"),
        ("/api/chat/messages", "GET", "POST PUT PATCH DELETE"),
        ("/api/chat/search", "GET", "POST PUT PATCH DELETE"),
        ("/api/chat/search/all", "GET", "POST PUT PATCH DELETE"),
        (&one, "DELETE", "GET POST PUT PATCH"),
        (&format!("{one}/stop"), "POST", "GET PUT PATCH DELETE"),
        (&format!("{one}/truncate"), "POST", "GET PUT PATCH DELETE"),
        ("/api/auth/login", "POST", "GET PUT DELETE"),
        ("/api/auth/me", "GET, DELETE", "POST PUT PATCH"),
        ("/api/auth/register", "POST", "GET PUT DELETE"),
        ("/api/auth/change-password", "POST", "GET PUT DELETE"),
        ("/api/auth/users/x/disable", "POST", "GET PUT DELETE"),
        ("/api/settings/mood", "GET, PUT", "POST PATCH DELETE"),
        ("/api/providers", "GET", "POST PUT DELETE"),
        ("/livez", "GET", "POST PUT DELETE"),
        ("/metrics", "GET", "POST"),
    ] {
        for method in methods.split(' ') {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = alice
                .request(method, path)
                .json(&json!({ "text": "hello" }));
            let answer = answer(request).await.unwrap();
            says(&answer, 405, "Method Not Allowed");
            assert_eq!(answer.headers["allow"], takes, "{path}");
        }
    }
}

async fn head_and_options_do_no_harm(alice: &Client) {
    let conversation = alice.conversation(2);
    alice.say(&conversation, "hello").await;
    let one = format!("/api/chat/conversations/{conversation}");
    for path in [
        "/api/chat",
        "/api/chat/stream",
        "/api/chat/conversations",
        &one,
        &format!("{one}/stop"),
        "/api/auth/me",
        "/livez",
    ] {
        for method in [Method::HEAD, Method::OPTIONS] {
            let request = alice
                .request(method.clone(), path)
                .json(&json!({ "text": "hello" }));
            let status = answer(request).await.unwrap().status.as_u16();
            assert!(
                [200, 204, 405].contains(&status),
                "{method} {path}: {status}"
            );
        }
    }
    assert_eq!(alice.history(&conversation).await.len(), 2);
}

async fn methods_of_proxies_do_no_harm(alice: &Client) {
    let key = format!("Bearer {}", alice.key);
    for (line, statuses) in [
        ("CONNECT example.com:443", &[400, 404, 405][..]),
        ("CONNECT /api/chat", &[400, 404, 405]),
        ("OPTIONS *", &[400, 404, 405]),
        ("GET *", &[400, 404]),
        ("TRACE /api/auth/me", &[405]),
        ("GET http://example.com/api/auth/me", &[200]),
        ("GET http://example.com", &[404]),
        ("GET example.com", &[400, 404]),
        ("GET ?token=x", &[400, 404]),
        ("GET /api/auth/me#fragment", &[200, 400, 404]),
        ("GET /api/auth/me?", &[200]),
        ("GET /api/auth/me??&&==&%", &[200]),
        ("get /api/auth/me", &[400, 404, 405]),
    ] {
        let request = wire::request(line, &[("authorization", &key)], b"");
        let answered = exchange(alice.address, &request).await;
        let status = answered
            .unwrap_or_else(|| panic!("{line} is not answered"))
            .status;
        assert!(statuses.contains(&status), "{line}: {status}");
    }
}

async fn colons_may_be_escaped(alice: &Client) {
    for (number, write) in [
        (3, str::to_owned as fn(&str) -> String),
        (4, escaped),
        (5, |id| id.replace(':', "%3a")),
    ] {
        let conversation = alice.conversation(number);
        alice.say(&conversation, "hello").await;
        let written = write(&conversation);
        let messages = alice
            .get(&format!("/api/chat/messages?conversation_id={written}"))
            .await;
        assert_eq!(messages.body["conversation_id"], conversation);
        assert_eq!(messages.body["messages"].as_array().unwrap().len(), 2);
        let one = format!("/api/chat/conversations/{written}");
        let stopped = alice.post(&format!("{one}/stop"), &json!({})).await;
        assert_eq!(stopped.body, json!({ "ok": true, "stopped": false }));
        assert_eq!(alice.delete(&one).await.body, json!({ "ok": true }));
        assert!(alice.history(&conversation).await.is_empty());
    }
}

async fn a_nul_in_a_path_is_refused(alice: &Client) {
    let one = format!("/api/chat/conversations/{}:web:%00", alice.id);
    let refused = alice.delete(&one).await;
    faults(&refused, "value_error", &["path", "conversation_id"]);
    let refused = alice.post(&format!("{one}/stop"), &json!({})).await;
    faults(&refused, "value_error", &["path", "conversation_id"]);
    let own = alice
        .delete(&format!("/api/chat/conversations/{}:web:%ff", alice.id))
        .await;
    assert_eq!(own.status, 200, "not UTF-8, but a name: {}", own.body);
    // A slash that belongs to the name.
    let own = alice
        .delete(&format!("/api/chat/conversations/{}:web:a%2Fb", alice.id))
        .await;
    assert_eq!(own.body, json!({ "ok": true }));
}

async fn too_many_headers_are_refused(alice: &Client) {
    let key = format!("Bearer {}", alice.key);
    let many: Vec<_> = (0..10_000)
        .map(|number| (format!("x-{number}"), "y"))
        .collect();
    let many: Vec<_> = many
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    let long = "y".repeat(200_000);
    let line = format!("GET /api/auth/me?{long}");
    for request in [
        wire::request("GET /api/auth/me", &many, b""),
        wire::request(
            "GET /api/auth/me",
            &[("x-long", &long), ("authorization", &key)],
            b"",
        ),
        wire::request(
            "GET /api/auth/me",
            &[("authorization", &format!("Bearer {long}"))],
            b"",
        ),
        wire::request(&line, &[("authorization", &key)], b""),
    ] {
        // A flood may be cut off before the answer was read.
        if let Some(answered) = exchange(alice.address, &request).await {
            assert!(
                [400, 414, 431].contains(&answered.status),
                "{}",
                answered.status
            );
        }
    }
    // As many as honest proxies add are fine.
    let some: Vec<_> = many[..80]
        .iter()
        .copied()
        .chain([("authorization", key.as_str())])
        .collect();
    let request = wire::request("GET /api/auth/me", &some, b"");
    assert_eq!(exchange(alice.address, &request).await.unwrap().status, 200);
}

async fn what_is_not_http_is_refused(alice: &Client) {
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\n: empty\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense that is no frame at all",
        b"\r\n\r\n\r\n\r\nQUIT\r\n",
        &[0xff; 5000],
    ] {
        let mut bytes = bytes.to_vec();
        bytes.extend_from_slice(b"\r\n\r\n");
        let mut connection = tokio::net::TcpStream::connect(alice.address).await.unwrap();
        let _ = tokio::io::AsyncWriteExt::write_all(&mut connection, &bytes).await;
        let _ = tokio::io::AsyncWriteExt::shutdown(&mut connection).await;
        let mut rest = vec![];
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut connection, &mut rest).await;
        let text = String::from_utf8_lossy(&rest);
        assert!(!text.contains(" 500 ") && !text.contains(" 200 "), "{text}");
    }
}

async fn every_answer_has_a_request_id(alice: &Client) {
    let id_of = async |sent: Option<HeaderValue>| {
        let mut request = alice.request(Method::GET, "/api/auth/me");
        if let Some(sent) = sent {
            request = request.header("x-request-id", sent);
        }
        answer(request).await.unwrap().headers["x-request-id"].clone()
    };
    assert_eq!(
        id_of(Some(HeaderValue::from_static("mine-1"))).await,
        "mine-1"
    );
    let (one, other) = (id_of(None).await, id_of(None).await);
    assert!(one != other && one.len() >= 16);
    let long = HeaderValue::from_str(&"x".repeat(5000)).unwrap();
    assert!(id_of(Some(long)).await.len() <= 64);
    assert!(!id_of(Some(HeaderValue::from_static(""))).await.is_empty());
    // On refusals, too.
    for path in ["/nowhere", "/api/chat", "/api/chat/messages"] {
        assert!(alice.get(path).await.headers.contains_key("x-request-id"));
    }
}

on_both_databases!(check);
