//! `POST /v1/chat/completions`: a conversation in, one answer out; kept in a thread where `X-Thread` says so.

use aggregates::{
    CompletionId, TurnId,
    completion::{Requested, Sampling},
    thread::{Dialect, Route},
};
use bytes::Bytes;
use http::HeaderMap;
use uuid::Uuid;
use warp::reply::Response;

use super::{error::Error, models, reply, request::Ask, stream, thread};
use crate::{
    actors::{Begun, CommandError, Origin},
    auth::Principal,
    http::{
        Api, PATIENCE,
        follow::{Cursor, Follower},
        idempotency::{self, Named},
        quota,
    },
};

/// The route's name for `Idempotency-Key`.
const ROUTE: &str = "POST /v1/chat/completions";

/// An answer that is being made, or was.
pub(super) struct Answering {
    pub(super) turn: TurnId,
    /// Seconds since 1970.
    pub(super) created: i64,
    /// As it is asked for.
    pub(super) model: String,
    /// What moderation took out of the question.
    pub(super) warning: Option<String>,
    /// Of the commit that asked.
    pub(super) position: u64,
    /// The conversation it is kept in.
    pub(super) thread: Option<aggregates::ThreadId>,
}

/// The answer, whole or as it is written.
pub(super) async fn complete(
    api: Api,
    who: Principal,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Error> {
    let ask = Ask::read(&body)?;
    let route = models::find(&api, &ask.model).ok_or_else(|| Error::no_model(&ask.model))?;
    if let Some(parameter) = api.directory.lacks(&route, &ask.sampling) {
        let why = format!("cannot be passed on to '{}'", route.provider);
        return Err(Error::unsupported(parameter, &why));
    }
    if let Some(sentence) = quota::exhausted(&api, who.user).await? {
        return Err(Error::no_quota(sentence));
    }
    let (streamed, include_usage) = (ask.stream, ask.include_usage);
    let (answering, follower, leash) = match headers.get("x-thread") {
        Some(wanted) => {
            if ask.sampling != Sampling::default() {
                return Err(thread::takes_no(&ask.sampling));
            }
            let sent = thread::send(&api, &who, &headers, wanted, ask, route, &body).await?;
            let at = resume_at(&headers, sent.turn);
            let thread = sent
                .thread
                .ok_or_else(|| Error::broken("a send without a thread"))?;
            let follower = Follower::start(&api, thread, at).await?;
            (sent, follower, None)
        }
        None => {
            let named = idempotency::named(&api, &headers, who.user, ROUTE, &body)?;
            let (answering, id) = begin(&api, &who, ask, route, named.as_ref()).await?;
            // A request with a name goes on without whoever asked: they may come back.
            let leash = named.is_none().then(|| Leash {
                api: api.clone(),
                turn: id.turn(),
            });
            let follower = Follower::start_alone(&api, id, resume_at(&headers, id.turn())).await?;
            (answering, follower, leash)
        }
    };
    drop(body);
    let follower = follower
        .ok_or_else(|| Error::busy("The answer cannot be followed at the moment; try again."))?;
    match streamed {
        true => stream::response(answering, follower, include_usage, leash).await,
        false => {
            let whole = reply::whole(answering, follower).await;
            drop(leash);
            whole
        }
    }
}

/// Whoever asked waits: when this is dropped before the end, the answer ends.
pub(super) struct Leash {
    api: Api,
    turn: TurnId,
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.api.directory.leave_completion(self.turn);
    }
}

/// The beginning, or where an earlier stream of this answer broke off.
fn resume_at(headers: &HeaderMap, turn: TurnId) -> Cursor {
    let told = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse::<Cursor>().ok());
    told.filter(|at| at.turn == turn).unwrap_or(Cursor {
        turn,
        text: 0,
        reasoning: 0,
    })
}

/// Makes the question durable, exactly once.
async fn begin(
    api: &Api,
    who: &Principal,
    ask: Ask,
    route: Route,
    named: Option<&Named>,
) -> Result<(Answering, CompletionId), Error> {
    let id = CompletionId(match named {
        Some(named) => Uuid::new_v5(&named.command.0, b"completion"),
        None => Uuid::now_v7(),
    });
    let model = models::name(&route.provider, &route.model);
    let answering = |begun: Begun| Answering {
        turn: id.turn(),
        created: begun.recorded_at / 1_000_000,
        model: model.clone(),
        warning: begun.warning,
        position: begun.position,
        thread: None,
    };
    if let Some(named) = named
        && let Some(known) = named.known(api).await?
    {
        return Ok((
            answering(recalled(api, id, known?.last_position).await?),
            id,
        ));
    }
    let requested = Requested {
        completion: id,
        owner: who.user,
        dialect: Dialect::Openai,
        route,
        messages: ask.messages,
        sampling: ask.sampling,
        streamed: ask.stream,
    };
    let origin = match named {
        Some(named) => named.origin(who.user),
        None => Origin::user(who.user),
    };
    let completing = api.directory.complete(requested, origin, named.is_none());
    let begun = tokio::time::timeout(PATIENCE, completing)
        .await
        .unwrap_or(Err(CommandError::Unavailable))?;
    match (begun.replayed.clone(), named) {
        // Its twin was faster.
        (Some(record), Some(named)) => {
            let record = named.check(record)?;
            Ok((
                answering(recalled(api, id, record.last_position).await?),
                id,
            ))
        }
        _ => Ok((answering(begun), id)),
    }
}

/// What the first request of this name has begun.
async fn recalled(api: &Api, id: CompletionId, position: u64) -> Result<Begun, Error> {
    let record = api.directory.completion(id).await.map_err(|error| {
        tracing::warn!(%error, "the log could not be read");
        Error::busy("The record cannot be read at the moment; try again.")
    })?;
    match record {
        Some(record) if !record.erased => Ok(Begun {
            position,
            recorded_at: record.requested_at,
            warning: record.warning,
            replayed: None,
        }),
        _ => Err(Error::gone("What this request made was deleted since.")),
    }
}
