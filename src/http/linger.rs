//! A request's body whose rest is read although nobody wants it.
//!
//! Who closes a connection with unread bytes in it resets it, and the reset overtakes the answer to a
//! client that is still writing: instead of "too large" it reads "connection reset". So what a handler
//! leaves is read and thrown away, for a while.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use crate::shutdown::Shutdown;

/// The most that is thrown away; a client that sends more is cut off.
const MOST: usize = 64 * 1024 * 1024;
/// How long a client may take to send it.
const LONGEST: Duration = Duration::from_secs(10);

/// The body, and where its rest is read.
pub(super) struct Lingering {
    /// `None` once it has ended or was handed on.
    body: Option<Incoming>,
    /// `None` when the rest does not matter.
    reader: Option<Shutdown>,
}

impl Lingering {
    /// The body of a request with these headers.
    pub(super) fn new(headers: &HeaderMap, body: Incoming, shutdown: &Shutdown) -> Self {
        // Who asks first has sent nothing yet, and reading would invite it to.
        let asks_first = headers.contains_key(header::EXPECT);
        Self {
            body: Some(body),
            reader: (!asks_first).then(|| shutdown.clone()),
        }
    }
}

impl Body for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = Pin::new(body).poll_frame(context);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let hint = self.body.as_ref().map(Incoming::size_hint);
        hint.unwrap_or_else(|| SizeHint::with_exact(0))
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|rest| !rest.is_end_stream());
        if let (Some(rest), Some(reader)) = (rest, self.reader.take()) {
            let ending = reader.token().clone();
            reader.spawn(async move {
                tokio::select! {
                    () = ending.cancelled() => {}
                    _ = tokio::time::timeout(LONGEST, throw_away(rest)) => {}
                }
            });
        }
    }
}

async fn throw_away(mut body: Incoming) {
    let mut thrown = 0;
    while let Some(Ok(frame)) = body.frame().await {
        thrown += frame.data_ref().map_or(0, Bytes::len);
        if thrown > MOST {
            return;
        }
    }
}
