//! Legal holds: laid, released, and listed with the erasures that wait for them.

use aggregates::{
    HoldId, ThreadId, UserId,
    case::SaidIn,
    hold::{Hold, Release},
};
use bytes::Buf;
use futures_util::Stream;
use http::StatusCode;
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use super::{
    error::Error,
    ids,
    request::{self, Access, HOLD, READ_METADATA},
    routes::{Call, caught_up, recent},
};
use crate::{
    actors::{Held, Origin},
    audit::{HeldErasure, shown::time},
    http::READ_YOUR_WRITES,
    views::{HeldKind, HoldQuery, HoldRow},
};

/// Holds of a page, when nobody says how many; and at most.
const PAGE: (u64, u64) = (50, 200);
/// Waiting erasures that are shown with a hold.
const SHOWN: u32 = 100;
/// The states that can be asked for.
pub(super) const STATES: [&str; 3] = ["active", "released", "all"];

/// `POST /api/audit/threads/{id}/hold`
pub(super) async fn on_thread<S, B>(call: &Call, id: &str, body: S) -> Result<Response, Error>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let access = call.access().await?;
    let thread = access.thread_for(&call.api, HOLD, id).await?;
    lay(call, &access, Held::Thread(thread), body).await
}

/// `POST /api/audit/users/{id}/hold`
pub(super) async fn on_user<S, B>(call: &Call, id: &str, body: S) -> Result<Response, Error>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let access = call.access().await?;
    access.may_some(HOLD)?;
    let user = ids::user(&call.api, id).await?;
    let target = user.map_or_else(request::all_users, request::user_target);
    access.may(HOLD, &target)?;
    let user = user.ok_or_else(Error::no_user)?;
    lay(call, &access, Held::User(user), body).await
}

async fn lay<S, B>(call: &Call, access: &Access, on: Held, body: S) -> Result<Response, Error>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let route = match on {
        Held::Thread(thread) => format!("POST /api/audit/threads/{thread}/hold"),
        Held::User(user) => format!("POST /api/audit/users/{user}/hold"),
    };
    let wish = call.wish(body, &["reason", "matter"]).await?;
    let (by, reason, matter) = (access.user(), wish.reason, wish.matter);
    let lay = move |origin: Origin| async move {
        let hold = Hold {
            // Under its own name a request lays the same one again.
            hold: HoldId(origin.command.0),
            by,
            reason,
            matter,
        };
        let laid = call.api.holds.lay(on, hold, origin).await;
        laid.map_err(Error::from)
    };
    let laid = call.once(access, &route, &wish.body, lay).await?;
    let hold = HoldId(laid.command.0);
    answer(call, access, hold, laid.position, StatusCode::CREATED).await
}

/// `POST /api/audit/holds/{id}/release`
pub(super) async fn release<S, B>(call: &Call, id: &str, body: S) -> Result<Response, Error>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let access = call.access().await?;
    access.may_some(HOLD)?;
    let hold = id.parse().ok().map(HoldId);
    let views = &call.api.views;
    let row = match hold {
        Some(hold) => recent(&call.api, || views.hold(hold.0)).await?,
        None => None,
    };
    match &row {
        Some(row) if row.kind == HeldKind::User => {
            let user = row.subject.parse::<UserId>().ok();
            let target = user.map_or_else(request::all_users, request::user_target);
            access.may(HOLD, &target)?;
        }
        Some(row) => {
            access.thread_for(&call.api, HOLD, &row.subject).await?;
        }
        None => access.may(HOLD, &request::whole_record())?,
    }
    let Some((hold, _)) = hold.zip(row) else {
        return Err(Error::not_found("There is no such hold"));
    };
    let wish = call.wish(body, &["reason"]).await?;
    let route = format!("POST /api/audit/holds/{hold}/release");
    let release = Release {
        hold,
        by: access.user(),
        reason: wish.reason,
    };
    let release = move |origin: Origin| async move {
        let released = call.api.holds.release(release, origin).await;
        released.map_err(Error::from)
    };
    let released = call.once(&access, &route, &wish.body, release).await?;
    answer(call, &access, hold, released.position, StatusCode::OK).await
}

