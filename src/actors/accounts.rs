//! Users and keys: small aggregates without an actor of their own. Load, decide, commit; on a lost race again.

use std::fmt::Display;

use aggregates::{
    Decide, KeyId, UserId,
    key::{Key, KeyCommand, KeyRefusal},
    user::{Role, User, UserCommand, UserRefusal},
};
use uuid::Uuid;

use super::messages::Origin;
use crate::store::{Commit, CommitError, Committer, NewEvent, Reservation, Store, StoreError};

/// How often a change is decided again after losing a race.
const TRIES: u32 = 5;
/// The kind of reservation that keeps user names unique.
const USERNAME: &str = "username";

/// Where accounts are changed. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    committer: Committer,
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The name is taken.
    #[error("there is a user of this name already")]
    NameTaken,
    /// Nobody has this name.
    #[error("there is no user {0:?}")]
    UnknownUser(String),
    /// The rules say no.
    #[error("{0}")]
    Refused(String),
    /// The log cannot be reached; try again.
    #[error("the record cannot be written at the moment: {0}")]
    Unavailable(String),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl Accounts {
    /// Over this log.
    #[must_use]
    pub fn new(store: Store, committer: Committer) -> Self {
        Self { store, committer }
    }

    /// Makes a user; `hash` is an argon2 string. Gives the id and the position from which on reads show it.
    ///
    /// # Errors
    /// When the name is taken or no name, or the log cannot be reached.
    pub async fn register(
        &self,
        username: &str,
        role: Role,
        hash: &str,
        generated: bool,
    ) -> Result<(UserId, u64), AccountError> {
        let user = UserId(Uuid::now_v7());
        let credential = self.keep(hash).await?;
        let command = UserCommand::Register {
            user,
            username: username.to_owned(),
            role,
            credential,
            generated,
        };
        let name = Reservation {
            kind: USERNAME,
            key: username.to_lowercase(),
        };
        let position = self
            .change::<User>(user.to_string(), command, vec![name])
            .await?;
        Ok((user, position))
    }

    /// Sets another password; tokens issued before end.
    ///
    /// # Errors
    /// When the user does not exist, or the log cannot be reached.
    pub async fn change_password(&self, user: UserId, hash: &str) -> Result<u64, AccountError> {
        let credential = self.keep(hash).await?;
        self.change::<User>(
            user.to_string(),
            UserCommand::ChangePassword { credential },
            vec![],
        )
        .await
    }

    /// Notes the first login of a generated account.
    ///
    /// # Errors
    /// When the user does not exist, or the log cannot be reached.
    pub async fn note_login(&self, user: UserId) -> Result<u64, AccountError> {
        self.change::<User>(user.to_string(), UserCommand::NoteLogin, vec![])
            .await
    }

    /// The user of a name.
    ///
    /// # Errors
    /// When nobody has it, or the log cannot be reached.
    pub async fn find(&self, username: &str) -> Result<UserId, AccountError> {
        self.store
            .reservation(USERNAME, &username.to_lowercase())
            .await?
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| AccountError::UnknownUser(username.to_owned()))
    }

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
    ) -> Result<(KeyId, u64), AccountError> {
        let key = KeyId(Uuid::now_v7());
        let command = KeyCommand::Issue {
            key,
            owner,
            name: name.to_owned(),
            digest,
            prefix,
        };
        let position = self.change::<Key>(key.to_string(), command, vec![]).await?;
        Ok((key, position))
    }

    /// Ends a key.
    ///
    /// # Errors
    /// When there is no such key, or the log cannot be reached.
    pub async fn revoke_key(&self, key: KeyId) -> Result<u64, AccountError> {
        self.change::<Key>(key.to_string(), KeyCommand::Revoke, vec![])
            .await
    }

    async fn keep(&self, hash: &str) -> Result<Uuid, AccountError> {
        let id = Uuid::now_v7();
        self.store.put_credential(id, hash).await?;
        Ok(id)
    }

    async fn change<A>(
        &self,
        id: String,
        command: A::Command,
        reserve: Vec<Reservation>,
    ) -> Result<u64, AccountError>
    where
        A: Decide,
        A::Command: Clone,
        A::Error: Display + Into<AccountError>,
    {
        let origin = Origin::server();
        for _ in 0..TRIES {
            let (state, sequence) = self.store.load::<A>(&id).await?;
            let events = state.decide(command.clone()).map_err(Into::into)?;
            if events.is_empty() {
                return Ok(0);
            }
            let events = events
                .iter()
                .map(NewEvent::of)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| AccountError::Refused(error.to_string()))?;
            let commit = Commit {
                command_id: origin.command.0,
                fingerprint: None,
                aggregate_type: A::TYPE,
                aggregate_id: id.clone(),
                expected: sequence,
                epoch: 0,
                events,
                metadata: "{}".to_owned(),
                reserve: reserve.clone(),
                release: vec![],
                turns: vec![],
            };
            return match self.committer.commit(commit).await {
                Ok(committed) => Ok(committed.last_position),
                Err(CommitError::Duplicate(record)) => Ok(record.last_position),
                Err(CommitError::Reserved { .. }) => Err(AccountError::NameTaken),
                Err(CommitError::Conflict { .. } | CommitError::PredecessorFailed) => continue,
                Err(error) => Err(AccountError::Unavailable(error.to_string())),
            };
        }
        Err(AccountError::Unavailable(
            "others kept changing this account".to_owned(),
        ))
    }
}

impl From<UserRefusal> for AccountError {
    fn from(refusal: UserRefusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl From<KeyRefusal> for AccountError {
    fn from(refusal: KeyRefusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}
