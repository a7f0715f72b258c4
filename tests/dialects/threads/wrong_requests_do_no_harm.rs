//! Strangers, wrong methods, wrong paths, and paths without their slash.

use reqwest::Method;
use serde_json::json;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let told = say(&alice, None, "hello").await;
    strangers_are_refused_everywhere(&alice, &told.thread).await;
    wrong_methods_are_405(&alice, &told.thread).await;
    a_slash_may_be_left_out(&alice, &told.thread).await;
    unknown_things_are_404(&alice).await;
    assert_eq!(messages(&alice, &told.thread, "").await.len(), 2);
    assert_eq!(thread(&alice, &told.thread).await["is_archived"], false);
}

fn paths(thread: &str) -> Vec<(String, &'static str)> {
    let one = format!("/api/chat-threads/{thread}/");
    vec![
        ("/api/chat-sessions/".to_owned(), "GET"),
        ("/api/chat-sessions/current/".to_owned(), "GET"),
        (format!("/api/chat-sessions/{thread}/"), "GET"),
        ("/api/chat-threads/".to_owned(), "GET"),
        (one.clone(), "GET PATCH"),
        (format!("{one}archive/"), "POST"),
        (format!("{one}unarchive/"), "POST"),
        (format!("{one}cancel/"), "POST"),
        ("/api/chat-messages/".to_owned(), "GET"),
        ("/api/chat-quota/usage/".to_owned(), "GET"),
        ("/api/chat-quota/set_quota/".to_owned(), "POST"),
        (STREAM.to_owned(), "POST"),
    ]
}

async fn strangers_are_refused_everywhere(alice: &Client, thread: &str) {
    let revoked = format!("Token {}", "sk_".to_owned() + &"0".repeat(64));
    for (path, methods) in paths(thread) {
        for method in methods.split(' ').chain(["DELETE"]) {
            for (header, sentence) in [
                (None, "Authentication credentials were not provided."),
                (
                    Some("Basic YTpi"),
                    "Authentication credentials were not provided.",
                ),
                (
                    Some("Token"),
                    "Authentication credentials were not provided.",
                ),
                (Some("Token x"), "Invalid token."),
                (Some("Bearer x"), "Invalid token."),
                (Some(revoked.as_str()), "Invalid token."),
            ] {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let mut sent = alice.bare(method, &path);
                if let Some(header) = header {
                    sent = sent.header("authorization", header);
                }
                let refused = answer(sent).await.unwrap();
                details(&refused, 401, sentence);
                assert_eq!(refused.headers["www-authenticate"], "Token");
            }
        }
    }
}

async fn wrong_methods_are_405(alice: &Client, thread: &str) {
    for (path, methods) in paths(thread) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "BREW"] {
            if methods.split(' ').any(|known| known == method) {
                continue;
            }
            let sent = Method::from_bytes(method.as_bytes()).unwrap();
            let sent = request(alice, sent, &path).json(&json!({ "name": "x" }));
            let refused = answer(sent).await.unwrap();
            details(&refused, 405, &format!("Method \"{method}\" not allowed."));
            assert!(refused.headers.contains_key("allow"), "{path}");
        }
        let head = answer(request(alice, Method::HEAD, &path)).await.unwrap();
        assert!([200, 404, 405].contains(&head.status.as_u16()), "{path}");
        let options = answer(request(alice, Method::OPTIONS, &path))
            .await
            .unwrap();
        assert!([200, 204, 405].contains(&options.status.as_u16()), "{path}");
    }
}

async fn a_slash_may_be_left_out(alice: &Client, thread: &str) {
    for (path, methods) in paths(thread) {
        let bare = path.trim_end_matches('/');
        if methods.starts_with("GET") {
            let (with, without) = (get(alice, &path).await, get(alice, bare).await);
            assert_eq!(
                (with.status, with.body),
                (without.status, without.body),
                "{path}"
            );
        }
    }
    let cancel = format!("/api/chat-threads/{thread}/cancel");
    says(
        &post(alice, &cancel, &json!({})).await,
        200,
        json!({ "cancelled": false }),
    );
}

async fn unknown_things_are_404(alice: &Client) {
    for id in [
        "00000000000000000000000000000001",
        "bad",
        "%00",
        "%ff",
        "🐎",
    ] {
        let answer = get(alice, &format!("/api/chat-threads/{id}/")).await;
        details(&answer, 404, "No ThreadSession matches the given query.");
        let answer = get(alice, &format!("/api/chat-sessions/{id}/")).await;
        details(&answer, 404, "No ChatSession matches the given query.");
    }
    for path in [
        "/api/chat-threads/a/b/",
        "/api/chat-threads/a/archive/b/",
        "/api/chat-messages/a/",
        "/api/chat-sessions/a/b/",
        "/api/chat-threads//",
    ] {
        details(&get(alice, path).await, 404, "Not Found");
    }
}

on_both_databases!(check);
