//! JSON objects on the wire, one a line, with heartbeats.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderValue, header};
use serde::Serialize;
use sync_wrapper::SyncStream;
use tracing::Instrument;
use warp::{Reply, reply::Response};

use super::sse::HEARTBEAT;

/// What JSON has as it is in texts, and at which many clients' readers end a line.
const LINE_ENDS: [(char, &str); 3] = [
    ('\u{85}', "\\u0085"),
    ('\u{2028}', "\\u2028"),
    ('\u{2029}', "\\u2029"),
];

/// One object, compact, and its line's end.
pub(crate) fn line(value: &impl Serialize) -> Bytes {
    let mut line = serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "a frame could not be written");
        String::new()
    });
    for (end, escaped) in LINE_ENDS {
        if line.contains(end) {
            line = line.replace(end, escaped);
        }
    }
    line.push('\n');
    line.into()
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

    #[test]
    fn no_reader_ends_a_line_within_a_text() {
        let text = "a\u{85}b\u{2028}c\u{2029}d\u{b}e\u{c}f\u{1c}\u{1d}\u{1e}\r\n\\ž…\u{20a8}";
        let value = serde_json::json!({ "c": text });
        let line = line(&value);
        assert_eq!(
            line,
            r#"{"c":"a\u0085b\u2028c\u2029d\u000be\ff\u001c\u001d\u001e\r\n\\ž…₨"}"#.to_owned()
                + "\n"
        );
        let read: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(read, value);
    }

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
