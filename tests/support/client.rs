//! A client of the assistant dialect, as a web page would be one.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// Somebody's access to a server.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) id: String,
    pub(crate) key: String,
    http: reqwest::Client,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, id: String, key: String) -> Self {
        // The server may have been killed under a pooled connection.
        let http = reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        Self {
            address,
            id,
            key,
            http,
        }
    }

    /// The same person at a server that was started again.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self {
            address,
            ..self.clone()
        }
    }

    /// A new conversation's name.
    pub(crate) fn conversation(&self, number: u32) -> String {
        format!("{}:web:{number:08x}", self.id)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(&self.key)
    }

    /// A request that shows no key.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.address))
    }

    /// The same person with another key or token.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        answer(self.request(Method::DELETE, path)).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).json(body))
            .await
            .unwrap()
    }

    /// Says something and waits for the whole reply.
    pub(crate) async fn say(&self, conversation: &str, text: &str) -> Answer {
        self.post(
            "/api/chat",
            &json!({ "text": text, "conversation_id": conversation }),
        )
        .await
    }

    /// Says something and reads the reply as it comes.
    pub(crate) async fn stream(&self, conversation: &str, text: &str) -> Events {
        let body = json!({ "text": text, "conversation_id": conversation });
        Events::open(self.request(Method::POST, "/api/chat/stream").json(&body))
            .await
            .unwrap()
    }

    /// Goes on reading after `cursor`.
    pub(crate) async fn resume(&self, conversation: &str, cursor: &str) -> Events {
        let path = format!("/api/chat/stream?conversation_id={conversation}");
        Events::open(
            self.request(Method::GET, &path)
                .header("last-event-id", cursor),
        )
        .await
        .unwrap()
    }

    /// The last messages of a conversation as (role, content).
    pub(crate) async fn history(&self, conversation: &str) -> Vec<(String, String)> {
        let path = format!("/api/chat/messages?conversation_id={conversation}&limit=100");
        let answer = self.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let messages = answer.body["messages"].as_array().unwrap();
        let text = |message: &Value, name: &str| message[name].as_str().unwrap().to_owned();
        messages
            .iter()
            .map(|message| (text(message, "role"), text(message, "content")))
            .collect()
    }
}

/// Sends it and reads the answer; bodies that are not JSON become strings.
pub(crate) async fn answer(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// Waits until it is so; another process has changed something that the server is about to see.
pub(crate) async fn eventually(is_so: impl AsyncFn() -> bool) {
    eventually_within(std::time::Duration::from_secs(20), is_so).await;
}

/// The same of what may take longer, or must not.
pub(crate) async fn eventually_within(
    patience: std::time::Duration,
    is_so: impl AsyncFn() -> bool,
) {
    let mut look = tokio::time::interval(std::time::Duration::from_millis(10));
    let wait = async {
        while !is_so().await {
            look.tick().await;
        }
    };
    let waited = tokio::time::timeout(patience, wait).await;
    waited.expect("it did not become so");
}

/// A stream of events being read.
pub(crate) struct Events {
    bytes: std::pin::Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    buffer: Vec<u8>,
}

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

impl Event {
    /// A text of the event's data; empty when it has none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.data[name].as_str().unwrap_or("")
    }
}

impl Events {
    pub(crate) async fn open(request: RequestBuilder) -> Result<Self, reqwest::Error> {
        let response = request.send().await?.error_for_status()?;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Ok(Self {
            bytes: Box::pin(response.bytes_stream()),
            buffer: vec![],
        })
    }

    /// The next event; `None` at the end, or when the connection broke.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let frame: Vec<u8> = self.buffer.drain(..end + 2).collect();
                match read(std::str::from_utf8(&frame).unwrap()) {
                    Some(event) => return Some(event),
                    // A heartbeat.
                    None => continue,
                }
            }
            self.buffer
                .extend_from_slice(&self.bytes.next().await?.ok()?);
        }
    }

    /// All that is left.
    pub(crate) async fn rest(mut self) -> Vec<Event> {
        let mut events = vec![];
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

fn read(frame: &str) -> Option<Event> {
    let field = |name: &str| {
        frame
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    Some(Event {
        kind: field("event")?.to_owned(),
        id: field("id").unwrap_or("").to_owned(),
        data: serde_json::from_str(field("data")?).unwrap(),
    })
}

/// The text that the deltas of these events make.
pub(crate) fn shown(events: &[Event]) -> String {
    events
        .iter()
        .filter(|event| event.kind == "assistant")
        .map(|event| event.text("delta"))
        .collect()
}
