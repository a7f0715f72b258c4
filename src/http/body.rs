//! Request bodies, bounded in length and patience.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http::HeaderMap;

/// The limit where images come along: one of 10 MiB in base64, and some text.
pub(crate) const WITH_IMAGES: usize = 15 * 1024 * 1024;
/// How long a client may be silent in the middle of its body.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a body could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// Longer than the route allows.
    TooLarge,
    /// The client broke off.
    Broken,
    /// The client sends nothing more, nor leaves.
    Silent,
}

/// Reads at most `limit` bytes; a body announced as longer is not read at all.
pub(crate) async fn read<S, B>(
    headers: &HeaderMap,
    body: S,
    limit: usize,
) -> Result<Bytes, BodyError>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let announced = headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(BodyError::TooLarge);
    }
    let mut bytes = BytesMut::new();
    let mut body = std::pin::pin!(body);
    while let Some(part) = tokio::time::timeout(PATIENCE, body.next())
        .await
        .map_err(|_| BodyError::Silent)?
    {
        let mut part = part.map_err(|_| BodyError::Broken)?;
        if bytes.len() + part.remaining() > limit {
            return Err(BodyError::TooLarge);
        }
        while part.has_remaining() {
            let chunk = part.chunk();
            bytes.extend_from_slice(chunk);
            let taken = chunk.len();
            part.advance(taken);
        }
    }
    Ok(bytes.freeze())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use futures_util::stream;
    use http::{HeaderValue, header};

    use super::*;

    type Part = Result<Bytes, warp::Error>;

    async fn read_parts(parts: &[&'static str], limit: usize) -> Result<Bytes, BodyError> {
        let parts = parts
            .iter()
            .map(|part| Part::Ok(Bytes::from_static(part.as_bytes())));
        read(&HeaderMap::new(), stream::iter(parts), limit).await
    }

    #[tokio::test]
    async fn a_body_is_put_together_up_to_its_limit() {
        assert_eq!(read_parts(&["ab", "", "cd"], 4).await.unwrap(), "abcd");
        assert_eq!(read_parts(&[], 0).await.unwrap(), "");
        assert_eq!(
            read_parts(&["ab", "cde"], 4).await,
            Err(BodyError::TooLarge)
        );
    }

    #[tokio::test]
    async fn a_body_announced_as_too_long_is_not_read() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("5"));
        let never = stream::pending::<Part>();
        assert_eq!(read(&headers, never, 4).await, Err(BodyError::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_falls_silent_is_not_waited_for_for_ever() {
        let part = stream::iter([Part::Ok(Bytes::from_static(b"ab"))]);
        let silent = part.chain(stream::pending());
        let read = read(&HeaderMap::new(), silent, 4).await;
        assert_eq!(read, Err(BodyError::Silent));
    }
}
