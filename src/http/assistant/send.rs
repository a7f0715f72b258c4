//! `POST /api/chat` and `/api/chat/stream`: a message in, a reply out.

use aggregates::{
    MessageId, TurnId,
    thread::{
        Dialect, Opening, Refusal, Route, SendMessage, ThreadCommand, TurnOptions, TurnPolicy,
    },
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use uuid::Uuid;
use warp::reply::Response;

use super::{
    conversations, error::Error, name::Conversation, preferences::DEFAULT, reply, request::Send,
    stream,
};
use crate::{
    actors::{CommandError, Done},
    auth::Principal,
    http::{
        Api, READ_YOUR_WRITES,
        follow::{Cursor, Finished, Follower, Piece},
        idempotency::{self, Named},
        quota, restriction, sse, turn_policy,
    },
    images,
    views::Freshness,
};

/// Tries to find a conversation name that is not taken.
const NAMES: u32 = 8;

/// A message that is durable.
pub(super) struct Sent {
    pub(super) conversation: Conversation,
    pub(super) message: MessageId,
    pub(super) turn: TurnId,
    /// Of the last event of its commit.
    pub(super) position: u64,
    /// Whom its turn asks.
    pub(super) route: Route,
    /// What moderation took out of it.
    pub(super) warning: Option<String>,
}

impl Sent {
    fn of(conversation: Conversation, done: &Done) -> Result<Self, Error> {
        let (message, turn, route) = done
            .asked()
            .ok_or_else(|| Error::broken("a key of a send was used for something else"))?;
        Ok(Self {
            conversation,
            message,
            turn,
            position: done.position,
            route: route.clone(),
            warning: done.warning().map(str::to_owned),
        })
    }
}

/// The whole reply in one answer, or a stream when the body or `Accept` says so.
pub(super) async fn chat(
    api: Api,
    who: Principal,
    headers: HeaderMap,
    body: Bytes,
    full: bool,
) -> Result<Response, Error> {
    let request = Send::read(&body)?;
    let wants_stream = request.stream || sse::is_wanted(&headers);
    answer(api, who, headers, body, request, wants_stream, full).await
}

/// The reply as a stream.
pub(super) async fn chat_stream(
    api: Api,
    who: Principal,
    headers: HeaderMap,
    body: Bytes,
    full: bool,
) -> Result<Response, Error> {
    let request = Send::read(&body)?;
    answer(api, who, headers, body, request, true, full).await
}

async fn answer(
    api: Api,
    who: Principal,
    headers: HeaderMap,
    body: Bytes,
    request: Send,
    wants_stream: bool,
    full: bool,
) -> Result<Response, Error> {
    if let Some(sentence) = restriction::sentence(&who) {
        return Err(Error::Plain(StatusCode::FORBIDDEN, sentence.into()));
    }
    let named = idempotency::named(&api, &headers, who.user, "POST /api/chat", &body)?;
    drop(body);
    let named = named.as_ref();
    let web = request.web;
    // What was done is told again, whatever would be said to such a request by now.
    let sent = match recall(&api, &who, &request, named).await? {
        Some(sent) => sent,
        None => {
            let chosen = match &who.preferences.provider {
                Some(chosen) if request.provider == DEFAULT => chosen,
                _ => &request.provider,
            };
            let Some(route) = api.directory.route(chosen) else {
                let conversation = match &request.conversation_id {
                    Some(id) => Conversation::in_body(who.user, id)?,
                    None => Conversation::new(who.user, Uuid::new_v4()),
                };
                return Ok(reply::no_provider(&conversation.id, chosen, wants_stream));
            };
            send(&api, &who, &headers, request, route, named).await?
        }
    };
    let obstacle = web.then(|| api.directory.cannot_search(&sent.route));
    let obstacle = obstacle.flatten().map(str::to_owned);
    let reasoning = !who.preferences.without_reasoning;
    let start = Cursor {
        turn: sent.turn,
        text: 0,
        reasoning: 0,
    };
    let at = match headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse::<Cursor>().ok())
    {
        // The same request again, with how far its stream had come.
        Some(at) if at.turn == sent.turn => at,
        _ => start,
    };
    let thread = sent.conversation.thread;
    let follower = Follower::start_asked(&api, thread, sent.message, sent.position, at)
        .await?
        .ok_or_else(|| Error::not_found("What this request sent was deleted since"))?;
    if wants_stream {
        return Ok(stream::response(
            &sent.conversation.id,
            &sent.route.provider,
            follower,
            stream::Shown {
                full,
                reasoning,
                resumed: at != start,
                statuses: sent.warning.into_iter().chain(obstacle).collect(),
            },
        ));
    }
    let (finished, fresh) = wait(&api, follower, sent.position).await?;
    Ok(reply::whole(
        &sent.conversation.id,
        &sent.route.provider,
        &finished,
        fresh,
    ))
}

