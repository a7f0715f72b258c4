//! `GET /api/chat-messages/`: what was said, every version of it or the newest.

use std::collections::BTreeSet;

use aggregates::{ThreadId, reading::Looked};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::HeaderMap;
use tokio::time::Instant;
use warp::reply::Response;

use super::{
    access::{self, DIALECT, caught_up, sees_everything},
    error::Error,
    page::Page,
    params::{Filters, Params},
    reply::{self, Fields},
};
use crate::{
    auth::Principal,
    http::{
        Api,
        guard::{self, RENEW},
    },
    views::{Freshness, MessageQuery, TranscriptRow},
};

/// Messages that are read and written at a time.
const PART: usize = 1_000;
/// Characters of them.
const CHARACTERS: i64 = 1_000_000;

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
    let list = Listing {
        verdict,
        api,
        who,
        headers: headers.clone(),
        renewed: Instant::now(),
        query,
        params: params.clone(),
    };
    let paged = params.last("page").is_some() || params.last("page_size").is_some();
    if none || paged {
        let count = match none {
            true => 0,
            false => list.api.views.count_messages(&list.query).await?,
        };
        let page = match paged {
            true => Some(Page::of(params, count)?),
            false => None,
        };
        let rows = match page {
            Some(page) if count > 0 => {
                let (offset, size) = (page.offset(), page.size());
                let rows = list.api.views.messages(&list.query, offset, size);
                rows.await?
            }
            _ => vec![],
        };
        let messages = list.shown(&rows).await?;
        let mut response = reply::ok(&messages, list.api.views.position(), fresh);
        if let Some(page) = page {
            page.describe(&mut response, headers, path, params);
        }
        return Ok(response);
    }
    list.whole(fresh).await
}

/// What of which messages is shown to whom.
struct Listing {
    api: Api,
    who: Principal,
    /// What they have shown, and when it was last looked at.
    headers: HeaderMap,
    renewed: Instant,
    query: MessageQuery,
    params: Params,
    /// With what moderation says of each.
    verdict: bool,
}

impl Listing {
    /// Everything, however much it is: no more than a part of it is in memory at a time.
    async fn whole(self, fresh: Freshness) -> Result<Response, Error> {
        let position = self.api.views.position();
        let rows = self.part(None).await?;
        let messages = self.shown(&rows).await?;
        let Some(last) = goes_on_after(rows) else {
            return Ok(reply::ok(&messages, position, fresh));
        };
        let first = Bytes::from(listed(&messages, true));
        let rest = stream::try_unfold(Some((self, last)), |state| async move {
            let Some((mut list, before)) = state else {
                return Ok(None);
            };
            let rows = list.part(Some(&before)).await?;
            list.look_again().await?;
            let messages = list.shown(&rows).await?;
            let mut bytes = listed(&messages, false);
            let last = goes_on_after(rows);
            if last.is_none() {
                bytes.push(b']');
            }
            Ok(Some((Bytes::from(bytes), last.map(|last| (list, last)))))
        });
        // A fault in the middle breaks the connection off: what arrived is no JSON.
        let body = stream::once(async { Ok(first) }).chain(rest);
        Ok(reply::streamed(body.map_err(BrokenOff), position, fresh))
    }

    /// Whether they are still let in: a key or an account goes while somebody reads slowly. A role is for ever.
    async fn look_again(&mut self) -> Result<(), Error> {
        if self.renewed.elapsed() > RENEW {
            let now = Instant::now();
            self.who = guard::still_of_token(&self.api, &self.headers).await?;
            self.renewed = now;
        }
        Ok(())
    }

    async fn part(&self, after: Option<&TranscriptRow>) -> Result<Vec<TranscriptRow>, Error> {
        let views = &self.api.views;
        let rows = views.messages_after(&self.query, after, PART, CHARACTERS);
        Ok(rows.await?)
    }

    /// The messages as they are shown; that staff look at them is noted before.
    async fn shown(&self, rows: &[TranscriptRow]) -> Result<Vec<Fields>, Error> {
        self.note(rows).await?;
        let message = |row| reply::message(row, self.verdict).only(&self.params);
        Ok(rows.iter().map(message).collect())
    }

    /// Who sees only their own has looked at nobody else's.
    async fn note(&self, rows: &[TranscriptRow]) -> Result<(), Error> {
        if !sees_everything(&self.who) {
            return Ok(());
        }
        let threads: BTreeSet<String> = rows.iter().map(|row| row.thread.clone()).collect();
        let owners = self.api.views.owners(threads).await?;
        let seen = owners
            .iter()
            .map(|(thread, owner)| (thread.as_str(), owner.as_str()));
        self.api
            .note_reading(&self.who, Looked::Messages, seen)
            .await?;
        Ok(())
    }
}

/// The last one of a part that may not be the last; without it, everything would have found room.
fn goes_on_after(rows: Vec<TranscriptRow>) -> Option<TranscriptRow> {
    let characters: i64 = rows.iter().map(|row| row.length).sum();
    let whole = rows.len() < PART && characters <= CHARACTERS;
    rows.into_iter().next_back().filter(|_| !whole)
}

/// Why a list ends in the middle.
#[derive(Debug, thiserror::Error)]
#[error("the rest of the messages could not be read")]
struct BrokenOff(Error);

/// Part of a JSON list: the first one opens it.
fn listed(messages: &[Fields], first: bool) -> Vec<u8> {
    let mut bytes = vec![];
    for (index, message) in messages.iter().enumerate() {
        bytes.push(if first && index == 0 { b'[' } else { b',' });
        if let Err(error) = serde_json::to_writer(&mut bytes, message) {
            tracing::error!(%error, "a message could not be written");
        }
    }
    bytes
}

/// Absent or no: the newest versions only; yes, or anything that cannot be read, nothing as well: all.
fn replaced_too(params: &Params) -> bool {
    let given = params.all("include_history").next().is_some();
    given && params.boolean("include_history") != Some(false)
}
