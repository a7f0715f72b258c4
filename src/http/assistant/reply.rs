//! Rows and outcomes to this dialect's JSON.

use chrono::{DateTime, SecondsFormat};
use http::HeaderValue;
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use crate::{
    actors::Ending,
    http::{follow::Finished, sse},
    views::{ConversationRow, Freshness, TranscriptRow},
};

/// A JSON answer that says where in the log it stands, and whether the views were behind.
pub(super) fn ok(value: &Value, position: u64, fresh: Freshness) -> Response {
    let mut response = warp::reply::json(value).into_response();
    stamp(&mut response, position, fresh);
    response
}

pub(super) fn stamp(response: &mut Response, position: u64, fresh: Freshness) {
    if let Ok(position) = HeaderValue::from_str(&position.to_string()) {
        response
            .headers_mut()
            .insert("x-colloquy-position", position);
    }
    if fresh == Freshness::Stale {
        response
            .headers_mut()
            .insert("x-colloquy-stale", HeaderValue::from_static("1"));
    }
}

/// The answer to a send without a stream. A failed provider is a 200 here: this API's clients show `reply`.
pub(super) fn whole(
    conversation: &str,
    asked: &str,
    finished: &Finished,
    fresh: Freshness,
) -> Response {
    let failed = failure(finished);
    let provider = answered_by(finished, asked);
    let reply = match &failed {
        Some(message) => format!("Error: {message}"),
        None => finished.text.clone(),
    };
    let value = json!({ "reply": reply, "conversation_id": conversation, "provider": provider });
    let mut response = ok(&value, finished.position, fresh);
    if failed.is_some() {
        response
            .headers_mut()
            .insert("x-error", HeaderValue::from_static("provider"));
    }
    response
}

/// The one that answered, after a fallback that one.
pub(super) fn answered_by<'a>(finished: &'a Finished, asked: &'a str) -> &'a str {
    if finished.provider.is_empty() {
        asked
    } else {
        &finished.provider
    }
}

/// The sentence of a reply that is none.
pub(super) fn failure(finished: &Finished) -> Option<String> {
    match finished.ending {
        Ending::Completed | Ending::Stopped => None,
        Ending::Failed => Some(
            finished
                .error
                .clone()
                .unwrap_or_else(|| "the provider failed".to_owned()),
        ),
        Ending::Interrupted | Ending::Elsewhere => Some(
            "the answer was interrupted; what was written is kept in the conversation".to_owned(),
        ),
        Ending::Dropped => {
            Some("this message was replaced or deleted before it was answered".to_owned())
        }
    }
}

/// The answer to a send that names a provider nobody configured.
pub(super) fn no_provider(conversation: &str, name: &str, stream: bool) -> Response {
    let sentence = format!("No AI provider found for '{name}'. Check your provider settings.");
    if stream {
        let meta = json!({ "type": "meta", "conversation_id": conversation, "provider": name });
        let error = json!({ "type": "error", "error": sentence, "conversation_id": conversation, "provider": name });
        let frames = [
            sse::frame("meta", None, &meta.to_string()),
            sse::frame("error", None, &error.to_string()),
        ];
        return sse::response(futures_util::stream::iter(frames));
    }
    let value = json!({ "reply": sentence, "conversation_id": conversation, "provider": name });
    let mut response = warp::reply::json(&value).into_response();
    response
        .headers_mut()
        .insert("x-error", HeaderValue::from_static("provider"));
    response
}

/// One line of the list of conversations.
pub(super) fn conversation(row: &ConversationRow) -> Value {
    json!({
        "id": row.reference.as_deref().unwrap_or(&row.thread),
        "title": title(row),
        "created_at": time(row.created),
        "last_active": time(row.last_active),
        "message_count": row.message_count,
        "approx_tokens": row.content_length.map(|length| length / 4),
        "folder_id": null,
    })
}

/// What lists call a conversation.
pub(super) fn title(row: &ConversationRow) -> String {
    match (&row.name, &row.first_user_text) {
        (Some(name), _) => name.clone(),
        (None, Some(first)) if !first.trim().is_empty() => first.clone(),
        _ => "New conversation".to_owned(),
    }
}

/// One message of a conversation.
pub(super) fn message(row: &TranscriptRow) -> Value {
    json!({
        "role": row.role.as_str(),
        "content": row.text,
        "id": row.message,
        "created_at": time(row.created),
        "provider": row.provider,
    })
}

/// ISO 8601 in UTC, microseconds since 1970 in.
pub(super) fn time(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Micros, true)
}