/// What the first request of this name has sent, if there was one.
async fn recall(
    api: &Api,
    who: &Principal,
    request: &Send,
    named: Option<&Named>,
) -> Result<Option<Sent>, Error> {
    let Some(done) = idempotency::recall::<Error>(api, named).await? else {
        return Ok(None);
    };
    let conversation = conversation(api, who, request, named).await?;
    // It may have been hidden since.
    conversations::own(api, who, &conversation).await?;
    Sent::of(conversation, &done).map(Some)
}

/// Makes the message durable, exactly once.
async fn send(
    api: &Api,
    who: &Principal,
    headers: &HeaderMap,
    request: Send,
    route: Route,
    named: Option<&Named>,
) -> Result<Sent, Error> {
    let conversation = conversation(api, who, &request, named).await?;
    if let Some(exhausted) = quota::exhausted(api, who.user).await? {
        return Err(Error::UsedUp(exhausted));
    }
    let attachment = match request.image {
        None => None,
        Some(image) => {
            let shrunk = api.images.shrink(image).await?;
            Some(api.directory.attach(images::MIME, &shrunk).await?)
        }
    };
    let options = TurnOptions {
        mood: request.mood.or(who.preferences.mood),
        web: request.web,
        without_reasoning: who.preferences.without_reasoning,
        grounding: None,
    };
    let command = ThreadCommand::Send(SendMessage {
        opening: Some(Opening {
            owner: who.user,
            dialect: Dialect::Assistant,
            reference: Some(conversation.id.clone()),
            channel: Some(conversation.channel.clone()),
            name: None,
        }),
        message: MessageId(Uuid::now_v7()),
        turn: TurnId(Uuid::now_v7()),
        text: request.text,
        judged: None,
        attachments: attachment.iter().cloned().collect(),
        context: api.directory.context_rule(&route, &options),
        route,
        options,
        policy: policy(api, headers)?,
        archived_is_readonly: api.settings.archived_is_readonly,
    });
    let origin = idempotency::origin(named, who.user);
    let outcome = api.execute(conversation.thread, command, origin).await;
    if let Some(attachment) = &attachment
        && !outcome.as_ref().is_ok_and(|done| done.has(attachment))
    {
        api.directory.detach(attachment).await;
    }
    let done = match outcome {
        Ok(done) if done.replayed.is_none() => done,
        // Its twin was faster; or the twin's effect is what the rules object to.
        Ok(_) | Err(CommandError::Refused(_))
            if let Some(done) = idempotency::recall::<Error>(api, named).await? =>
        {
            done
        }
        Ok(_) => return Err(CommandError::Unavailable.into()),
        Err(CommandError::Refused(Refusal::NotOpen)) => return Err(Error::forbidden()),
        Err(error) => return Err(error.into()),
    };
    Sent::of(conversation, &done)
}

/// What happens when a reply is running: the request's `Turn-Policy`, else the server's setting.
fn policy(api: &Api, headers: &HeaderMap) -> Result<TurnPolicy, Error> {
    turn_policy::of(api, headers).ok_or_else(|| {
        Error::field(
            "enum",
            &["header", "Turn-Policy"],
            "Input should be 'queue', 'reject' or 'interrupt'",
            serde_json::Value::Null,
        )
    })
}

/// The conversation that is meant.
async fn conversation(
    api: &Api,
    who: &Principal,
    request: &Send,
    named: Option<&Named>,
) -> Result<Conversation, Error> {
    match &request.conversation_id {
        Some(id) => Conversation::in_body(who.user, id),
        None => unused_name(api, who, named).await,
    }
}

/// A name for a new conversation. A request that has a name of its own always gives the same one.
async fn unused_name(
    api: &Api,
    who: &Principal,
    named: Option<&Named>,
) -> Result<Conversation, Error> {
    if let Some(named) = named {
        return Ok(Conversation::new(who.user, named.command.0));
    }
    for _ in 0..NAMES {
        let conversation = Conversation::new(who.user, Uuid::new_v4());
        if api
            .views
            .conversation(conversation.thread.0)
            .await?
            .is_none()
        {
            return Ok(conversation);
        }
    }
    Err(Error::Busy(
        "No name for a new conversation was found; try again".into(),
    ))
}

/// Reads the reply to its end, and waits until reads show it.
async fn wait(
    api: &Api,
    mut follower: Follower,
    sent_at: u64,
) -> Result<(Finished, Freshness), Error> {
    loop {
        if let Piece::Ended(finished) = follower.next().await? {
            let position = finished.position.max(sent_at);
            let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
            return Ok((
                Finished {
                    position,
                    ..finished
                },
                fresh,
            ));
        }
    }
}
