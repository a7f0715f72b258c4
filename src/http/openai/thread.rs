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
    chat::Answering,
    error::Error,
    images, models,
    request::{Ask, Image},
};
use crate::{
    actors::Done,
    auth::Principal,
    clock,
    http::{Api, READ_YOUR_WRITES, idempotency, turn_policy},
};

/// The route's name for `Idempotency-Key`.
const ROUTE: &str = "POST /v1/chat/completions X-Thread";
/// The header that asks for a new one.
const NEW: &str = "new";
/// The API that opened the threads which are kept here.
const DIALECT: &str = "openai";

/// Makes the message durable, exactly once.
pub(super) async fn send(
    api: &Api,
    who: &Principal,
    headers: &HeaderMap,
    wanted: &HeaderValue,
    ask: Ask,
    route: Route,
    body: &Bytes,
) -> Result<Answering, Error> {
    let policy = policy(api, headers)?;
    // Another thread is another request.
    let whole = [wanted.as_bytes(), b"\n".as_slice(), body.as_ref()].concat();
    let named = idempotency::named(api, headers, who.user, ROUTE, &whole)?;
    let named = named.as_ref();
    let id = |what| idempotency::id(named, what);
    let wanted = wanted.to_str().unwrap_or_default().trim();
    let opens = wanted.eq_ignore_ascii_case(NEW);
    let thread = match opens {
        true => ThreadId(id("thread")),
        false => ThreadId(Uuid::try_parse(wanted).map_err(|_| {
            let message = "X-Thread must be the id of a thread, or 'new'.";
            Error::param("X-Thread", "invalid_value", message)
        })?),
    };
    let (text, shown) = said(ask)?;
    let turn = TurnId(id("turn"));
    let model = models::name(&route.provider, &route.model);
    let answering = |done: &Done, created: i64| Answering {
        turn,
        created,
        model: model.clone(),
        warning: done.warning().map(str::to_owned),
        position: done.position,
        thread: Some(thread),
    };
    let at = |done: &Done| {
        let replayed = done.replayed.as_ref();
        replayed.map_or_else(clock::now_micros, |record| record.recorded_at) / 1_000_000
    };
    if let Some(done) = idempotency::recall::<Error>(api, named).await? {
        // It may have been hidden since.
        check_own(api, who, thread).await?;
        return Ok(answering(&done, at(&done)));
    }
    if !opens {
        check_own(api, who, thread).await?;
    }
    if !shown.is_empty() && !api.directory.reads_images(&route) {
        return Err(images::unseen(&route));
    }
    let kept = images::keep(api, shown).await?;
    let attachments: Vec<_> = kept.into_iter().map(|(_, image)| image).collect();
    let options = TurnOptions {
        without_reasoning: true,
        ..TurnOptions::default()
    };
    let command = ThreadCommand::Send(SendMessage {
        opening: opens.then_some(Opening {
            owner: who.user,
            dialect: Dialect::Openai,
            reference: None,
            channel: None,
            name: None,
        }),
        message: MessageId(id("message")),
        turn,
        text,
        judged: None,
        attachments: attachments.clone(),
        context: api.directory.context_rule(&route, &options),
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
        Ok(done) if done.replayed.is_none() => Ok(answering(&done, at(&done))),
        // Its twin was faster, and its effect may be what the rules object to.
        outcome => match idempotency::recall::<Error>(api, named).await? {
            Some(done) => Ok(answering(&done, at(&done))),
            None => {
                let done = outcome?;
                Ok(answering(&done, at(&done)))
            }
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
pub(super) fn takes_no(sampling: &Sampling) -> Error {
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
