//! Who sees what: everybody their own, staff and support everything.

use aggregates::{ThreadId, UserId, user::Role};
use http::StatusCode;

use super::{error::Error, params::Params};
use crate::{
    auth::Principal,
    http::{Api, READ_YOUR_WRITES, restriction},
    views::{Freshness, ThreadRow},
};

/// The API that opened the threads which users see here.
pub(super) const DIALECT: &str = "threads";

/// Whether this one sees what others wrote.
pub(super) fn sees_everything(who: &Principal) -> bool {
    matches!(who.role, Role::Support | Role::Staff | Role::Admin)
}

/// Somebody whom a moderator has restricted may not; what says nothing new they may.
pub(in crate::http) fn may_write(who: &Principal) -> Result<(), Error> {
    let sentence = restriction::sentence(who);
    sentence.map_or(Ok(()), |sentence| {
        Err(Error::detail(StatusCode::FORBIDDEN, sentence))
    })
}

/// Whether this is a thread of the user's own, opened through this API, that moderators do not keep from them.
pub(super) fn is_own(row: &ThreadRow, user: UserId) -> bool {
    row.owner == user.to_string() && row.dialect == DIALECT && row.hidden_for.is_none()
}

/// A thread that this one sees.
pub(in crate::http) async fn thread(
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

/// Waits for `?min_position=`, so that a reader sees what it was told is written.
pub(in crate::http) async fn caught_up(api: &Api, params: &Params) -> Result<Freshness, Error> {
    let Some(written) = params.last("min_position") else {
        return Ok(Freshness::Fresh);
    };
    let position = written
        .parse()
        .map_err(|_| Error::field("min_position", "Enter a position of this server."))?;
    Ok(api.views.wait_for(position, READ_YOUR_WRITES).await)
}
