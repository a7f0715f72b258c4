//! Bodies that are too large, too deep, of another encoding, broken off or lying about themselves.

use bytes::Bytes;
use reqwest::{Body, Method};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::{all_faults, says};
use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        server::Server,
        wire::{self, exchange},
    },
};

const TOO_LARGE: &str = "Request body too large";
const MIB: usize = 1 << 20;

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let conversation = alice.conversation(1);
    alice.say(&conversation, "before").await;

    a_body_beyond_the_limit_is_413(&alice).await;
    a_body_within_the_limit_is_read(&alice).await;
    clients_that_write_before_they_read_get_the_answer(&alice).await;
    a_client_that_asks_first_need_not_send(&alice).await;
    depth_and_encoding_are_the_clients_fault(&alice).await;
    the_content_type_does_not_matter(&alice).await;
    bodies_that_lie_about_their_length_are_refused(&alice).await;
    a_body_that_breaks_off_sends_nothing(&alice, &conversation).await;

    assert_eq!(alice.history(&conversation).await.len(), 2);
    assert_eq!(alice.get("/livez").await.status, 200);
}

async fn a_body_beyond_the_limit_is_413(alice: &Client) {
    let big = Bytes::from(json!({ "text": "x".repeat(16 * MIB) }).to_string());
    for path in ["/api/chat", "/api/chat/stream"] {
        let announced = alice.request(Method::POST, path).body(big.clone());
        says(&answer(announced).await.unwrap(), 413, TOO_LARGE);
        let chunks: Vec<_> = big.chunks(64 * 1024).map(Bytes::copy_from_slice).collect();
        let chunks = futures_util::stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>));
        let unannounced = alice
            .request(Method::POST, path)
            .body(Body::wrap_stream(chunks));
        says(&answer(unannounced).await.unwrap(), 413, TOO_LARGE);
    }
    let login = alice
        .bare(Method::POST, "/api/auth/login")
        .body(vec![b' '; MIB + 1]);
    says(&answer(login).await.unwrap(), 413, TOO_LARGE);
}

