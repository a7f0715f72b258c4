//! An erasure that somebody orders whose conversation it is not.

use aggregates::{ThreadId, case::SaidIn, thread::ThreadCommand};
use bytes::Buf;
use futures_util::Stream;
use http::StatusCode;
use serde_json::json;
use warp::{Reply, reply::Response};

use super::{error::Error, request::ERASE, routes::Call};
use crate::{actors::Origin, audit::EventFilter};

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
    let order = ThreadCommand::OrderErasure {
        by: access.user(),
        reason: wish.reason,
    };
    let order = move |origin: Origin| async move {
        let fingerprint = origin.fingerprint;
        let done = call.api.execute(thread, order, origin).await?;
        match done.replayed {
            Some(first) if first.fingerprint != fingerprint => Err(Error::other_request()),
            _ => Ok(done.position),
        }
    };
    let ordered = call.once(&access, &route, &wish.body, order).await?;
    // 0: nothing was left to erase.
    let position = (ordered.position > 0).then(|| ordered.position.to_string());
    let body = warp::reply::json(&json!({ "thread": thread, "position": position }));
    Ok(warp::reply::with_status(body, StatusCode::ACCEPTED).into_response())
}
