//! The streams of HTTP/2 connections: a task each, which ends when its client takes nothing for too long.
//!
//! There the client's window holds the server back, not the socket: behind a window that stays shut nothing
//! is written, so the connection's write timeout never begins. Ending the task resets the one stream.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::{
    body::{Body, Frame, SizeHint},
    rt::Executor,
};

use crate::shutdown::Shutdown;

/// What is handed over at once. Of a large answer the rest stays here, under the watch.
const PIECE: usize = 64 * 1024;

tokio::task_local! {
    static PROGRESS: Arc<Progress>;
}

/// Runs a connection's streams.
#[derive(Clone)]
pub(super) struct Streams {
    pub(super) shutdown: Shutdown,
    /// How long a client may take nothing.
    pub(super) patience: Duration,
}

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        self.shutdown.spawn(attend(stream, self.patience));
    }
}

async fn attend(stream: impl Future<Output = ()>, patience: Duration) {
    let progress = Arc::new(Progress::default());
    let mut stream = pin!(PROGRESS.scope(Arc::clone(&progress), stream));
    let mut before = None;
    loop {
        tokio::select! {
            () = &mut stream => return,
            () = tokio::time::sleep(patience) => {}
        }
        let now = progress.waits_since();
        if now.is_some() && now == before {
            tracing::debug!("a client took nothing of a stream and is dropped");
            return;
        }
        before = now;
    }
}

/// How far a client has come with an answer.
#[derive(Default)]
struct Progress {
    pieces: AtomicU64,
    waits_for_client: AtomicBool,
}

impl Progress {
    /// After which piece the client is waited for; `None` while the answer is.
    fn waits_since(&self) -> Option<u64> {
        let waits = self.waits_for_client.load(Ordering::Acquire);
        waits.then(|| self.pieces.load(Ordering::Acquire))
    }
}

/// An answer's body that notes how it is taken, where somebody attends to that.
pub(super) struct Attended<B> {
    body: B,
    /// What of the last frame has not been handed over.
    rest: Bytes,
    progress: Option<Arc<Progress>>,
}

impl<B> Attended<B> {
    /// Attended by the task this is called in, if it is a stream's.
    pub(super) fn new(body: B) -> Self {
        let progress = PROGRESS.try_with(Arc::clone).ok();
        if let Some(progress) = &progress {
            progress.waits_for_client.store(true, Ordering::Release);
        }
        Self {
            body,
            rest: Bytes::new(),
            progress,
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Attended<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let Some(progress) = self.progress.clone() else {
            return Pin::new(&mut self.body).poll_frame(context);
        };
        if self.rest.is_empty() {
            progress.waits_for_client.store(false, Ordering::Release);
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        progress.pieces.fetch_add(1, Ordering::AcqRel);
        progress.waits_for_client.store(true, Ordering::Release);
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let of_body = self.body.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(of_body.lower().saturating_add(rest));
        hint
    }
}
