//! API keys.

use aggregates::{
    KeyId, UserId,
    key::{Key, KeyCommand, KeyRefusal, KeyScope},
};
use uuid::Uuid;

use super::{AccountError, Accounts};
use crate::actors::{changes::Change, messages::Origin};

impl Accounts {
    /// Makes a key known by its digest.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn issue_key(
        &self,
        owner: UserId,
        name: &str,
        digest: String,
        prefix: String,
        scope: KeyScope,
        origin: Origin,
    ) -> Result<(KeyId, u64), AccountError> {
        let key = KeyId(Uuid::now_v7());
        let command = KeyCommand::Issue {
            key,
            owner,
            name: name.to_owned(),
            digest,
            prefix,
            scope,
        };
        let change = Change::of(command).from(origin);
        let position = self.change::<Key>(key.to_string(), change).await?;
        Ok((key, position))
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
