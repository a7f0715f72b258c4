//! `/api/v1/ingest/…`: documents into a session.

use std::time::Duration;

use aggregates::{
    IngestId,
    ingest::{Ingest, IngestAnnounced, IngestReceived, IngestRefusal, IngestRequested, Stage},
};
use cqrs_es::Aggregate;
use http::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use uuid::Uuid;
use warp::reply::Response;

use super::{
    call::Admitted,
    error::Error,
    reply,
    request::{Announcement, Destination, Process, Text},
};
use crate::{
    actors::{CommandRecord, IngestError, Taken},
    auth::upload::{LIFETIME, Upload},
    clock,
    http::{READ_YOUR_WRITES, address, idempotency, quota},
    views::{Freshness, IngestStatus},
};

/// Bytes of the largest document.
const LARGEST: u64 = 52_428_800;
/// What may be uploaded.
const TYPES: [&str; 7] = [
    "application/pdf",
    "image/jpeg",
    "image/png",
    "text/plain",
    "text/markdown",
    "text/html",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
];
/// How long `?wait=true` waits: longer than any document takes, when it is its turn.
const PATIENCE: Duration = Duration::from_secs(300);
/// Documents of one user that are looked through or wait for that.
const MOST_WAITING: u64 = 100;
/// Between two looks at a document that another node may look through.
const LOOK: Duration = Duration::from_millis(500);

/// Where a document may be sent to.
pub(super) async fn announce(call: &Admitted) -> Result<Response, Error> {
    let announcement = Announcement::read(&call.body, LARGEST, &TYPES)?;
    let (named, known) = call.named("POST /api/v1/ingest/upload/url").await?;
    let Taken { ingest, position } = match known {
        // The same request again gets a URL for the same upload.
        Some(record) => earlier(call, &record).await?,
        None => {
            let announced = IngestAnnounced {
                ingest: IngestId(Uuid::now_v7()),
                owner: call.who.user,
                filename: announcement.filename,
                mime: announcement.mime,
                size: announcement.size,
            };
            let origin = idempotency::origin(named.as_ref(), call.who.user);
            call.api.ingests.announce(announced, origin).await?
        }
    };
    let upload = Upload {
        key: ingest.0,
        size: announcement.size,
        expires: clock::now_micros() / 1_000_000 + LIFETIME,
    };
    let url = format!(
        "{}/api/v1/ingest/upload/{ingest}?size={}&expires={}&sig={}",
        address::origin(&call.headers),
        upload.size,
        upload.expires,
        call.api.auth.uploads.sign(upload)
    );
    let value = json!({ "uploadData": { "signedUrl": url, "key": ingest.to_string() } });
    let fresh = call.written(position).await;
    Ok(reply::json(
        &call.api,
        StatusCode::OK,
        &value,
        position,
        fresh,
    ))
}

/// Has an uploaded document looked through.
pub(super) async fn process(call: &Admitted) -> Result<Response, Error> {
    let process = Process::read(&call.body)?;
    let (named, known) = call.named("POST /api/v1/ingest/process").await?;
    if let Some(record) = known {
        return accepted(call, earlier(call, &record).await?).await;
    }
    let ingest = IngestId(process.key);
    let announced = call.api.ingests.announced(ingest).await?;
    let own = announced.filter(|announced| announced.owner == call.who.user);
    let own = own.ok_or(IngestError::Refused(IngestRefusal::Unknown))?;
    check_ready(call, ingest, &process.destination).await?;
    has_room(call).await?;
    let filename = process.filename.unwrap_or(own.filename);
    let requested = request(call, process.destination, filename).await?;
    let origin = idempotency::origin(named.as_ref(), call.who.user);
    let taken = call.api.ingests.request(ingest, requested, origin).await?;
    accepted(call, taken).await
}

/// Refuses what the rules would refuse after the session was made.
async fn check_ready(
    call: &Admitted,
    ingest: IngestId,
    destination: &Destination,
) -> Result<(), Error> {
    let state = there(call, ingest).await?;
    let state = state.ok_or(IngestError::Refused(IngestRefusal::Unknown))?;
    let refusal = match (state.stage(), state.session()) {
        (Stage::Announced, _) => IngestRefusal::Empty,
        (_, None) => return Ok(()),
        (_, session) => {
            let (sessions, user) = (&call.api.rag_sessions, call.who.user);
            match sessions.find(user, &destination.session).await? == session {
                true => return Ok(()),
                false => IngestRefusal::Elsewhere,
            }
        }
    };
    Err(IngestError::Refused(refusal).into())
}

/// How far a document is, unless it is deleted, or its session is.
async fn there(call: &Admitted, ingest: IngestId) -> Result<Option<Ingest>, Error> {
    let state = call.api.ingests.state(ingest).await;
    let state = state.map_err(IngestError::from)?;
    let is_there = match (state.stage(), state.session()) {
        (Stage::Deleted | Stage::Erased, _) => false,
        (_, Some(session)) => call.api.rag_sessions.is_open(session).await?,
        (_, None) => true,
    };
    Ok(is_there.then_some(state))
}

