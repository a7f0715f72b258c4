//! `PUT /api/v1/ingest/upload/{key}`: the bytes of a document, from whoever has its signed URL, once. They are kept piece
//! by piece as they come; of what ends badly nothing is kept.

use std::time::Duration;

use aggregates::{
    IngestId,
    ingest::{IngestReceived, IngestRefusal, Stage},
    thread::Attachment,
};
use bytes::{Buf, BytesMut};
use futures_util::{Stream, StreamExt};
use http::{StatusCode, header};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use warp::reply::Response;

use super::{call::Call, error::Error, reply};
use crate::{
    actors::IngestError,
    auth::upload::Upload,
    clock,
    http::{READ_YOUR_WRITES, body::BodyError, guard},
};

/// Bytes of a piece.
const PIECE: usize = 1 << 20;
/// How long a client may be silent in the middle.
const SILENCE: Duration = Duration::from_secs(30);
/// How long an upload may take.
const PATIENCE: Duration = Duration::from_secs(3600);

/// See the module.
pub(super) async fn receive<S, B>(call: Call, key: &str, body: S) -> Result<Response, Error>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    call.allow("PUT")?;
    let upload = signed(&call, key)?;
    let ingests = &call.api.ingests;
    let ingest = IngestId(upload.key);
    let state = ingests.state(ingest).await;
    let state = state.map_err(IngestError::from)?;
    let refused = |refusal| Error::from(IngestError::Refused(refusal));
    let owner = match (state.stage(), state.owner()) {
        (Stage::Announced, Some(owner)) => owner,
        (Stage::Absent | Stage::Deleted | Stage::Erased, _) | (_, None) => {
            return Err(refused(IngestRefusal::Unknown));
        }
        _ => return Err(refused(IngestRefusal::Used)),
    };
    // The URL was signed for somebody who may be let in no more.
    if !guard::lets_in(&call.api, owner).await? {
        return Err(refused(IngestRefusal::Unknown));
    }
    let length = call.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length != upload.size) {
        return Err(another_size(upload.size));
    }
    let announced = ingests.announced(ingest).await?;
    let mime = announced.map_or_else(String::new, |announced| announced.mime);
    let mut pieces = Pieces {
        call: &call,
        mime: &mime,
        kept: vec![],
        digest: Sha256::new(),
        size: 0,
    };
    let received = match timeout(PATIENCE, pieces.take_all(body, upload.size)).await {
        Ok(Ok(())) => {
            let digest = pieces.digest.clone().finalize();
            let received = IngestReceived {
                pieces: pieces.kept.clone(),
                fingerprint: call.api.auth.uploads.fingerprint(&digest),
            };
            ingests.receive(ingest, received).await.map_err(Error::from)
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Err(BodyError::Silent.into()),
    };
    match received {
        Ok(position) => {
            let fresh = call.api.views.wait_for(position, READ_YOUR_WRITES).await;
            let value = json!({ "data": key });
            Ok(reply::json(
                &call.api,
                StatusCode::OK,
                &value,
                position,
                fresh,
            ))
        }
        Err(error) => {
            ingests.discard(&pieces.kept).await;
            Err(error)
        }
    }
}

/// What the URL was signed for.
fn signed(call: &Call, key: &str) -> Result<Upload, Error> {
    let number = |name| {
        call.query
            .get(name)
            .and_then(|text| text.parse::<i64>().ok())
    };
    let wrong = || Error::forbidden("This upload URL is not one of ours: ask for a new one");
    let key = key.parse().map_err(|_| wrong())?;
    let (size, expires) = number("size").zip(number("expires")).ok_or_else(wrong)?;
    let upload = Upload {
        key,
        size: u64::try_from(size).map_err(|_| wrong())?,
        expires,
    };
    let signature = call.query.get("sig").unwrap_or_default();
    if !call.api.auth.uploads.verify(upload, signature) {
        return Err(wrong());
    }
    if clock::now_micros() / 1_000_000 > expires {
        return Err(Error::forbidden(
            "This upload URL has expired: ask for a new one",
        ));
    }
    Ok(upload)
}

fn another_size(size: u64) -> Error {
    Error::bad(format!(
        "The upload must have exactly the {size} bytes that were announced"
    ))
}

/// What has come so far.
struct Pieces<'a> {
    call: &'a Call,
    mime: &'a str,
    kept: Vec<Attachment>,
    digest: Sha256,
    size: u64,
}

impl Pieces<'_> {
    async fn take_all<S, B>(&mut self, body: S, size: u64) -> Result<(), Error>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        let mut body = std::pin::pin!(body);
        let mut piece = BytesMut::new();
        loop {
            let next = timeout(SILENCE, body.next()).await;
            let Some(part) = next.map_err(|_| BodyError::Silent)? else {
                break;
            };
            let mut part = part.map_err(|_| BodyError::Broken)?;
            self.size += part.remaining() as u64;
            if self.size > size {
                return Err(another_size(size));
            }
            while part.has_remaining() {
                let chunk = part.chunk();
                let taken = chunk.len().min(PIECE - piece.len());
                piece.extend_from_slice(&chunk[..taken]);
                part.advance(taken);
                if piece.len() == PIECE {
                    self.keep(&mut piece).await?;
                }
            }
        }
        if self.size != size {
            return Err(another_size(size));
        }
        self.keep(&mut piece).await
    }

    async fn keep(&mut self, piece: &mut BytesMut) -> Result<(), Error> {
        if piece.is_empty() {
            return Ok(());
        }
        self.digest.update(&piece);
        let kept = self.call.api.ingests.keep(self.mime, piece).await?;
        self.kept.push(kept);
        piece.clear();
        Ok(())
    }
}
