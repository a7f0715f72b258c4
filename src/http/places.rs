//! How many requests may be under way, each until the last byte of its answer: one too many is told to come again.
//!
//! Connections are no measure of it: most of them are idle between two requests.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderValue, StatusCode, header};
use hyper::body::{Body, Frame, SizeHint};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use warp::{Reply, reply::Response};

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

/// What is told to one request too many, whoever it is for: which dialect it speaks is not looked at any more.
pub(super) fn full() -> Response {
    let told = json!({ "detail": "The server is full; try again in a moment" });
    let body = warp::reply::json(&told);
    let mut response =
        warp::reply::with_status(body, StatusCode::SERVICE_UNAVAILABLE).into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
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
