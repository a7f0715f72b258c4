//! Archive, unarchive, cancel and rename: for the owner, staff and support.

use std::str::FromStr;

use aggregates::{
    ThreadId,
    thread::{StopReason, ThreadCommand},
};
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
    actors::{Done, Origin},
    auth::Principal,
    http::{Api, READ_YOUR_WRITES},
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

/// `POST /api/chat-threads/{uuid}/archive/` and `…/unarchive/`: idempotent.
pub(super) async fn archive(
    api: Api,
    who: Principal,
    id: Option<ThreadId>,
    archived: bool,
) -> Result<Response, Error> {
    let command = match archived {
        true => ThreadCommand::Archive,
        false => ThreadCommand::Unarchive,
    };
    let (done, fresh) = act(&api, &who, id, command).await?;
    Ok(reply::nothing(done.position, fresh))
}

/// `POST /api/chat-threads/{uuid}/cancel/`: idempotent; the partial text is kept.
pub(super) async fn cancel(
    api: Api,
    who: Principal,
    id: Option<ThreadId>,
) -> Result<Response, Error> {
    let command = ThreadCommand::RequestStop {
        turn: None,
        reason: StopReason::Asked,
    };
    let (done, fresh) = act(&api, &who, id, command).await?;
    let value = json!({ "cancelled": !done.events.is_empty() });
    Ok(reply::ok(&value, done.position, fresh))
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
    let (_, fresh) = act(&api, &who, id, command).await?;
    let id = id.ok_or_else(Error::no_thread)?;
    let row = access::thread(&api, &who, id)
        .await?
        .ok_or_else(Error::no_thread)?;
    lists::shown(&api, &row, params, fresh).await
}

async fn act(
    api: &Api,
    who: &Principal,
    id: Option<ThreadId>,
    command: ThreadCommand,
) -> Result<(Done, Freshness), Error> {
    let id = id.ok_or_else(Error::no_thread)?;
    access::thread(api, who, id)
        .await?
        .ok_or_else(Error::no_thread)?;
    let done = api.execute(id, command, Origin::user(who.user)).await?;
    let fresh = api.views.wait_for(done.position, READ_YOUR_WRITES).await;
    Ok((done, fresh))
}
