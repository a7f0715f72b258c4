//! The bytes of an answer, bounded in time and size: whatever a provider sends, or does not, this ends.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use reqwest::Response;
use thiserror::Error;
use tokio::time::Instant;

use crate::providers::Timeouts;

/// The most bytes of one frame. A frame holds a few words, or the usage.
const FRAME_LIMIT: usize = 1 << 20;
/// The most bytes of an answer; a frame is some hundred times as large as its text.
const WIRE_LIMIT: usize = 64 << 20;
/// The most bytes that are read of an error's body.
const ERROR_LIMIT: usize = 64 << 10;

/// Why there are no more bytes, or none that are of use.
#[derive(Debug, Error)]
pub(super) enum Broken {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    #[error("silence for {limit:?}")]
    Silence { begun: bool, limit: Duration },
    #[error("{0}")]
    Malformed(&'static str),
}

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// When the first byte has to be there.
    pub(super) first: Instant,
    /// As a length, for the error.
    pub(super) first_byte: Duration,
    pub(super) idle: Duration,
}

impl Patience {
    /// From now on.
    pub(super) fn of(timeouts: Timeouts) -> Self {
        Self {
            first: Instant::now() + timeouts.first_byte,
            first_byte: timeouts.first_byte,
            idle: timeouts.idle,
        }
    }
}

/// Counts the bytes since the last whole frame. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct SinceFrame(Arc<AtomicUsize>);

impl SinceFrame {
    /// A frame is whole.
    pub(super) fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn grow(&self, bytes: usize) -> usize {
        self.0.fetch_add(bytes, Ordering::Relaxed) + bytes
    }
}

/// The largest frame, for whoever puts frames together.
pub(super) const fn frame_limit() -> usize {
    FRAME_LIMIT
}

/// The body, until it ends or a bound is met; nothing comes after an error.
pub(super) fn bytes(
    response: Response,
    patience: Patience,
    since_frame: SinceFrame,
) -> impl Stream<Item = Result<Bytes, Broken>> + Send + 'static {
    let state = Some((response, 0_usize));
    stream::unfold(state, move |state| {
        let since_frame = since_frame.clone();
        async move {
            let (mut response, received) = state?;
            let begun = received > 0;
            let (until, limit) = if begun {
                (Instant::now() + patience.idle, patience.idle)
            } else {
                (patience.first, patience.first_byte)
            };
            let chunk = match tokio::time::timeout_at(until, response.chunk()).await {
                Err(_) => return Some((Err(Broken::Silence { begun, limit }), None)),
                Ok(Err(error)) => return Some((Err(error.into()), None)),
                Ok(Ok(None)) => return None,
                Ok(Ok(Some(chunk))) => chunk,
            };
            let received = received + chunk.len();
            for (size, limit) in [
                (received, WIRE_LIMIT),
                (since_frame.grow(chunk.len()), FRAME_LIMIT),
            ] {
                if size > limit {
                    return Some((Err(Broken::TooLarge(limit)), None));
                }
            }
            Some((Ok(chunk), Some((response, received))))
        }
    })
}

/// The whole body of an answer that has no frames.
pub(super) async fn whole(response: Response, patience: Patience) -> Result<Vec<u8>, Broken> {
    let since_frame = SinceFrame::default();
    let chunks = bytes(response, patience, since_frame.clone());
    let mut chunks = std::pin::pin!(chunks);
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk?);
        since_frame.reset();
    }
    Ok(body)
}

/// The beginning of an error's body, as far as it came in time; what is cut off is not missed.
pub(super) async fn beginning(response: Response, patience: Patience) -> String {
    let mut body = Vec::new();
    let chunks = bytes(response, patience, SinceFrame::default());
    let mut chunks = std::pin::pin!(chunks);
    let reading = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            let room = ERROR_LIMIT - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == ERROR_LIMIT {
                break;
            }
        }
    };
    // The status is known: what it says in words is not worth waiting for a dribble.
    let _ = tokio::time::timeout(patience.idle, reading).await;
    String::from_utf8_lossy(&body).into_owned()
}
