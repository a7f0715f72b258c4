//! Rows and outcomes to this dialect's JSON.

use chrono::{DateTime, SecondsFormat};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use crate::{
    http::Api,
    views::{Freshness, IngestRow, IngestStatus, PassageRow, RagSessionRow, TranscriptRow},
};

/// Characters of a source's excerpt.
const EXCERPT: usize = 300;

/// A JSON answer that says where in the log it stands, and whether the views were behind.
pub(super) fn json(
    api: &Api,
    status: StatusCode,
    value: &Value,
    position: u64,
    fresh: Freshness,
) -> Response {
    let body = warp::reply::json(value);
    let mut response = warp::reply::with_status(body, status).into_response();
    stamp(api, &mut response, position, fresh);
    response
}

/// 204.
pub(super) fn nothing(api: &Api, position: u64, fresh: Freshness) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    stamp(api, &mut response, position, fresh);
    response
}

fn stamp(api: &Api, response: &mut Response, position: u64, fresh: Freshness) {
    let position = position.max(api.views.position());
    let headers = response.headers_mut();
    headers.insert("x-colloquy-position", HeaderValue::from(position));
    if fresh == Freshness::Stale {
        headers.insert("x-colloquy-stale", HeaderValue::from_static("1"));
    }
}

/// A message of a history.
pub(super) fn message(row: &TranscriptRow) -> Value {
    json!({ "role": row.role.as_str(), "content": row.text, "createdAt": time(row.created) })
}

/// A session.
pub(super) fn session(row: &RagSessionRow) -> Value {
    json!({
        "id": row.name,
        "user_id": row.owner,
        "label": row.label,
        "created_at": time(row.created),
        "last_active": time(row.last_active),
    })
}

/// A document on its way; `session` is what its user calls its session.
pub(super) fn ingest(row: &IngestRow, session: Option<&str>) -> Value {
    let status = match row.status {
        IngestStatus::Announced | IngestStatus::Received | IngestStatus::Recognised => {
            IngestStatus::Pending
        }
        status => status,
    };
    // A picture's passages say what is seen in it; of other documents' pictures there are none.
    let visual_chunks = match row.mime.starts_with("image/") {
        true => row.chunks,
        false => 0,
    };
    json!({
        "id": row.ingest,
        "session_id": session,
        "filename": row.filename,
        "chunks": row.chunks,
        "visual_chunks": visual_chunks,
        "status": status.as_str(),
        "err_msg": row.error,
        "created_at": time(row.created),
    })
}

/// What an answer rests on; `score` in thousandths.
pub(super) fn source(row: &PassageRow, score: u64) -> Value {
    let excerpt: String = row.text.chars().take(EXCERPT).collect();
    json!({
        "document_id": row.ingest,
        "filename": row.filename,
        "page": row.page,
        "chunk": row.place,
        "score": score as f64 / 1000.0,
        "excerpt": excerpt,
    })
}

/// ISO 8601 in UTC with milliseconds; microseconds since 1970 in.
fn time(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}
