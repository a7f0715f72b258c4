//! A user's list of threads and a case, as they were.

use aggregates::{MessageId, UserId, case::SaidIn, reading::Looked};
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use super::{
    error::Error,
    request::{self, Access},
    routes::{Call, caught_up},
    threads,
};
use crate::audit::shown;

/// Threads of a page, when nobody says how many; and at most.
const PAGE: (u64, u64) = (50, 200);
/// A page ends after so many events were read for it, however few threads it has.
const MOST_READ: u64 = 50_000;

/// `GET /api/audit/users/{id}/threads/at`
pub(super) async fn list(
    call: &Call,
    access: &Access,
    user: Option<UserId>,
) -> Result<Response, Error> {
    let user = user.ok_or_else(Error::no_user)?;
    if !call.api.trail.knows_user(user).await? {
        return Err(Error::no_user());
    }
    let moment = threads::moment(&call.query)?;
    let after = request::uuid(&call.query, "after")?;
    let limit = request::limit(&call.query, PAGE.0, PAGE.1)?;
    let views = &call.api.views;
    // Which threads there are, the views know; what they were then, the log.
    caught_up(&call.api).await?;
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let known = views.threads_ever(user.0, after, limit).await?;
    let (mut rows, mut read, mut looked_at) = (vec![], 0, 0);
    for thread in &known {
        let cases = views.cases_of(&thread.thread).await?;
        let trail = &call.api.trail;
        let at = trail.listed_at(&thread.thread, cases, moment).await?;
        looked_at += 1;
        read += at.read;
        // A thread that was begun anew may have been somebody else's.
        let is_theirs = at.row.as_ref().is_some_and(|row| row.owner == thread.owner);
        if is_theirs {
            rows.push(at);
        }
        if read > MOST_READ {
            break;
        }
    }
    let more = looked_at < known.len() || known.len() >= limit as usize;
    let next = known.get(looked_at.wrapping_sub(1)).filter(|_| more);
    let next = next.map(|last| &last.thread);
    let shown: Vec<Value> = rows
        .iter()
        .filter_map(|at| shown::listed(at, access.content()))
        .collect();
    let ids = rows.iter().filter_map(|at| at.row.as_ref());
    let ids = ids.map(|row| row.thread.as_str());
    access.note(&call.api, Looked::Threads, ids).await?;
    let content = access.content();
    let body = json!({ "threads": shown, "next": next, "content": content });
    Ok(warp::reply::json(&body).into_response())
}

/// Where the message was said whose case this is.
pub(super) async fn place_of(call: &Call, case: &str) -> Result<Option<SaidIn>, Error> {
    let Ok(case) = case.parse::<MessageId>() else {
        return Ok(None);
    };
    if let Some(row) = call.api.views.case(case.0).await? {
        return Ok(row.said_in());
    }
    Ok(call.api.trail.place_of_case(&case.to_string()).await?)
}

/// `GET /api/audit/cases/{id}/at`
pub(super) async fn case(
    call: &Call,
    access: &Access,
    case: &str,
    said_in: Option<SaidIn>,
) -> Result<Response, Error> {
    let none = || Error::not_found("There was no such case at this moment");
    let case: MessageId = case.parse().map_err(|_| none())?;
    let said_in = said_in.ok_or_else(none)?;
    let moment = threads::moment(&call.query)?;
    let case = case.to_string();
    let at = call.api.trail.case_at(&case, said_in, moment).await?;
    let body = shown::case(&at, access.content()).ok_or_else(none)?;
    match said_in {
        SaidIn::Thread(thread) => {
            let thread = thread.to_string();
            access.note(&call.api, Looked::Messages, [&*thread]).await?;
        }
        SaidIn::Completion(completion) => access.note_completions(&call.api, &[completion]).await?,
    }
    Ok(warp::reply::json(&body).into_response())
}
