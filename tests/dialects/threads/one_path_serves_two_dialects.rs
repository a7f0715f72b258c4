//! `/api/chat/stream` and `/api/chat/stream/`: what a request says decides whose it is.

use reqwest::Method;
use serde_json::{Value, json};

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

const BARE: &str = "/api/chat/stream";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    the_body_decides(&alice).await;
    the_query_decides(&alice).await;
    the_slash_decides_what_nothing_else_does(&alice).await;
}

async fn the_body_decides(alice: &Client) {
    for path in [BARE, STREAM] {
        for (body, kind) in [
            (json!({ "input": "x" }), "application/x-ndjson"),
            (json!({ "text": "x" }), "text/event-stream"),
        ] {
            for scheme in ["Token", "token", "Bearer", "bearer"] {
                let sent = alice
                    .bare(Method::POST, path)
                    .header("authorization", format!("{scheme} {}", alice.key))
                    .json(&body);
                let response = sent.send().await.unwrap();
                assert_eq!(response.status(), 200);
                assert_eq!(response.headers()["content-type"], kind, "{path} {body}");
                response.bytes().await.unwrap();
            }
        }
    }
}

async fn the_query_decides(alice: &Client) {
    let id = say(alice, None, "hello").await.thread;
    let conversation = alice.conversation(1);
    alice.say(&conversation, "hello").await;
    for path in [BARE, STREAM] {
        for (query, kind) in [
            (format!("thread_uuid={id}"), "application/x-ndjson"),
            (
                format!("conversation_id={conversation}"),
                "text/event-stream",
            ),
        ] {
            let path = format!("{path}?{query}");
            let response = request(alice, Method::GET, &path).send().await.unwrap();
            assert_eq!(response.status(), 200, "{path}");
            assert_eq!(response.headers()["content-type"], kind, "{path}");
        }
    }
}

async fn the_slash_decides_what_nothing_else_does(alice: &Client) {
    for body in [json!({}), json!({ "input": 1.5, "text": 5 })] {
        let bare = post(alice, BARE, &body).await;
        assert_eq!(bare.status, 422, "{}", bare.body);
    }
    let required = json!({ "input": ["This field is required."] });
    says(&post(alice, STREAM, &json!({})).await, 400, required);
    let both = post(alice, STREAM, &json!({ "input": "", "text": "x" })).await;
    says(
        &both,
        400,
        json!({ "input": ["This field may not be blank."] }),
    );
    assert_eq!(get(alice, BARE).await.status, 422);
    let get = get(alice, STREAM).await;
    details(&get, 405, "Method \"GET\" not allowed.");
    for (path, body) in [
        (BARE, json!({ "detail": "Authentication required" })),
        (
            STREAM,
            json!({ "detail": "Authentication credentials were not provided." }),
        ),
    ] {
        for sent in [json!({ "input": "x" }), json!({ "text": "x" }), Value::Null] {
            let refused = answer(alice.bare(Method::POST, path).json(&sent))
                .await
                .unwrap();
            says(&refused, 401, body.clone());
        }
    }
    let put = answer(request(alice, Method::PUT, STREAM)).await.unwrap();
    details(&put, 405, "Method \"PUT\" not allowed.");
    let put = answer(request(alice, Method::PUT, BARE)).await.unwrap();
    details(&put, 405, "Method Not Allowed");
}

on_both_databases!(check);