async fn a_body_within_the_limit_is_read(alice: &Client) {
    let ten = json!({ "text": "x".repeat(10 * MIB) });
    all_faults(&alice.post("/api/chat", &ten).await);
    let padded = format!("{}{}", " ".repeat(10 * MIB), json!({ "text": "hello" }));
    let reply = answer(alice.request(Method::POST, "/api/chat").body(padded))
        .await
        .unwrap();
    assert_eq!(reply.body["reply"], format!("{PREFACE}hello"));
    let whole = 15 * MIB;
    let exact = format!("{}{}", " ".repeat(whole - 16), r#"{"text":"hello"}"#);
    assert_eq!(exact.len(), whole);
    let reply = answer(alice.request(Method::POST, "/api/chat").body(exact))
        .await
        .unwrap();
    assert_eq!(reply.status, 200);
    let over = alice
        .request(Method::POST, "/api/chat")
        .body(vec![b' '; whole + 1]);
    says(&answer(over).await.unwrap(), 413, TOO_LARGE);
}

/// Many libraries read nothing until all is written: an early answer must not be lost in a reset.
async fn clients_that_write_before_they_read_get_the_answer(alice: &Client) {
    let key = format!("Bearer {}", alice.key);
    let body = vec![b'x'; 16 * MIB];
    let length = body.len().to_string();
    let announced = [("authorization", key.as_str()), ("content-length", &length)];
    let mut chunked = format!("{length:x}\r\n", length = body.len()).into_bytes();
    chunked.extend_from_slice(&body);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    let unannounced = [
        ("authorization", key.as_str()),
        ("transfer-encoding", "chunked"),
    ];
    let stop = format!(
        "POST /api/chat/conversations/{}/stop",
        alice.conversation(9)
    );
    for (line, headers, body, status) in [
        ("POST /api/chat", &announced[..], &body, 413),
        ("POST /api/chat", &unannounced[..], &chunked, 413),
        // Nobody reads these bodies at all.
        ("POST /api/chat", &announced[1..], &body, 401),
        ("POST /api/auth/login", &announced[1..], &body, 413),
        ("POST /nowhere", &announced[1..], &body, 404),
        ("PUT /api/chat", &announced[1..], &body, 405),
        (&stop, &announced[..], &body, 200),
    ] {
        let request = wire::request(line, headers, body);
        let answered = exchange(alice.address, &request).await;
        let answered = answered.unwrap_or_else(|| panic!("{line}: a reset instead of {status}"));
        assert_eq!(answered.status, status, "{line}");
        if status == 413 {
            assert_eq!(answered.body, br#"{"detail":"Request body too large"}"#);
            assert_eq!(answered.headers["content-type"], "application/json");
        }
    }
}

async fn a_client_that_asks_first_need_not_send(alice: &Client) {
    let key = format!("Bearer {}", alice.key);
    let length = (16 * MIB).to_string();
    let headers = [
        ("authorization", key.as_str()),
        ("content-length", &length),
        ("expect", "100-continue"),
    ];
    for (headers, status) in [(&headers[..], 413), (&headers[1..], 401)] {
        let request = wire::request("POST /api/chat", headers, b"");
        assert_eq!(
            exchange(alice.address, &request).await.unwrap().status,
            status
        );
    }
}

async fn depth_and_encoding_are_the_clients_fault(alice: &Client) {
    let deep = 100_000;
    let arrays = format!("{{\"text\":{}{}}}", "[".repeat(deep), "]".repeat(deep));
    let objects = format!("{}1{}", "{\"text\":".repeat(deep), "}".repeat(deep));
    let open = "[".repeat(deep);
    for body in [
        arrays.as_bytes(),
        objects.as_bytes(),
        open.as_bytes(),
        b"{\"text\":\"\xff\xfe\"}",
        b"\xff\xfe{\x00}\x00",
        b"{\"text\":\"a\x00b\"}",
        b"\x00",
        b"{\"text\":\"a\\u0000b\"}",
        b"{\"text\":\"\\ud800\"}",
        b"{\"text\":\"\\udc00\\ud800\"}",
        b"{\"text\":\"line\nbreak\"}",
        b"{\"te\xc0\xafxt\":1}",
        b"{\"text\":1e999}",
        b"{\"text\":NaN}",
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0xff, 0xff],
    ] {
        for path in ["/api/chat", "/api/chat/stream"] {
            let request = alice.request(Method::POST, path).body(body.to_vec());
            all_faults(&answer(request).await.unwrap());
        }
        let request = alice
            .bare(Method::POST, "/api/auth/login")
            .body(body.to_vec());
        all_faults(&answer(request).await.unwrap());
    }
}

async fn the_content_type_does_not_matter(alice: &Client) {
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("nonsense"),
    ] {
        let mut request = alice.request(Method::POST, "/api/chat");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let reply = answer(request.body(r#"{"text":"hello"}"#)).await.unwrap();
        assert_eq!(reply.status, 200, "{kind:?}");
    }
    // A name that comes twice: the last one counts, as in every JSON reader.
    let twice = alice
        .request(Method::POST, "/api/chat")
        .body(r#"{"text":"one","text":"two"}"#);
    let reply = answer(twice).await.unwrap();
    assert_eq!(reply.body["reply"], format!("{PREFACE}two"));
}

async fn bodies_that_lie_about_their_length_are_refused(alice: &Client) {
    let key = format!("Bearer {}", alice.key);
    let body = br#"{"text":"hello"}"#;
    for headers in [
        &[("content-length", "-1")][..],
        &[("content-length", "abc")],
        &[("content-length", "99999999999999999999999999")],
        &[("content-length", "16"), ("content-length", "17")],
        &[("content-length", "16"), ("transfer-encoding", "gzip")],
        &[("transfer-encoding", "chunked, identity")],
    ] {
        let headers = [&[("authorization", key.as_str())], headers].concat();
        let request = wire::request("POST /api/chat", &headers, body);
        // Refused before any dialect sees it, or closed: never taken for a message.
        if let Some(answered) = exchange(alice.address, &request).await {
            assert!(
                (400..500).contains(&answered.status),
                "{headers:?}: {}",
                answered.status
            );
        }
    }
    // Two ways to tell the length: the chunks count, and the connection ends (RFC 9112, 6.3).
    let smuggling = [
        ("authorization", key.as_str()),
        ("content-length", "5"),
        ("transfer-encoding", "chunked"),
    ];
    let request = wire::request(
        "POST /api/chat",
        &smuggling,
        b"0\r\n\r\nGET /api/auth/me HTTP/1.1\r\n\r\n",
    );
    let answered = exchange(alice.address, &request).await.unwrap();
    assert!((400..500).contains(&answered.status), "{}", answered.status);
    // Broken chunks.
    let chunked = [
        ("authorization", key.as_str()),
        ("transfer-encoding", "chunked"),
    ];
    for body in [
        &b"zz\r\n"[..],
        b"-5\r\nhello\r\n",
        b"FFFFFFFFFFFFFFFFFF\r\n",
        b"10\r\n{\"text\":\"hello\"}XX",
    ] {
        let request = wire::request("POST /api/chat", &chunked, body);
        if let Some(answered) = exchange(alice.address, &request).await {
            assert!((400..500).contains(&answered.status), "{}", answered.status);
        }
    }
    // Trailers are allowed.
    let trailers = b"10\r\n{\"text\":\"hello\"}\r\n0\r\nx-sum: 1\r\n\r\n";
    let request = wire::request("POST /api/chat", &chunked, trailers);
    let answered = exchange(alice.address, &request).await.unwrap();
    assert_eq!(answered.json()["reply"], format!("{PREFACE}hello"));
}

async fn a_body_that_breaks_off_sends_nothing(alice: &Client, conversation: &str) {
    let body = json!({ "text": "half", "conversation_id": conversation }).to_string();
    let length = (body.len() + 10).to_string();
    let key = format!("Bearer {}", alice.key);
    let headers = [("authorization", key.as_str()), ("content-length", &length)];
    let request = wire::request("POST /api/chat", &headers, body.as_bytes());
    for _ in 0..3 {
        let mut connection = TcpStream::connect(alice.address).await.unwrap();
        connection.write_all(&request).await.unwrap();
        drop(connection);
    }
    // Only half closed: there is still somebody to tell.
    let mut connection = TcpStream::connect(alice.address).await.unwrap();
    connection.write_all(&request).await.unwrap();
    connection.shutdown().await.unwrap();
    let mut rest = vec![];
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut connection, &mut rest).await;
    let rest = String::from_utf8_lossy(&rest);
    assert!(
        rest.is_empty() || rest.starts_with("HTTP/1.1 400"),
        "{rest}"
    );
}

on_both_databases!(check);
