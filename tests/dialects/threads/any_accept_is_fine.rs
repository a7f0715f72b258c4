//! Whatever a client says that it accepts, it gets what there is.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::*;
use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

const ACCEPTED: [&str; 6] = [
    "application/json",
    "text/html,application/xhtml+xml;q=0.9",
    "application/xml",
    "application/json;q=0, */*;q=0",
    "image/png; version=1",
    "nonsense",
];

fn accepting(request: RequestBuilder, accept: &str) -> RequestBuilder {
    request.header("accept", accept)
}

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let id = say(&alice, None, "hello").await.thread;
    let one = format!("/api/chat-threads/{id}/");
    for path in [
        "/api/chat-sessions/",
        "/api/chat-sessions/current/",
        "/api/chat-threads/",
        &one,
        "/api/chat-messages/",
        "/api/chat-quota/usage/",
    ] {
        let expected = get(&alice, path).await;
        assert_eq!(expected.status, 200);
        for accept in ACCEPTED {
            let sent = accepting(request(&alice, Method::GET, path), accept);
            let answer = answer(sent).await.unwrap();
            says(&answer, 200, expected.body.clone());
            assert_eq!(answer.headers["content-type"], "application/json");
        }
    }
    for accept in ACCEPTED {
        let body = json!({ "input": "again", "thread_uuid": id });
        let sent = request(&alice, Method::POST, STREAM).json(&body);
        let frames = frames_of(accepting(sent, accept)).await;
        assert_eq!(turn(&frames).text, format!("{PREFACE}again"));
        let archive = request(&alice, Method::POST, &format!("{one}archive/"));
        says(
            &answer(accepting(archive, accept)).await.unwrap(),
            204,
            json!(""),
        );
        let wrong = request(&alice, Method::POST, STREAM).json(&json!({ "input": "" }));
        says(
            &answer(accepting(wrong, accept)).await.unwrap(),
            400,
            json!({ "input": ["This field may not be blank."] }),
        );
    }
}

on_both_databases!(check);
