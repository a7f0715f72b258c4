//! `POST /v1/chat/completions`: a conversation in, one answer out; kept in a thread where `X-Thread` says so.

use aggregates::{TurnId, completion::Sampling, thread::Dialect};
use bytes::Bytes;
use http::HeaderMap;
use warp::reply::Response;

use super::{error::Error, images, models, reply, request::Ask, stream, thread, whom};
use crate::{
    auth::Principal,
    http::{
        Api,
        completion::{self, Leash, Question, Whom},
        follow::Follower,
        idempotency, quota, restriction,
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
    let meant = whom::of(&api, &who, &ask.model).await?;
    if let Some(sentence) = restriction::sentence(&who) {
        return Err(Error::restricted(sentence));
    }
    let (streamed, include_usage) = (ask.stream, ask.include_usage);
    let (answering, follower, leash) = match headers.get("x-thread") {
        Some(wanted) => {
            let (answering, follower) =
                thread::send(&api, &who, &headers, wanted, &body, ask, meant).await?;
            (answering, follower, None)
        }
        None => alone(&api, &who, &headers, &body, ask, meant).await?,
    };
    drop(body);
    match streamed {
        true => stream::response(answering, follower, include_usage, leash).await,
        false => {
            let whole = reply::whole(answering, follower).await;
            drop(leash);
            whole
        }
    }
}

/// A question that is kept in no thread, and its answer.
async fn alone(
    api: &Api,
    who: &Principal,
    headers: &HeaderMap,
    body: &Bytes,
    mut ask: Ask,
    meant: whom::Meant,
) -> Result<(Answering, Follower, Option<Leash>), Error> {
    let named = idempotency::named(api, headers, who.user, &completion::route(who, ROUTE), body)?;
    let named = named.as_ref();
    let (answering, leash) = match completion::known(api, named).await? {
        // Whoever was asked may be gone since.
        Some(known) => (known, None),
        None => {
            let whom::Named { whom, behaviour } = meant.somebody()?;
            can_be_passed_on(api, &whom, &ask.sampling)?;
            if ask.shows_something() && !whom.reads_images(api) {
                return Err(images::unseen(whom.route()));
            }
            within_quota(api, who).await?;
            for (message, image) in images::keep(api, ask.images).await? {
                ask.messages[message].attachments.push(image);
            }
            let messages = match whom {
                Whom::Configured(_) => ask.messages,
                Whom::Foreign(_) => completion::behaving(ask.messages, behaviour),
            };
            let question = Question {
                dialect: Dialect::Openai,
                whom,
                messages,
                sampling: ask.sampling,
                streamed: ask.stream,
            };
            completion::begin(api, who.user, question, named).await?
        }
    };
    let follower = completion::follow(api, &answering, headers).await?;
    let answering = Answering {
        turn: answering.id.turn(),
        created: answering.created,
        model: models::name(&answering.route.provider, &answering.route.model),
        warning: answering.warning,
        position: answering.position,
        thread: None,
    };
    Ok((answering, follower, leash))
}

/// Nothing that would change the answer is left out without a word.
pub(super) fn can_be_passed_on(api: &Api, whom: &Whom, sampling: &Sampling) -> Result<(), Error> {
    let Some(parameter) = whom.lacks(api, sampling) else {
        return Ok(());
    };
    let why = format!("cannot be passed on to '{}'", whom.route().provider);
    Err(Error::unsupported(parameter, &why))
}

/// Whether anything is left of what somebody may use.
pub(super) async fn within_quota(api: &Api, who: &Principal) -> Result<(), Error> {
    let exhausted = quota::exhausted(api, who.user).await?;
    exhausted.map_or(Ok(()), |exhausted| Err(Error::no_quota(exhausted)))
}
