//! Who sees what: everybody their own, staff and support everything, and that they looked is an event.

use std::collections::BTreeSet;

use aggregates::{ThreadId, UserId, reading::Looked, user::Role};

use super::{error::Error, params::Params};
use crate::{
    auth::Principal,
    http::{Api, READ_YOUR_WRITES},
    views::{Freshness, ThreadRow},
};

/// The API that opened the threads which users see here.
pub(super) const DIALECT: &str = "threads";

/// Whether this one sees what others wrote.
pub(super) fn sees_everything(who: &Principal) -> bool {
    matches!(who.role, Role::Support | Role::Staff | Role::Admin)
}

/// Whether this is a thread of the user's own, opened through this API.
pub(super) fn is_own(row: &ThreadRow, user: UserId) -> bool {
    row.owner == user.to_string() && row.dialect == DIALECT
}

/// A thread that this one sees.
pub(super) async fn thread(
    api: &Api,
    who: &Principal,
    id: ThreadId,
) -> Result<Option<ThreadRow>, Error> {
    let row = recent(api, id).await?;
    Ok(row.filter(|row| is_own(row, who.user) || sees_everything(who)))
}

/// A thread, which may have been opened a moment ago by another process.
pub(super) async fn recent(api: &Api, id: ThreadId) -> Result<Option<ThreadRow>, Error> {
    if let Some(row) = api.views.thread(id.0).await? {
        return Ok(Some(row));
    }
    let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
    Ok(api.views.thread(id.0).await?)
}

/// Notes that this one is shown what others wrote in these threads (thread and owner). Without the note nothing is
/// shown.
pub(super) async fn note<'a>(
    api: &Api,
    who: &Principal,
    what: Looked,
    threads: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), Error> {
    let me = who.user.to_string();
    let foreign: BTreeSet<ThreadId> = threads
        .into_iter()
        .filter(|(_, owner)| *owner != me)
        .filter_map(|(thread, _)| thread.parse().ok())
        .collect();
    let foreign: Vec<ThreadId> = foreign.into_iter().collect();
    Ok(api.records.note_reading(who.user, what, &foreign).await?)
}

/// Waits for `?min_position=`, so that a reader sees what it was told is written.
pub(super) async fn caught_up(api: &Api, params: &Params) -> Result<Freshness, Error> {
    let Some(written) = params.last("min_position") else {
        return Ok(Freshness::Fresh);
    };
    let position = written
        .parse()
        .map_err(|_| Error::field("min_position", "Enter a position of this server."))?;
    Ok(api.views.wait_for(position, READ_YOUR_WRITES).await)
}
