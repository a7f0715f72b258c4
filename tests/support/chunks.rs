//! Server-sent events without names, as the OpenAI dialect streams them.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use reqwest::{RequestBuilder, header::HeaderMap};
use serde_json::Value;

/// A stream of chunks being read.
pub(crate) struct Chunks {
    pub(crate) headers: HeaderMap,
    bytes: std::pin::Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    buffer: Vec<u8>,
}

/// One event: its id, where it has one, and its data.
pub(crate) type Chunk = (Option<String>, String);

impl Chunks {
    pub(crate) async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            headers: response.headers().clone(),
            bytes: Box::pin(response.bytes_stream()),
            buffer: vec![],
        }
    }

    /// The next event; `None` at the end, or when the connection broke.
    pub(crate) async fn next(&mut self) -> Option<Chunk> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let frame: Vec<u8> = self.buffer.drain(..end + 2).collect();
                let frame = String::from_utf8(frame).unwrap();
                let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name));
                match field("data: ") {
                    Some(data) => {
                        let id = field("id: ").map(str::to_owned);
                        return Some((id, data.to_owned()));
                    }
                    // A heartbeat.
                    None => continue,
                }
            }
            self.buffer
                .extend_from_slice(&self.bytes.next().await?.ok()?);
        }
    }

    /// All that is left.
    pub(crate) async fn rest(mut self) -> Vec<Chunk> {
        let mut chunks = vec![];
        while let Some(chunk) = self.next().await {
            chunks.push(chunk);
        }
        chunks
    }
}

/// The text that these chunks make.
pub(crate) fn text(chunks: &[Chunk]) -> String {
    chunks
        .iter()
        .filter_map(|(_, data)| {
            let data: Value = serde_json::from_str(data).ok()?;
            let content = data.pointer("/choices/0/delta/content")?;
            Some(content.as_str()?.to_owned())
        })
        .collect()
}
