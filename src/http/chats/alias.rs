//! `/api/v1/chat/completions`: one path that two dialects share. The body decides: with `messages`, a provider or a chat it
//! is this dialect's, else it asks about ingested documents.

use bytes::{Buf, Bytes};
use futures_util::Stream;
use http::StatusCode;
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use super::{call::Call, completions, error::Error, request::Fields};

/// What makes a body this dialect's.
const OURS: [&str; 3] = ["messages", "ai_provider_id", "chat_id"];
/// What the other one needs, in the order in which it is missed.
const THEIRS: [&str; 2] = ["message", "session_id"];

/// First the body, which says who answers; then who asks.
pub(super) async fn complete<S, B>(call: Call, body: S) -> Result<Response, Error>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    call.allow("POST")?;
    let body = call.read(body).await?;
    if !is_ours(&call, &body) {
        return Ok(match call.known().await {
            Ok(_) => about_documents(&call, &body),
            Err(Error::Unauthorized) => {
                let told = json!({ "error": "Unauthorized Access" });
                warp::reply::with_status(warp::reply::json(&told), StatusCode::UNAUTHORIZED)
                    .into_response()
            }
            Err(error) => error.into(),
        });
    }
    let (who, rights) = call.known().await?;
    completions::of_either(&call.with(who, rights, body)).await
}

fn is_ours(call: &Call, body: &Bytes) -> bool {
    let fields = Fields::read(&call.headers, body, &OURS);
    fields.is_ok_and(|fields| OURS.iter().any(|name| fields.value(name).is_some()))
}

/// Nothing is ingested by this server, so there is nothing to be asked about.
fn about_documents(call: &Call, body: &Bytes) -> Response {
    let fields = Fields::read(&call.headers, body, &THEIRS).unwrap_or_default();
    let says = |name: &str| {
        let text = fields.value(name).and_then(Value::as_str);
        text.is_some_and(|text| !text.trim().is_empty())
    };
    let sentence = match THEIRS.map(says) {
        [false, _] => "message is required",
        [true, false] => "sessionId is required",
        [true, true] => {
            "This server does not answer questions about documents; send messages with aiProviderId or chatId"
        }
    };
    let told = json!({ "success": false, "error": sentence });
    warp::reply::with_status(warp::reply::json(&told), StatusCode::UNPROCESSABLE_ENTITY)
        .into_response()
}
