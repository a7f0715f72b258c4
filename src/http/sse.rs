//! Server-sent events on the wire, with heartbeats.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, header};
use sync_wrapper::SyncStream;
use tracing::Instrument;
use warp::{Reply, reply::Response};

/// Silence after which a comment is sent, so that proxies keep the connection.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(15);

/// Whether whoever asks accepts events.
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|accept| {
        let accept = accept.to_str().unwrap_or_default();
        accept.to_ascii_lowercase().contains("text/event-stream")
    })
}

/// One event; `data` must be one line, as compact JSON is.
pub(crate) fn frame(event: &str, id: Option<&str>, data: &str) -> Bytes {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    Bytes::from(format!("event: {event}\n{id}data: {data}\n\n"))
}

/// One event without a name.
pub(crate) fn data(id: Option<&str>, data: &str) -> Bytes {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    Bytes::from(format!("{id}data: {data}\n\n"))
}

/// A 200 whose body is the stream, with a comment whenever it is silent for [`HEARTBEAT`].
pub(crate) fn response(frames: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let body = with_heartbeat(frames).map(Ok::<_, std::convert::Infallible>);
    let mut response = warp::reply::stream(SyncStream::new(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn with_heartbeat(
    frames: impl Stream<Item = Bytes> + Send + 'static,
) -> impl Stream<Item = Bytes> + Send {
    // What happens while it is sent is still a part of the request.
    let span = tracing::Span::current();
    futures_util::stream::unfold((Box::pin(frames), span), |(mut frames, span)| async move {
        let next = tokio::time::timeout(HEARTBEAT, frames.next());
        match next.instrument(span.clone()).await {
            Ok(Some(frame)) => Some((frame, (frames, span))),
            Ok(None) => None,
            Err(_) => Some((Bytes::from_static(b": keep-alive\n\n"), (frames, span))),
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use futures_util::stream;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_broken_by_comments() {
        let late = stream::once(async {
            tokio::time::sleep(HEARTBEAT * 2 + HEARTBEAT / 2).await;
            data(Some("1.2"), "{}")
        });
        let body = response(late).into_body();
        let read = http_body_util::BodyExt::collect(body).await.unwrap();
        assert_eq!(
            read.to_bytes(),
            ": keep-alive\n\n: keep-alive\n\nid: 1.2\ndata: {}\n\n"
        );
    }
}
