//! `X-Thread`: the conversation is kept in a thread, which knows all that was said before; only the last message of a
//! person is sent to it.

use aggregates::{
    MessageId, ThreadId, TurnId,
    completion::Sampling,
    thread::{Dialect, Opening, Route, SendMessage, ThreadCommand, TurnOptions, TurnPolicy},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use uuid::Uuid;

use super::{
    chat::{Answering, can_be_passed_on, within_quota},
    error::Error,
    images, models,
    request::{Ask, Image},
    whom,
};
use crate::{
    actors::Done,
    auth::Principal,
    clock,
    http::{
        Api, READ_YOUR_WRITES,
        completion::{self, Fault, Whom},
        follow::Follower,
        idempotency::{self, Named},
        turn_policy,
    },
};

/// The route's name for `Idempotency-Key`.
const ROUTE: &str = "POST /v1/chat/completions X-Thread";
/// The header that asks for a new one.
const NEW: &str = "new";
/// The API that opened the threads which are kept here.
const DIALECT: &str = "openai";

/// Sends it, unless the same request has done so before, and follows the answer.
pub(super) async fn send(
    api: &Api,
    who: &Principal,
    headers: &HeaderMap,
    wanted: &HeaderValue,
    body: &Bytes,
    ask: Ask,
    model: whom::Meant,
) -> Result<(Answering, Follower), Error> {
    // Another thread is another request.
    let whole = [wanted.as_bytes(), b"\n".as_slice(), body.as_ref()].concat();
    let named = idempotency::named(api, headers, who.user, ROUTE, &whole)?;
    let named = named.as_ref();
    // What was done is told again, whatever would be said to such a request by now.
    let (thread, done) = match idempotency::recall::<Error>(api, named).await? {
        Some(done) => {
            let (thread, _) = meant(wanted, named)?;
            // It may have been hidden since.
            check_own(api, who, thread).await?;
            (thread, done)
        }
        None => {
            let route = route(api, model, &ask.sampling)?;
            within_quota(api, who).await?;
            let policy = policy(api, headers)?;
            let (thread, opens) = meant(wanted, named)?;
            let done = make(api, who, ask, (thread, opens), route, policy, named).await?;
            (thread, done)
        }
    };
    let (message, turn, route) = done
        .asked()
        .ok_or_else(|| Error::broken("a key of a send was used for something else"))?;
    let first = done.replayed.as_ref();
    let asked_at = first.map_or_else(clock::now_micros, |record| record.recorded_at);
    let at = completion::resume_at(headers, turn);
    let started = Follower::start_asked(api, thread, message, done.position, at).await?;
    let follower = started.ok_or(Fault::Gone)?;
    let answering = Answering {
        turn,
        created: asked_at / 1_000_000,
        model: models::name(&route.provider, &route.model),
        warning: done.warning().map(str::to_owned),
        position: done.position,
        thread: Some(thread),
    };
    Ok((answering, follower))
}

/// Who is asked: a provider of the operator's, as it is set up.
fn route(api: &Api, model: whom::Meant, sampling: &Sampling) -> Result<Route, Error> {
    let whom = model.somebody()?.whom;
    can_be_passed_on(api, &whom, sampling)?;
    if *sampling != Sampling::default() {
        return Err(takes_no(sampling));
    }
    match whom {
        Whom::Configured(route) => Ok(route),
        Whom::Foreign(_) => Err(Error::unsupported(
            "X-Thread",
            "cannot be used with a chat or a project's provider",
        )),
    }
}

/// The thread that is meant, and whether it is a new one.
fn meant(wanted: &HeaderValue, named: Option<&Named>) -> Result<(ThreadId, bool), Error> {
    let wanted = wanted.to_str().unwrap_or_default().trim();
    if wanted.eq_ignore_ascii_case(NEW) {
        return Ok((ThreadId(idempotency::id(named, "thread")), true));
    }
    let thread = Uuid::try_parse(wanted).map_err(|_| {
        let message = "X-Thread must be the id of a thread, or 'new'.";
        Error::param("X-Thread", "invalid_value", message)
    })?;
    Ok((ThreadId(thread), false))
}

/// Makes the message durable, exactly once.
async fn make(
    api: &Api,
    who: &Principal,
    ask: Ask,
    (thread, opens): (ThreadId, bool),
    route: Route,
    policy: TurnPolicy,
    named: Option<&Named>,
) -> Result<Done, Error> {
    let (text, shown) = said(ask)?;
    if !opens {
        check_own(api, who, thread).await?;
    }
    if !shown.is_empty() && !api.directory.reads_images(&route) {
        return Err(images::unseen(&route));
    }
    let options = TurnOptions {
        without_reasoning: true,
        ..TurnOptions::default()
    };
    let context = api.directory.context_rule(&route, &options);
    if api.directory.is_too_long(&context, &text).await {
        return Err(Error::too_long());
    }
    let kept = images::keep(api, shown).await?;
    let attachments: Vec<_> = kept.into_iter().map(|(_, image)| image).collect();
    let command = ThreadCommand::Send(SendMessage {
        opening: opens.then_some(Opening {
            owner: who.user,
            dialect: Dialect::Openai,
            reference: None,
            channel: None,
            name: None,
        }),
        message: MessageId(idempotency::id(named, "message")),
        turn: TurnId(idempotency::id(named, "turn")),
        text,
        judged: None,
        attachments: attachments.clone(),
        context,
        route,
        options,
        policy,
        archived_is_readonly: api.settings.archived_is_readonly,
    });
    let origin = idempotency::origin(named, who.user);
    let outcome = api.execute(thread, command, origin).await;
    for image in &attachments {
        if !outcome.as_ref().is_ok_and(|done| done.has(image)) {
            api.directory.detach(image).await;
        }
    }
    match outcome {
        Ok(done) if done.replayed.is_none() => Ok(done),
        // Its twin was faster, and its effect may be what the rules object to.
        outcome => match idempotency::recall::<Error>(api, named).await? {
            Some(done) => Ok(done),
            None => Ok(outcome?),
        },
    }
}

/// What happens when a reply is running: the request's `Turn-Policy`, else the server's setting.
fn policy(api: &Api, headers: &HeaderMap) -> Result<TurnPolicy, Error> {
    turn_policy::of(api, headers).ok_or_else(|| {
        let message = "Turn-Policy must be queue, reject or interrupt.";
        Error::param("Turn-Policy", "invalid_value", message)
    })
}

/// What is sent of it: the last message of the user's, and the images that come with that one.
fn said(ask: Ask) -> Result<(String, Vec<Image>), Error> {
    let place = ask.asked();
    let mut images = ask.images;
    images.retain(|image| Some(image.message) == place);
    let text = place.and_then(|place| ask.messages.into_iter().nth(place));
    let text = text.map(|said| said.text);
    match text.filter(|text| !text.trim().is_empty() || !images.is_empty()) {
        Some(text) => Ok((text, images)),
        None => {
            let message = "A thread takes a message of the user's that says something.";
            Err(Error::param("messages", "invalid_value", message))
        }
    }
}

async fn check_own(api: &Api, who: &Principal, thread: ThreadId) -> Result<(), Error> {
    let row = match api.views.thread(thread.0).await? {
        None => {
            let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
            api.views.thread(thread.0).await?
        }
        row => row,
    };
    let own = row.is_some_and(|row| {
        row.owner == who.user.to_string() && row.dialect == DIALECT && row.hidden_for.is_none()
    });
    own.then_some(()).ok_or_else(Error::no_thread)
}

/// A thread's replies are made as the provider is set up.
fn takes_no(sampling: &Sampling) -> Error {
    let given = [
        ("temperature", sampling.temperature.is_some()),
        ("top_p", sampling.top_p.is_some()),
        ("max_tokens", sampling.max_tokens.is_some()),
        ("stop", !sampling.stop.is_empty()),
        ("seed", sampling.seed.is_some()),
        ("presence_penalty", sampling.presence_penalty.is_some()),
    ];
    let given = given.iter().find(|(_, given)| *given);
    let parameter = given.map_or("frequency_penalty", |(name, _)| *name);
    Error::unsupported(parameter, "cannot be used together with X-Thread")
}
