//! A thread as it was at a moment, and what changed between two.

use aggregates::reading::Looked;
use serde_json::json;
use warp::{Reply, reply::Response};

use super::{
    error::Error,
    request::{self, Access},
    routes::Call,
};
use crate::{
    audit::{Moment, diff, shown},
    http::query::Query,
};

/// Everything that has happened.
const NOW: Moment = Moment::Position(u64::MAX);

/// The moment that is asked for: now, where none is.
pub(super) fn moment(query: &Query) -> Result<Moment, Error> {
    let position = request::position(query, "position")?.map(Moment::Position);
    let time = request::moment(query, "time")?;
    match (position, time) {
        (Some(_), Some(_)) => Err(Error::bad("give either position or time".to_owned())),
        (position, time) => Ok(position.or(time).unwrap_or(NOW)),
    }
}

/// `GET /api/audit/threads/{id}/at`
pub(super) async fn at(call: &Call, access: &Access, thread: &str) -> Result<Response, Error> {
    let thread = request::thread(thread)?;
    let moment = moment(&call.query)?;
    let [state] = call.api.trail.thread_at(&thread, [moment]).await?;
    let state = state.ok_or_else(Error::no_thread)?;
    access.note(&call.api, Looked::Messages, [&*thread]).await?;
    let body = shown::thread(&thread, &state, access.content());
    Ok(warp::reply::json(&body).into_response())
}

/// `GET /api/audit/threads/{id}/diff`
pub(super) async fn diff(call: &Call, access: &Access, thread: &str) -> Result<Response, Error> {
    let thread = request::thread(thread)?;
    let from = request::moment(&call.query, "from")?.unwrap_or(Moment::Position(0));
    let to = request::moment(&call.query, "to")?.unwrap_or(NOW);
    if !call.api.trail.are_in_order(from, to).await? {
        return Err(Error::bad("from must not be later than to".to_owned()));
    }
    // They may be of two kinds, so the thread is read for each.
    let [before] = call.api.trail.thread_at(&thread, [from]).await?;
    let [after] = call.api.trail.thread_at(&thread, [to]).await?;
    let after = after.ok_or_else(Error::no_thread)?;
    access.note(&call.api, Looked::Messages, [&*thread]).await?;
    let changes = diff::diff(before.as_ref(), &after);
    let changes: Vec<_> = changes.iter().map(shown::change).collect();
    let content = access.content();
    let shown = |state| shown::thread(&thread, state, content);
    let body = json!({
        "thread": thread,
        "changes": changes,
        "before": before.as_ref().map(shown),
        "after": shown(&after),
    });
    Ok(warp::reply::json(&body).into_response())
}