async fn answer(
    call: &Call,
    access: &Access,
    hold: HoldId,
    position: u64,
    status: StatusCode,
) -> Result<Response, Error> {
    let views = &call.api.views;
    let _ = views.wait_for(position, READ_YOUR_WRITES).await;
    let row = views.hold(hold.0).await?;
    let row = row.ok_or_else(|| Error::behind("The hold is laid; it cannot be shown yet"))?;
    let body = warp::reply::json(&shown(call, access, &row).await?);
    Ok(warp::reply::with_status(body, status).into_response())
}

/// `GET /api/audit/holds`
pub(super) async fn list(call: &Call) -> Result<Response, Error> {
    let access = call.access().await?;
    access.may_some(READ_METADATA)?;
    let thread = request::uuid(&call.query, "thread");
    let user = request::user(&call.api, &call.query).await;
    match (&thread, &user) {
        (Ok(Some(thread)), Ok(None)) => {
            let said_in = SaidIn::Thread(ThreadId(*thread));
            access.may_in(&call.api, READ_METADATA, said_in).await?;
        }
        (Ok(None), Ok(Some(user))) => {
            access.may(READ_METADATA, &request::user_target(*user))?;
        }
        _ => {
            access.may(READ_METADATA, &request::whole_record())?;
            access.may_read_all()?;
        }
    }
    let (thread, user) = (thread?, user?);
    if thread.is_some() && user.is_some() {
        return Err(Error::bad("give either thread or user".to_owned()));
    }
    let lasting = match call.query.get("state").unwrap_or("active") {
        "active" | "" => Some(true),
        "released" => Some(false),
        "all" => None,
        _ => {
            let states = STATES.join(", ");
            return Err(Error::bad(format!("state must be one of {states}")));
        }
    };
    let query = HoldQuery {
        lasting,
        subject: thread.or(user.map(|user| user.0)),
        after: request::position(&call.query, "after")?.unwrap_or(0),
    };
    let limit = request::limit(&call.query, PAGE.0, PAGE.1)?;
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    caught_up(&call.api).await?;
    let rows = call.api.views.holds(query, limit).await?;
    let more = rows.len() >= limit as usize;
    let next = rows.last().filter(|_| more);
    let next = next.map(|last| last.number.to_string());
    let mut holds = Vec::with_capacity(rows.len());
    for row in &rows {
        holds.push(shown(call, &access, row).await?);
    }
    Ok(warp::reply::json(&json!({ "holds": holds, "next": next })).into_response())
}

/// How many of those that wait for it are named: of a user's none to who may not read everything, because who is allowed a
/// user may be denied what they said.
fn named(access: &Access, kind: HeldKind) -> u32 {
    match kind {
        HeldKind::User if access.may_whole(READ_METADATA).is_err() => 0,
        HeldKind::User | HeldKind::Thread => SHOWN,
    }
}

async fn shown(call: &Call, access: &Access, row: &HoldRow) -> Result<Value, Error> {
    let (waiting, count) = match row.released_at {
        Some(_) => (vec![], 0),
        None => {
            let named = named(access, row.kind);
            call.api.trail.held_by(&row.subject, named).await?
        }
    };
    let waiting: Vec<Value> = waiting.iter().map(self::waiting).collect();
    let released = row
        .released_at
        .map(|at| json!({ "by": row.released_by, "reason": row.release_reason, "at": time(at) }));
    Ok(json!({
        "hold": row.hold,
        "kind": row.kind.as_str(),
        "subject": row.subject,
        "matter": row.matter,
        "reason": row.reason,
        "by": row.held_by,
        "held_at": time(row.held_at),
        "position": row.number.to_string(),
        "released": released,
        "erasures": { "count": count, "first": waiting },
    }))
}

fn waiting(erasure: &HeldErasure) -> Value {
    json!({
        "aggregate_type": erasure.aggregate_type,
        "aggregate_id": erasure.aggregate_id,
        "owner": erasure.owner,
        "requested_at": time(erasure.requested_at),
        "position": erasure.position.to_string(),
    })
}
