//! Sessions: one a user, made when first asked for.

use aggregates::{SessionId, UserId};
use http::HeaderMap;
use uuid::Uuid;
use warp::reply::Response;

use super::{
    access::{caught_up, sees_everything},
    error::Error,
    page::Page,
    params::Params,
    reply,
};
use crate::{
    auth::Principal,
    http::{Api, READ_YOUR_WRITES},
    views::{SessionQuery, SessionRow},
};

/// `GET /api/chat-sessions/`
pub(super) async fn list(
    api: Api,
    who: Principal,
    headers: &HeaderMap,
    path: &str,
    params: &Params,
) -> Result<Response, Error> {
    let fresh = caught_up(&api, params).await?;
    let query = SessionQuery {
        owner: (!sees_everything(&who)).then_some(who.user.0),
    };
    let page = Page::of(params, api.views.count_sessions(query).await?)?;
    let rows = api
        .views
        .sessions(query, page.offset(), page.size())
        .await?;
    let owners = api
        .views
        .users_by_id(rows.iter().map(|row| row.owner.clone()))
        .await?;
    let sessions: Vec<_> = rows
        .iter()
        .map(|row| reply::session(row, owners.get(&row.owner)).only(params))
        .collect();
    let mut response = reply::ok(&sessions, api.views.position(), fresh);
    page.describe(&mut response, headers, path, params);
    Ok(response)
}

/// `GET /api/chat-sessions/current/`
pub(super) async fn current(api: Api, who: Principal, params: &Params) -> Result<Response, Error> {
    let position = open(&api, who.user).await?;
    let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
    let row = api.views.session(SessionId::of(who.user).0).await?;
    let row = row.ok_or(Error::Busy(
        "The session was opened but cannot be shown yet; try again.".into(),
    ))?;
    shown(&api, &row, params, fresh).await
}

/// `GET /api/chat-sessions/{uuid}/`
pub(super) async fn one(
    api: Api,
    who: Principal,
    id: Option<Uuid>,
    params: &Params,
) -> Result<Response, Error> {
    let fresh = caught_up(&api, params).await?;
    let row = match id {
        Some(id) => api.views.session(id).await?,
        None => None,
    };
    let row = row
        .filter(|row| row.owner == who.user.to_string() || sees_everything(&who))
        .ok_or_else(Error::no_session)?;
    shown(&api, &row, params, fresh).await
}

/// Makes the user's session, if there is none; the answer is the position from which on reads show it.
pub(super) async fn open(api: &Api, user: UserId) -> Result<u64, Error> {
    if api.views.session(SessionId::of(user).0).await?.is_some() {
        return Ok(0);
    }
    match api.records.open_session(user).await? {
        // It is there already, only not to be seen yet.
        0 => {
            let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
            Ok(0)
        }
        position => Ok(position),
    }
}

async fn shown(
    api: &Api,
    row: &SessionRow,
    params: &Params,
    fresh: crate::views::Freshness,
) -> Result<Response, Error> {
    let owners = api.views.users_by_id([row.owner.clone()]).await?;
    let session = reply::session(row, owners.get(&row.owner)).only(params);
    Ok(reply::ok(&session, api.views.position(), fresh))
}
