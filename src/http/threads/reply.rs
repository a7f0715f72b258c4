//! Rows to this dialect's JSON. UUIDs are written as 32 digits, fields in the order in which this API lists them.

use aggregates::{SessionId, UserId};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat};
use futures_util::Stream;
use http::{HeaderValue, StatusCode, header};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use sync_wrapper::SyncStream;
use uuid::Uuid;
use warp::{Reply, reply::Response};

use super::params::Params;
use crate::views::{Freshness, SessionRow, ThreadRow, TranscriptRow, UserRow};

/// An object whose fields keep their order.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::http) struct Fields(pub(in crate::http) Vec<(&'static str, Value)>);

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Fields {
    /// Only what `field` names; everything, when it names nothing that is known.
    pub(super) fn only(mut self, params: &Params) -> Self {
        let named = |name: &str| params.all("field").any(|field| field == name);
        if self.0.iter().any(|(name, _)| named(name)) {
            self.0.retain(|(name, _)| named(name));
        }
        self
    }
}

/// A JSON answer that says where in the log it stands, and whether the views were behind.
pub(in crate::http) fn ok(value: &impl Serialize, position: u64, fresh: Freshness) -> Response {
    let mut response = warp::reply::json(value).into_response();
    stamp(&mut response, position, fresh);
    response
}

/// The same, written while it is read.
pub(super) fn streamed<E: std::error::Error + Send + Sync + 'static>(
    json: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    position: u64,
    fresh: Freshness,
) -> Response {
    let mut response = warp::reply::stream(SyncStream::new(json)).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    stamp(&mut response, position, fresh);
    response
}

/// An answer without a body.
pub(in crate::http) fn nothing(position: u64, fresh: Freshness) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    stamp(&mut response, position, fresh);
    response
}

/// A 200 that says nothing.
pub(super) fn empty(position: u64, fresh: Freshness) -> Response {
    let mut response = StatusCode::OK.into_response();
    stamp(&mut response, position, fresh);
    response
}

fn stamp(response: &mut Response, position: u64, fresh: Freshness) {
    let headers = response.headers_mut();
    if let Ok(position) = HeaderValue::from_str(&position.to_string()) {
        headers.insert("x-colloquy-position", position);
    }
    if fresh == Freshness::Stale {
        headers.insert("x-colloquy-stale", HeaderValue::from_static("1"));
    }
}

/// A session, and the account it belongs to.
pub(super) fn session(row: &SessionRow, owner: Option<&UserRow>) -> Fields {
    Fields(vec![
        ("uuid", uuid(&row.session)),
        ("user", uuid(&row.owner)),
        ("user_username", username(owner)),
        ("user_full_name", full_name()),
        ("created", time(row.created)),
        ("modified", time(row.created)),
    ])
}

/// A thread, and the account it belongs to.
pub(super) fn thread(row: &ThreadRow, owner: Option<&UserRow>) -> Fields {
    let session = row.owner.parse::<UserId>().map(SessionId::of);
    // Counts, of zeros too, are there since the first detection.
    let flags = match row.flags.is_empty() {
        true => json!({}),
        false => json!({ "is_flagged": row.is_flagged, "max_severity": row.max_severity }),
    };
    Fields(vec![
        ("uuid", uuid(&row.thread)),
        ("name", json!(row.title())),
        (
            "chat_session",
            json!(session.map(|session| session.0.simple().to_string()).ok()),
        ),
        ("flags", flags),
        ("is_archived", json!(row.is_archived)),
        ("message_count", json!(row.message_count)),
        ("is_flagged", json!(row.is_flagged)),
        ("max_severity", json!(row.max_severity)),
        ("user_username", username(owner)),
        ("user_full_name", full_name()),
        ("created", time(row.created)),
        ("modified", time(row.modified)),
    ])
}

/// A message, with what moderation said of it where one may see that. What nobody judged reads as harmless here.
pub(in crate::http) fn message(row: &TranscriptRow, verdict: bool) -> Fields {
    let mut fields = vec![
        ("uuid", uuid(&row.message)),
        ("thread", uuid(&row.thread)),
        ("role", json!(row.role.as_str())),
        ("content", json!(row.text)),
        ("sequence_index", json!(row.place)),
        (
            "replaces",
            row.replaces.as_deref().map_or(Value::Null, uuid),
        ),
        ("created", time(row.created)),
    ];
    let found = [
        ("is_flagged", json!(row.is_flagged)),
        ("severity", json!(row.severity)),
        ("injection_categories", list(&row.injection_categories)),
        ("pii_categories", list(&row.pii_categories)),
        ("action_taken", json!(row.action_taken)),
    ];
    if verdict {
        fields.extend(found);
    }
    Fields(fields)
}

/// A list as it is stored.
pub(in crate::http) fn list(written: &str) -> Value {
    serde_json::from_str(written).unwrap_or_else(|_| json!([]))
}

/// Of a deleted account nothing is left.
fn username(owner: Option<&UserRow>) -> Value {
    json!(owner.map_or("", |owner| owner.username.as_str()))
}

/// Accounts have no other name than their user name.
fn full_name() -> Value {
    json!("")
}

/// As 32 digits.
pub(in crate::http) fn uuid(written: &str) -> Value {
    match Uuid::try_parse(written) {
        Ok(uuid) => json!(uuid.simple().to_string()),
        Err(_) => json!(written),
    }
}

/// ISO 8601 in UTC, microseconds since 1970 in.
pub(in crate::http) fn time(micros: i64) -> Value {
    let time = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    json!(time.to_rfc3339_opts(SecondsFormat::Micros, true))
}
