//! JSON objects on the wire, one a line, with heartbeats.

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http::{HeaderValue, header};
use serde::Serialize;
use sync_wrapper::SyncStream;
use tracing::Instrument;
use warp::{Reply, reply::Response};

use super::sse::HEARTBEAT;

/// One object, compact, and its line's end.
pub(crate) fn line(value: &impl Serialize) -> Bytes {
    let mut bytes = BytesMut::new().writer();
    if let Err(error) = serde_json::to_writer(&mut bytes, value) {
        tracing::error!(%error, "a frame could not be written");
    }
    let mut bytes = bytes.into_inner();
    bytes.put_u8(b'\n');
    bytes.freeze()
}

/// A 200 whose body is the stream, with an empty line whenever it is silent for [`HEARTBEAT`].
pub(crate) fn response(lines: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let body = with_heartbeat(lines).map(Ok::<_, std::convert::Infallible>);
    let mut response = warp::reply::stream(SyncStream::new(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-ndjson"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn with_heartbeat(
    lines: impl Stream<Item = Bytes> + Send + 'static,
) -> impl Stream<Item = Bytes> + Send {
    // What happens while it is sent is still a part of the request.
    let span = tracing::Span::current();
    futures_util::stream::unfold((Box::pin(lines), span), |(mut lines, span)| async move {
        let next = tokio::time::timeout(HEARTBEAT, lines.next());
        match next.instrument(span.clone()).await {
            Ok(Some(line)) => Some((line, (lines, span))),
            Ok(None) => None,
            Err(_) => Some((Bytes::from_static(b"\n"), (lines, span))),
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use futures_util::stream;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_broken_by_empty_lines() {
        let late = stream::once(async {
            tokio::time::sleep(HEARTBEAT * 2 + HEARTBEAT / 2).await;
            line(&serde_json::json!({ "k": "ž\n" }))
        });
        let lines: Vec<Bytes> = with_heartbeat(late).collect().await;
        assert_eq!(lines, ["\n", "\n", "{\"k\":\"ž\\n\"}\n"]);
    }
}