/// Has a text looked through.
pub(super) async fn take_text(call: &Admitted) -> Result<Response, Error> {
    let text = Text::read(&call.body)?;
    let (named, known) = call.named("POST /api/v1/ingest/text").await?;
    if let Some(record) = known {
        return accepted(call, earlier(call, &record).await?).await;
    }
    has_room(call).await?;
    let (bytes, mime) = (text.content.as_bytes(), "text/markdown");
    let requested = request(call, text.destination, text.filename.clone()).await?;
    let ingests = &call.api.ingests;
    let piece = ingests.keep(mime, bytes).await?;
    let received = IngestReceived {
        pieces: vec![piece.clone()],
        fingerprint: call.api.auth.uploads.fingerprint(&Sha256::digest(bytes)),
    };
    let announced = IngestAnnounced {
        ingest: IngestId(Uuid::now_v7()),
        owner: call.who.user,
        filename: text.filename,
        mime: mime.to_owned(),
        size: bytes.len() as u64,
    };
    let origin = idempotency::origin(named.as_ref(), call.who.user);
    let taken = ingests.submit(announced, received, requested, origin).await;
    // A twin of this request, or of these bytes, has its own piece.
    if !matches!(taken, Ok(taken) if taken.position > 0) {
        ingests.discard(&[piece]).await;
    }
    let taken = taken?;
    if let Some(named) = &named
        && taken.position == 0
    {
        let id = taken.ingest.to_string();
        named.note(&call.api, (Ingest::TYPE, &id)).await?;
    }
    accepted(call, taken).await
}

/// The document of the same request before.
async fn earlier(call: &Admitted, record: &CommandRecord) -> Result<Taken, Error> {
    let ingest = record.aggregate_id.parse::<IngestId>();
    let ingest = ingest.map_err(Error::broken)?;
    match there(call, ingest).await? {
        Some(_) => Ok(Taken {
            ingest,
            position: record.position(),
        }),
        None => Err(Error::gone()),
    }
}

/// Nobody has more documents wait than they may.
/// Describing pictures and making vectors costs, too.
async fn has_room(call: &Admitted) -> Result<(), Error> {
    if let Some(exhausted) = quota::exhausted(&call.api, call.who.user).await? {
        return Err(Error::no_quota(exhausted));
    }
    let waiting = call.api.views.ingests_under_way(call.who.user.0).await?;
    match waiting < MOST_WAITING {
        true => Ok(()),
        false => Err(Error::too_many(
            "Too many of your documents are being looked through: try again when some are done",
        )),
    }
}

async fn request(
    call: &Admitted,
    destination: Destination,
    filename: String,
) -> Result<IngestRequested, Error> {
    let sessions = &call.api.rag_sessions;
    let (session, _) = sessions
        .open(call.who.user, &destination.session, None)
        .await?;
    Ok(IngestRequested {
        session,
        filename,
        institution: destination.institution,
    })
}

async fn accepted(call: &Admitted, taken: Taken) -> Result<Response, Error> {
    let mut fresh = match taken.position {
        // Another node may have taken it in a moment ago.
        0 => call.api.views.catch_up(READ_YOUR_WRITES).await?,
        position => call.written(position).await,
    };
    if matches!(call.query.get("wait"), Some("true" | "1")) {
        fresh = ended(call, taken.ingest).await?;
    }
    let value = json!({ "data": taken.ingest.to_string() });
    Ok(reply::json(
        &call.api,
        StatusCode::CREATED,
        &value,
        taken.position,
        fresh,
    ))
}

/// Waits until a document is looked through, and reads show it.
async fn ended(call: &Admitted, ingest: IngestId) -> Result<Freshness, Error> {
    let (views, began) = (&call.api.views, Instant::now());
    loop {
        let next = views.position() + 1;
        let row = views.ingest(ingest.0).await?;
        let waits = row.is_some_and(|row| {
            matches!(row.status, IngestStatus::Pending | IngestStatus::Processing)
        });
        if !waits {
            return Ok(Freshness::Fresh);
        }
        if began.elapsed() > PATIENCE {
            return Err(Error::busy(
                "The document is still being looked through: ask for its status",
            ));
        }
        let _ = views.wait_for(next, LOOK).await;
    }
}

/// How far a document is.
pub(super) async fn status(call: &Admitted, id: &str) -> Result<Response, Error> {
    let fresh = call.caught_up().await?;
    let views = &call.api.views;
    let me = call.who.user.to_string();
    let row = match id.parse() {
        Ok(id) => views.ingest(id).await?.filter(|row| row.owner == me),
        Err(_) => None,
    };
    let row = match row.as_ref().and_then(|row| row.same_as.as_deref()) {
        Some(same) => match same.parse() {
            Ok(same) => views.ingest(same).await?,
            Err(_) => None,
        },
        None => row,
    };
    let session = match row.as_ref().and_then(|row| row.session.clone()) {
        Some(session) => views.rag_session_by_id(session).await?,
        None => None,
    };
    // The documents of a session that has ended go after it.
    let row = row.filter(|row| row.session.is_none() || session.is_some());
    let name = session.as_ref().map(|session| session.name.as_str());
    let rows: Vec<_> = row.iter().map(|row| reply::ingest(row, name)).collect();
    let value = json!({ "data": rows });
    Ok(reply::json(&call.api, StatusCode::OK, &value, 0, fresh))
}
