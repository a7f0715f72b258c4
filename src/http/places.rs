//! How many requests may be under way, each until the last byte of its answer: one too many is told to come again.
//!
//! Connections are no measure of it: most of them are idle between two requests.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use warp::reply::Response;

use super::{assistant, audit, chats, openai, rag, threads};

/// What is left for requests.
pub(super) struct Places(Arc<Semaphore>);

/// A request's; none where nobody counts.
pub(super) struct Place {
    _counted: Option<OwnedSemaphorePermit>,
}

impl Places {
    pub(super) fn new(requests: usize) -> Self {
        Self(Arc::new(Semaphore::new(requests)))
    }

    /// `None` when there is no more. Who asks how the server is gets one always: a full one lives.
    pub(super) fn take(&self, path: &str) -> Option<Place> {
        if matches!(path, "/livez" | "/readyz" | "/metrics") {
            return Some(Place { _counted: None });
        }
        let place = Arc::clone(&self.0).try_acquire_owned().ok()?;
        Some(Place {
            _counted: Some(place),
        })
    }
}

/// There is no place left. Each dialect has its own words for it.
pub(super) struct Full;

/// What is told to one request too many, by whom its path belongs to: nothing else of it is looked at any more. What two
/// dialects share is their path's owner's.
pub(super) fn full(path: &str) -> Response {
    let of_threads = || threads::error::Error::from(Full).into();
    let mut segments = path.split('/').skip(1);
    match [(); 3].map(|()| segments.next().unwrap_or_default()) {
        ["v1", ..] => openai::Error::from(Full).into(),
        ["api", "v1", "chat"] if path.trim_end_matches('/') == "/api/v1/chat/completions" => {
            rag::refuse(Full)
        }
        ["api", "v1", "chat" | "session" | "ingest" | "health"] => rag::Error::from(Full).into(),
        ["api", "v1", _] | ["health" | "mcp", ..] => chats::Error::from(Full).into(),
        ["api", "audit", _] => audit::Error::from(Full).into(),
        ["api", "chat", "stream"] if path.ends_with('/') => of_threads(),
        ["api", "moderation", _] => of_threads(),
        ["api", name, _] if name.starts_with("chat-") => of_threads(),
        _ => assistant::Error::from(Full).into(),
    }
}

/// An answer's body, which gives its place back when it ends or nobody reads it any more.
pub(super) struct Placed<B> {
    body: B,
    _place: Option<Place>,
}

impl<B> Placed<B> {
    pub(super) fn new(body: B, place: Option<Place>) -> Self {
        Self {
            body,
            _place: place,
        }
    }
}

impl<B: Body + Unpin> Body for Placed<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
