//! Completions: of a chat, or of a provider without one; whole, or as they are written.

use aggregates::thread::{Dialect, FinishReason};
use http::StatusCode;
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use super::{
    ask::{Ask, Of},
    call::{Admitted, may_write},
    error::Error,
    reply::stamp,
    stream,
};
use crate::http::{
    answer_id,
    completion::{self, Answering, Leash, Question},
    follow::{Finished, Follower, Piece},
    idempotency, quota,
};

/// An answer on its way.
pub(super) struct Running {
    pub(super) answering: Answering,
    pub(super) follower: Follower,
    /// Who waits for it.
    pub(super) leash: Option<Leash>,
}

/// `POST /api/v1/chats/{id}/completions`
pub(super) async fn of_chat(call: &Admitted, id: &str) -> Result<Response, Error> {
    respond(call, &Of::Chat(id)).await
}

/// `POST /api/v1/chats/completions`
pub(super) async fn stateless(call: &Admitted) -> Result<Response, Error> {
    respond(call, &Of::Provider).await
}

/// `POST /api/v1/chat/completions`, where it is this dialect's.
pub(super) async fn of_either(call: &Admitted) -> Result<Response, Error> {
    respond(call, &Of::Either).await
}

async fn respond(call: &Admitted, of: &Of<'_>) -> Result<Response, Error> {
    let ask = Ask::read(call)?;
    if !ask.streamed {
        return whole(call, of, ask).await;
    }
    match begin(call, of, &ask).await {
        Ok(running) => Ok(stream::response(running)),
        Err(error) => match error.in_stream() {
            Some(sentence) => Ok(stream::failed(sentence)),
            None => Err(error),
        },
    }
}

/// The whole answer, even where it was wanted as it is written.
pub(super) async fn whole(call: &Admitted, of: &Of<'_>, mut ask: Ask) -> Result<Response, Error> {
    ask.streamed = false;
    let running = begin(call, of, &ask).await?;
    answer(running).await
}

/// Has it answered, once for each name.
async fn begin(call: &Admitted, of: &Of<'_>, ask: &Ask) -> Result<Running, Error> {
    let (api, who) = (&call.api, &call.who);
    let meant = ask.whom(call, of).await?;
    may_write(who)?;
    let route = match of {
        Of::Chat(id) => format!("POST /api/v1/chats/{id}/completions"),
        Of::Provider => "POST /api/v1/chats/completions".to_owned(),
        Of::Either => "POST /api/v1/chat/completions".to_owned(),
    };
    let route = completion::route(who, &route);
    let named = idempotency::named(api, &call.headers, who.user, &route, &call.body)?;
    let named = named.as_ref();
    let (answering, leash) = match completion::known(api, named).await? {
        // Whoever was asked may be gone since.
        Some(known) => (known, None),
        None => {
            let (whom, behaviour) = meant.somebody()?;
            let sampling = ask.sampling()?;
            let messages = ask.messages(call, behaviour).await?;
            if let Some(exhausted) = quota::exhausted(api, who.user).await? {
                return Err(Error::UsedUp(exhausted));
            }
            let question = Question {
                dialect: Dialect::Chats,
                whom,
                messages,
                sampling,
                streamed: ask.streamed,
            };
            completion::begin(api, who.user, question, named).await?
        }
    };
    let follower = completion::follow(api, &answering, &call.headers).await?;
    Ok(Running {
        answering,
        follower,
        leash,
    })
}

/// Reads the answer to its end.
async fn answer(running: Running) -> Result<Response, Error> {
    let Running {
        answering,
        mut follower,
        leash,
    } = running;
    loop {
        if let Piece::Ended(finished) = follower.next().await? {
            drop(leash);
            Error::ended(&finished)?;
            let reply = warp::reply::json(&printed(&answering, &finished));
            let mut response = warp::reply::with_status(reply, StatusCode::OK).into_response();
            let position = finished.position.max(answering.position);
            stamp(&mut response, position, finished.fresh);
            return Ok(response);
        }
    }
}

fn printed(answering: &Answering, finished: &Finished) -> Value {
    let usage = finished.usage;
    let mut body = json!({
        "id": answer_id::printed(answering.id.0),
        "object": "chat.completion",
        "created": answering.created,
        "model": finished.reported,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": finished.text },
            "finish_reason": finished.finish.unwrap_or(FinishReason::Stop),
        }],
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.prompt_tokens.saturating_add(usage.completion_tokens),
        },
    });
    if let Some(warning) = &answering.warning {
        body["warning"] = json!(warning);
    }
    body
}
