//! API keys.

use aggregates::{
    KeyId, UserId,
    key::{Key, KeyCommand, KeyRefusal, KeyScope},
};
use uuid::Uuid;

use super::{AccountError, Accounts, unmade};
use crate::actors::{changes::Change, messages::Origin};

/// A key that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Which one.
    pub key: KeyId,
    /// From which on reads show it.
    pub position: u64,
    /// The same request had made it before: it has not the digest that was given now.
    pub again: bool,
}

impl Accounts {
    /// Makes a key known by its digest, once under the origin's command.
    ///
    /// # Errors
    /// When another request had the command, or the log cannot be reached.
    pub async fn issue_key(
        &self,
        owner: UserId,
        name: &str,
        digest: String,
        prefix: String,
        scope: KeyScope,
        origin: Origin,
    ) -> Result<Issued, AccountError> {
        let key = KeyId(Uuid::now_v7());
        let command = KeyCommand::Issue {
            key,
            owner,
            name: name.to_owned(),
            digest,
            prefix,
            scope,
        };
        let (id, change) = (key.to_string(), Change::<Key>::of(command).from(origin));
        let made = self.changes.make_once(&id, None, change);
        let made = made.await.map_err(unmade)?;
        Ok(Issued {
            key: made.id(key).map_err(|_| AccountError::OtherRequest)?,
            position: made.position,
            again: made.replayed.is_some(),
        })
    }

    /// Calls a key something else, or lets it do something else.
    ///
    /// # Errors
    /// When there is no such key that works, or the log cannot be reached.
    pub async fn change_key(
        &self,
        key: KeyId,
        name: String,
        scope: KeyScope,
        origin: Origin,
    ) -> Result<u64, AccountError> {
        let change = Change::of(KeyCommand::Change { name, scope }).from(origin);
        self.change::<Key>(key.to_string(), change).await
    }

    /// Ends a key.
    ///
    /// # Errors
    /// When there is no such key, or the log cannot be reached.
    pub async fn revoke_key(&self, key: KeyId, origin: Origin) -> Result<u64, AccountError> {
        let change = Change::of(KeyCommand::Revoke).from(origin);
        self.change::<Key>(key.to_string(), change).await
    }

    /// Ends a key of a deleted account, and removes it from the list.
    ///
    /// # Errors
    /// When there is no such key, or the log cannot be reached.
    pub async fn erase_key(&self, key: KeyId) -> Result<u64, AccountError> {
        self.change::<Key>(key.to_string(), Change::of(KeyCommand::Erase))
            .await
    }
}

impl From<KeyRefusal> for AccountError {
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            KeyRefusal::Unknown => Self::Gone,
            KeyRefusal::Exists => Self::Refused(refusal.to_string()),
        }
    }
}
