//! Archive, unarchive, cancel and rename: for the owner, staff and support.

use std::str::FromStr;

use aggregates::{
    ThreadId,
    thread::{StopReason, Thread, ThreadCommand},
};
use cqrs_es::Aggregate;
use http::HeaderMap;
use serde_json::json;
use warp::reply::Response;

use super::{
    access,
    error::Error,
    lists,
    params::Params,
    reply,
    request::{self, BodyFields},
};
use crate::{
    actors::Origin,
    auth::Principal,
    http::{
        Api, READ_YOUR_WRITES,
        idempotency::{self, Named},
    },
    views::Freshness,
};

/// The last part of `POST /api/chat-threads/{uuid}/…/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Archive,
    Unarchive,
    Cancel,
}

/// Their words.
pub(super) const ACTIONS: [(&str, Action); 3] = [
    ("archive", Action::Archive),
    ("unarchive", Action::Unarchive),
    ("cancel", Action::Cancel),
];

impl FromStr for Action {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let found = ACTIONS.iter().find(|(name, _)| *name == word);
        found.map(|(_, action)| *action).ok_or(())
    }
}

/// `POST /api/chat-threads/{uuid}/…/`: idempotent, and once for its `Idempotency-Key`, whatever came in between. The body
/// is not read.
pub(super) async fn act(
    api: Api,
    who: Principal,
    headers: &HeaderMap,
    id: Option<ThreadId>,
    action: Action,
) -> Result<Response, Error> {
    let id = id.ok_or_else(Error::no_thread)?;
    let route = format!("POST /api/chat-threads/{id}/{action:?}");
    let named = idempotency::named(&api, headers, who.user, &route, b"")?;
    let command = match action {
        Action::Archive => ThreadCommand::Archive,
        Action::Unarchive => ThreadCommand::Unarchive,
        // The partial text is kept.
        Action::Cancel => ThreadCommand::RequestStop {
            turn: None,
            reason: StopReason::Asked,
        },
    };
    let (position, fresh) = change(&api, &who, id, command, named.as_ref()).await?;
    Ok(match action {
        Action::Archive | Action::Unarchive => reply::nothing(position, fresh),
        Action::Cancel => {
            let value = json!({ "cancelled": position > 0 });
            reply::ok(&value, position, fresh)
        }
    })
}

/// `PATCH /api/chat-threads/{uuid}/`
pub(super) async fn rename(
    api: Api,
    who: Principal,
    id: Option<ThreadId>,
    body: &BodyFields,
    params: &Params,
) -> Result<Response, Error> {
    let Some(name) = request::name(body)? else {
        return lists::one(api, who, id, params).await;
    };
    access::may_write(&who)?;
    let command = ThreadCommand::Rename {
        name,
        generated: false,
    };
    let id = id.ok_or_else(Error::no_thread)?;
    let (_, fresh) = change(&api, &who, id, command, None).await?;
    let row = access::thread(&api, &who, id)
        .await?
        .ok_or_else(Error::no_thread)?;
    lists::shown(&api, &row, params, fresh).await
}

/// Has the thread changed; the answer is the position from which on reads show it, 0 when there was nothing to do.
async fn change(
    api: &Api,
    who: &Principal,
    id: ThreadId,
    command: ThreadCommand,
    named: Option<&Named>,
) -> Result<(u64, Freshness), Error> {
    access::thread(api, who, id)
        .await?
        .ok_or_else(Error::no_thread)?;
    let carry_out = move |origin: Origin| async move {
        let done = api.execute(id, command, origin).await?;
        Ok::<_, Error>(done.position)
    };
    let thread = id.to_string();
    let of = (Thread::TYPE, thread.as_str());
    let once = idempotency::once(api, named, who.user, of, carry_out).await?;
    let fresh = api.views.wait_for(once.position, READ_YOUR_WRITES).await;
    Ok((once.position, fresh))
}
