//! How accounts end, and that admins end one after the other: two who end each other at the same moment would leave nobody.

use aggregates::{
    UserId,
    user::{User, UserCommand},
};

use super::{AccountError, Accounts, first};
use crate::{
    actors::{changes::Change, messages::Origin},
    store::Reservation,
};

/// The kind of reservation that an admin's end takes: the number of those before it.
const ENDED: &str = "admin ended";

/// How somebody can log in no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountEnd {
    /// The account is gone for ever, and its name is free.
    Deleted,
    /// It is there, and lets nobody in.
    Disabled,
}

impl Accounts {
    /// How many admins have [ended](Self::end) so far, of those whose end was counted.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn ended_admins(&self) -> Result<u64, AccountError> {
        Ok(self.store.count_reservations(ENDED).await?)
    }

    /// Ends an account. `after`: for an admin who must not be the last, how many had ended when it was looked at who is
    /// left. Each end takes the next number, so that of two who have seen the same, on whatever node, one ends.
    ///
    /// # Errors
    /// [`AccountError::Overtaken`] when another one has ended since; or the user does not exist, or the log cannot be
    /// reached.
    pub async fn end(
        &self,
        user: UserId,
        end: AccountEnd,
        after: Option<u64>,
        origin: Origin,
    ) -> Result<u64, AccountError> {
        let (command, release) = match end {
            AccountEnd::Deleted => {
                let name = self.name_of(user).await?.into_iter();
                (UserCommand::Delete, name.chain([first()]).collect())
            }
            AccountEnd::Disabled => (UserCommand::Disable, vec![]),
        };
        let change = Change {
            reserve: after.map(ended).into_iter().collect(),
            release,
            ..Change::of(command).from(origin)
        };
        let made = self.change::<User>(user.to_string(), change).await;
        made.map_err(|error| match error {
            AccountError::NameTaken => AccountError::Overtaken,
            error => error,
        })
    }
}

fn ended(before: u64) -> Reservation {
    Reservation {
        kind: ENDED,
        key: before.to_string(),
    }
}
