//! `GET /api/v1/chat/history/{session}` and `DELETE /api/v1/chat/{session}`.

use aggregates::thread::{Refusal, ThreadCommand};
use http::StatusCode;
use serde_json::json;
use warp::reply::Response;

use super::{call::Admitted, error::Error, reply};
use crate::{
    actors::{CommandError, Origin},
    views::Freshness,
};

/// Messages of a page.
const PAGE: u32 = 20;

/// A page of what was said, oldest first.
pub(super) async fn show(call: &Admitted, session: &str) -> Result<Response, Error> {
    let fresh = call.caught_up().await?;
    let views = &call.api.views;
    let page = page(call.query.get("page").unwrap_or_default());
    let offset = page.saturating_mul(u64::from(PAGE));
    let session = call.api.rag_sessions.find(call.who.user, session).await?;
    let thread = session.map(aggregates::RagSessionId::thread);
    let thread = match thread {
        None => None,
        // What moderators keep from its owner is as good as unknown.
        Some(thread) => views
            .conversation(thread.0)
            .await?
            .filter(|row| row.hidden_for.is_none())
            .map(|_| thread),
    };
    let (rows, total) = match thread {
        Some(thread) => views.history(thread.0, PAGE, offset).await?,
        None => (vec![], 0),
    };
    let messages: Vec<_> = rows.iter().map(reply::message).collect();
    let value = json!({
        "success": true,
        "data": messages,
        "page": page,
        "total": total,
        "hasMore": offset.saturating_add(rows.len() as u64) < total,
    });
    Ok(reply::json(&call.api, StatusCode::OK, &value, 0, fresh))
}

/// What is no number is the first page; one beyond all numbers is beyond all pages, too.
fn page(written: &str) -> u64 {
    let digits = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit());
    let otherwise = if digits { u64::MAX } else { 0 };
    written.parse().unwrap_or(otherwise)
}

/// Destroys what was said; the session and its documents stay.
pub(super) async fn delete(call: &Admitted, session: &str) -> Result<Response, Error> {
    let failed = |error: CommandError| {
        tracing::warn!(%error, "a conversation could not be deleted");
        Error::bad("Session deletion failed")
    };
    let user = call.who.user;
    let found = call.api.rag_sessions.find(user, session).await;
    let Some(session) = found.map_err(failed)? else {
        return Ok(reply::nothing(&call.api, 0, Freshness::Fresh));
    };
    let erase = call.api.execute(
        session.thread(),
        ThreadCommand::RequestErasure,
        Origin::user(user),
    );
    match erase.await {
        Ok(done) => {
            let fresh = call.written(done.position).await;
            Ok(reply::nothing(&call.api, done.position, fresh))
        }
        // Nothing was said, or all of it is gone.
        Err(CommandError::Refused(Refusal::NotOpen)) => {
            Ok(reply::nothing(&call.api, 0, Freshness::Fresh))
        }
        Err(error @ CommandError::Refused(_)) => Err(error.into()),
        Err(error) => Err(failed(error)),
    }
}
