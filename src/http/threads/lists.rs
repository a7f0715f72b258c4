//! Lists of threads, and one thread.

use aggregates::{ThreadId, reading::Looked};
use http::HeaderMap;
use warp::reply::Response;

use super::{
    access::{self, DIALECT, caught_up, sees_everything},
    error::Error,
    page::Page,
    params::{Filters, Params},
    reply,
};
use crate::{
    auth::Principal,
    http::Api,
    views::{Freshness, ThreadQuery, ThreadRow},
};

/// `GET /api/chat-threads/`
pub(super) async fn list(
    api: Api,
    who: Principal,
    headers: &HeaderMap,
    path: &str,
    params: &Params,
) -> Result<Response, Error> {
    let (query, nobody) = query(&who, params)?;
    let fresh = caught_up(&api, params).await?;
    let count = match nobody {
        true => 0,
        false => api.views.count_threads(&query).await?,
    };
    let page = Page::of(params, count)?;
    let rows = match count {
        0 => vec![],
        _ => {
            api.views
                .threads(&query, page.offset(), page.size())
                .await?
        }
    };
    let seen = rows.iter().map(|row| (&*row.thread, &*row.owner));
    api.note_reading(&who, Looked::Threads, seen).await?;
    let owners = api
        .views
        .users_by_id(rows.iter().map(|row| row.owner.clone()))
        .await?;
    let threads: Vec<_> = rows
        .iter()
        .map(|row| reply::thread(row, owners.get(&row.owner)).only(params))
        .collect();
    let mut response = reply::ok(&threads, api.views.position(), fresh);
    page.describe(&mut response, headers, path, params);
    Ok(response)
}

/// What is asked for; and whether nothing can be found, because it is somebody else's.
fn query(who: &Principal, params: &Params) -> Result<(ThreadQuery, bool), Error> {
    let mut filters = Filters::new(params);
    let mut query = ThreadQuery {
        owner: filters.user().map(|user| user.0),
        hidden: sees_everything(who),
        dialect: None,
        archived: params.boolean("is_archived"),
        flagged: params.boolean("is_flagged"),
        severity: filters.severity(),
        created: filters.span("created", "created_after", "created_before"),
        modified: filters.span("modified", "modified_after", "modified_before"),
        text: params.last("query").map(str::to_owned),
        in_messages: params.boolean("query_messages") == Some(true),
        order: filters.order(),
    };
    let mut nobody = false;
    if !sees_everything(who) {
        nobody = query.owner.is_some_and(|owner| owner != who.user.0);
        query.owner = Some(who.user.0);
        query.dialect = Some(DIALECT);
    }
    filters.checked((query, nobody))
}

/// `GET /api/chat-threads/{uuid}/`
pub(super) async fn one(
    api: Api,
    who: Principal,
    id: Option<ThreadId>,
    params: &Params,
) -> Result<Response, Error> {
    let fresh = caught_up(&api, params).await?;
    let id = id.ok_or_else(Error::no_thread)?;
    let row = access::thread(&api, &who, id)
        .await?
        .ok_or_else(Error::no_thread)?;
    let seen = [(&*row.thread, &*row.owner)];
    api.note_reading(&who, Looked::Threads, seen).await?;
    shown(&api, &row, params, fresh).await
}

pub(super) async fn shown(
    api: &Api,
    row: &ThreadRow,
    params: &Params,
    fresh: Freshness,
) -> Result<Response, Error> {
    let owners = api.views.users_by_id([row.owner.clone()]).await?;
    let thread = reply::thread(row, owners.get(&row.owner)).only(params);
    Ok(reply::ok(&thread, api.views.position(), fresh))
}
