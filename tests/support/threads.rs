//! What clients of the threads dialect do, in the words of tests.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::client::{Answer, Client, answer};

/// A stream of frames while it is written.
pub(crate) struct Reading {
    response: reqwest::Response,
    bytes: Vec<u8>,
}

impl Reading {
    /// Sends it and reads no frame yet.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        Self {
            response,
            bytes: vec![],
        }
    }

    /// Says something and reads no frame yet.
    pub(crate) async fn send(who: &Client, body: &Value) -> Self {
        Self::of(request(who, Method::POST, STREAM).json(body)).await
    }

    /// Reads on until this has come.
    pub(crate) async fn until(&mut self, part: &str) {
        while !String::from_utf8_lossy(&self.bytes).contains(part) {
            let chunk = self.response.chunk().await.unwrap();
            self.bytes
                .extend_from_slice(&chunk.expect("the stream goes on"));
        }
    }

    /// The first frame's ids.
    pub(crate) async fn head(&mut self) -> Value {
        self.until("\n").await;
        let line = self.bytes.split(|byte| *byte == b'\n').next().unwrap();
        serde_json::from_slice::<Value>(line).unwrap()["m"].clone()
    }

    /// All its frames, those too that were read before.
    pub(crate) async fn rest(mut self) -> Vec<Value> {
        while let Some(chunk) = self.response.chunk().await.unwrap() {
            self.bytes.extend_from_slice(&chunk);
        }
        let lines = self.bytes.split(|byte| *byte == b'\n');
        lines
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }
}

/// Where sends go.
pub(crate) const STREAM: &str = "/api/chat/stream/";

/// As this API's clients show who they are.
pub(crate) fn request(who: &Client, method: Method, path: &str) -> RequestBuilder {
    who.bare(method, path)
        .header("authorization", format!("Token {}", who.key))
}

pub(crate) async fn get(who: &Client, path: &str) -> Answer {
    answer(request(who, Method::GET, path)).await.unwrap()
}

pub(crate) async fn post(who: &Client, path: &str, body: &Value) -> Answer {
    answer(request(who, Method::POST, path).json(body))
        .await
        .unwrap()
}

/// A send that is answered with a stream; its frames.
pub(crate) async fn frames_of(request: RequestBuilder) -> Vec<Value> {
    let response = request.send().await.unwrap();
    let status = response.status();
    let kind = response.headers()["content-type"].clone();
    let text = response.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    assert_eq!(kind, "application/x-ndjson");
    assert!(text.ends_with('\n'), "{text}");
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(crate) async fn send(who: &Client, body: &Value) -> Vec<Value> {
    frames_of(request(who, Method::POST, STREAM).json(body)).await
}

/// What a turn's frames told of it.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub(crate) thread: String,
    pub(crate) user: Option<String>,
    pub(crate) assistant: String,
    pub(crate) text: String,
}

/// Reads the frames of a whole turn, in the order in which they must stand.
#[track_caller]
pub(crate) fn turn(frames: &[Value]) -> Turn {
    let (first, last) = (&frames[0]["m"], &frames[frames.len() - 1]["m"]);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let user = text(&first["user_message_uuid"]);
    assert_eq!(user, text(&last["user_message_uuid"]), "{frames:?}");
    let mut shown = String::new();
    for frame in &frames[1..frames.len() - 1] {
        assert!(frame.get("m").is_none(), "{frames:?}");
        if frame["k"] == "markdown" {
            shown.push_str(frame["c"].as_str().unwrap());
        }
    }
    Turn {
        thread: text(&first["thread_uuid"]).unwrap(),
        user,
        assistant: text(&last["assistant_message_uuid"]).unwrap(),
        text: shown,
    }
}

/// Says something in a new thread, or in this one.
pub(crate) async fn say(who: &Client, thread: Option<&str>, input: &str) -> Turn {
    let body = json!({ "input": input, "thread_uuid": thread });
    turn(&send(who, &body).await)
}

pub(crate) async fn thread(who: &Client, id: &str) -> Value {
    let answer = get(who, &format!("/api/chat-threads/{id}/")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// The messages of a thread.
pub(crate) async fn messages(who: &Client, thread: &str, more: &str) -> Vec<Value> {
    let answer = get(who, &format!("/api/chat-messages/?thread={thread}{more}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body.as_array().unwrap().clone()
}
