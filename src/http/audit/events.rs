//! Events: all of them as a feed, and those of one thread or completion.

use aggregates::{case::SaidIn, reading::Looked};
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use super::{
    error::Error,
    request::{self, Access},
    routes::Call,
    stream::{self, Feed, Wire},
};
use crate::{
    audit::{EventFilter, shown},
    http::{answer_id, sse},
};

/// Events of the feed, and of a thread, when nobody says how many; and at most.
const FEED: (u64, u64) = (1_000, 100_000);
const PAGE: (u64, u64) = (200, 1_000);

/// `GET /api/audit/events`
pub(super) async fn feed(call: Call, access: Access) -> Result<Response, Error> {
    let filter = request::filter(&call.api, &call.query).await?;
    let follows = sse::is_wanted(&call.headers);
    let resumed = call.headers.get("last-event-id");
    let resumed = resumed.and_then(|id| id.to_str().ok()?.parse().ok());
    let after = request::position(&call.query, "after")?;
    let after = resumed.filter(|_| follows).or(after).unwrap_or(0);
    let limit = request::limit(&call.query, FEED.0, FEED.1)?;
    let head = call.api.trail.head().await?;
    let feed = Feed::new(call, access, filter, after);
    Ok(match follows {
        true => stream::open(feed, Wire::Events),
        false => stream::open(feed.until(head, limit), Wire::Lines),
    })
}

/// `GET /api/audit/threads/{id}/events`
pub(super) async fn of_thread(
    call: &Call,
    access: &Access,
    thread: &str,
) -> Result<Response, Error> {
    let thread = thread.parse().map_err(|_| Error::no_thread())?;
    let page = page_of(call, access, SaidIn::Thread(thread)).await?;
    let (events, next) = page.ok_or_else(Error::no_thread)?;
    let body = json!({ "thread": thread, "events": events, "next": next });
    Ok(warp::reply::json(&body).into_response())
}

/// `GET /api/audit/completions/{id}/events`
pub(super) async fn of_completion(
    call: &Call,
    access: &Access,
    completion: &str,
) -> Result<Response, Error> {
    let completion = answer_id::read(completion).ok_or_else(Error::no_completion)?;
    let page = page_of(call, access, SaidIn::Completion(completion)).await?;
    let (events, next) = page.ok_or_else(Error::no_completion)?;
    let body = json!({ "completion": completion, "events": events, "next": next });
    Ok(warp::reply::json(&body).into_response())
}

/// Some of its events, and after which one the next page begins; `None`: it was never there.
async fn page_of(
    call: &Call,
    access: &Access,
    said_in: SaidIn,
) -> Result<Option<(Vec<Value>, Option<String>)>, Error> {
    let after = request::position(&call.query, "after")?.unwrap_or(0);
    let limit = request::limit(&call.query, PAGE.0, PAGE.1)?;
    let trail = &call.api.trail;
    if !trail.is_known(said_in).await? {
        return Ok(None);
    }
    let head = trail.head().await?;
    let filter = EventFilter {
        said_in: Some(said_in),
        ..EventFilter::default()
    };
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let page = trail.events(&filter, after, head, limit).await?;
    let more = page.events.len() >= limit as usize;
    let next = page.events.last().filter(|_| more);
    let next = next.map(|last| last.position.to_string());
    let events = match access.content() {
        true => {
            match said_in {
                SaidIn::Thread(thread) => {
                    let thread = thread.to_string();
                    access.note(&call.api, Looked::Messages, [&*thread]).await?;
                }
                SaidIn::Completion(completion) => {
                    access.note_completions(&call.api, &[completion]).await?;
                }
            }
            trail.with_content(page.events).await?
        }
        false => page.events,
    };
    let events = events
        .iter()
        .map(|event| shown::event_of(event, access.content(), said_in));
    Ok(Some((events.collect(), next)))
}
