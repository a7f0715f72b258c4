//! Request bodies, bounded.

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http::HeaderMap;

/// Why a body could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// Longer than the route allows.
    TooLarge,
    /// The client broke off.
    Broken,
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
    while let Some(part) = body.next().await {
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
