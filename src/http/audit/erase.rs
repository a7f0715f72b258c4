//! An erasure that somebody orders whose conversation it is not.

use aggregates::{ThreadId, case::SaidIn, thread::ThreadCommand};
use bytes::Buf;
use futures_util::Stream;
use http::StatusCode;
use serde_json::json;
use warp::{Reply, reply::Response};

use super::{error::Error, request::ERASE, routes::Call};
use crate::audit::EventFilter;

/// `POST /api/audit/threads/{id}/erase`
pub(super) async fn thread<S, B>(call: &Call, id: &str, body: S) -> Result<Response, Error>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let access = call.access().await?;
    let thread: ThreadId = access.thread_for(&call.api, ERASE, id).await?;
    let wish = call.wish(body, &["reason"]).await?;
    let trail = &call.api.trail;
    let filter = EventFilter {
        said_in: Some(SaidIn::Thread(thread)),
        ..EventFilter::default()
    };
    let known = trail.events(&filter, 0, trail.head().await?, 1).await?;
    if known.events.is_empty() {
        return Err(Error::no_thread());
    }
    let route = format!("POST /api/audit/threads/{thread}/erase");
    let origin = call.origin(&access, &route, &wish.body).await?;
    let fingerprint = origin.fingerprint;
    let order = ThreadCommand::OrderErasure {
        by: access.user(),
        reason: wish.reason,
    };
    let done = call.api.execute(thread, order, origin).await?;
    if done
        .replayed
        .is_some_and(|first| first.fingerprint != fingerprint)
    {
        return Err(Error::other_request());
    }
    // 0: nothing was left to erase.
    let position = (done.position > 0).then(|| done.position.to_string());
    let body = warp::reply::json(&json!({ "thread": thread, "position": position }));
    Ok(warp::reply::with_status(body, StatusCode::ACCEPTED).into_response())
}
