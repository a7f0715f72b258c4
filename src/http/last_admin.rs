//! The last admin stays: how accounts end, in whichever dialect.

use aggregates::{UserId, user::Role};

use super::{Api, READ_YOUR_WRITES};
use crate::{
    actors::{AccountEnd, AccountError, Origin},
    views::{Freshness, UserRow, ViewError},
};

/// How often it is looked again who is left, after another admin was faster.
const TRIES: u32 = 5;

/// Ends this account, unless nobody would be left who can run the server. Gives the position from which on reads show it.
///
/// # Errors
/// [`AccountError::LastAdmin`]; or who is left cannot be seen, or the account cannot be changed.
pub(crate) async fn end<E>(
    api: &Api,
    row: &UserRow,
    user: UserId,
    end: AccountEnd,
    origin: Origin,
) -> Result<u64, E>
where
    E: From<AccountError> + From<ViewError>,
{
    if row.role() != Role::Admin {
        return Ok(api.accounts.end(user, end, None, origin).await?);
    }
    for _ in 0..TRIES {
        // Counted first: whoever ends from now on, on whatever node, takes the number that this end needs.
        let ended = api.accounts.ended_admins().await?;
        if api.views.catch_up(READ_YOUR_WRITES).await? == Freshness::Stale {
            let reason = "the views are behind, and who is left is not known".to_owned();
            return Err(AccountError::Unavailable(reason).into());
        }
        if api.views.is_last_admin(row).await? {
            return Err(AccountError::LastAdmin.into());
        }
        let made = api.accounts.end(user, end, Some(ended), origin.clone());
        match made.await {
            Err(AccountError::Overtaken) => {}
            made => return Ok(made?),
        }
    }
    Err(AccountError::Overtaken.into())
}
