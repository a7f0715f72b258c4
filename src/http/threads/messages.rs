//! `GET /api/chat-messages/`: what was said, every version of it or the newest.

use std::collections::BTreeSet;

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
    views::{MessageQuery, TranscriptRow},
};

pub(super) async fn list(
    api: Api,
    who: Principal,
    headers: &HeaderMap,
    path: &str,
    params: &Params,
) -> Result<Response, Error> {
    let mut filters = Filters::new(params);
    let thread = filters.uuid("thread");
    filters.checked(())?;
    let fresh = caught_up(&api, params).await?;
    // Whom the verdict is not shown does not find by it either.
    let verdict = api.settings.moderation_for_everyone || sees_everything(&who);
    let query = MessageQuery {
        thread,
        of: (!sees_everything(&who)).then_some((who.user.0, DIALECT)),
        replaced: replaced_too(params),
        flagged: params.boolean("is_flagged").filter(|_| verdict),
    };
    let none = match thread {
        Some(thread) => access::thread(&api, &who, ThreadId(thread))
            .await?
            .is_none(),
        None => false,
    };
    let paged = params.last("page").is_some() || params.last("page_size").is_some();
    let page = match paged {
        true => {
            let count = match none {
                true => 0,
                false => api.views.count_messages(&query).await?,
            };
            Some(Page::of(params, count)?)
        }
        false => None,
    };
    let rows = match none {
        true => vec![],
        false => {
            let part = page.map(|page| (page.offset(), page.size()));
            api.views.messages(&query, part).await?
        }
    };
    note(&api, &who, &rows).await?;
    let messages: Vec<_> = rows
        .iter()
        .map(|row| reply::message(row, verdict).only(params))
        .collect();
    let mut response = reply::ok(&messages, api.views.position(), fresh);
    if let Some(page) = page {
        page.describe(&mut response, headers, path, params);
    }
    Ok(response)
}

/// Absent or no: the newest versions only; yes, or anything that cannot be read: all.
fn replaced_too(params: &Params) -> bool {
    let given = params.last("include_history").is_some();
    given && params.boolean("include_history") != Some(false)
}

/// Who sees only their own has looked at nobody else's.
async fn note(api: &Api, who: &Principal, rows: &[TranscriptRow]) -> Result<(), Error> {
    if !sees_everything(who) {
        return Ok(());
    }
    let threads: BTreeSet<String> = rows.iter().map(|row| row.thread.clone()).collect();
    let owners = api.views.owners(threads).await?;
    let seen = owners
        .iter()
        .map(|(thread, owner)| (thread.as_str(), owner.as_str()));
    access::note(api, who, Looked::Messages, seen).await
}
