//! Users and keys.

mod admins;
mod hashes;
mod keys;

pub use admins::AccountEnd;
pub use keys::Issued;

use aggregates::{
    Decide, MessageId, PolicyId, UserId,
    thread::Destroyed,
    user::{Preference, Restriction, Role, User, UserCommand, UserEvent, UserRefusal},
};
use cqrs_es::Aggregate;
use uuid::Uuid;

use super::{
    changes::{Change, Changes, Unchanged},
    messages::Origin,
};
use crate::store::{Committer, Reservation, Store, StoreError};

/// The kind of reservation that keeps user names unique.
const USERNAME: &str = "username";

/// The kind of reservation of the one account that a client made for a server that had none.
const FIRST: &str = "first account";

/// Where accounts are changed. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    changes: Changes,
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
    /// There is no such user, or no more.
    #[error("this user does not exist")]
    Gone,
    /// The password that was checked is not the one that counts any more.
    #[error("the password was changed in the meantime")]
    OtherPassword,
    /// Another request of the same name was faster.
    #[error("a request of this name has asked for something else")]
    OtherRequest,
    /// Somebody uses the account.
    #[error("this account is in use")]
    Claimed,
    /// Nobody would be left who can run the server.
    #[error("this is the last admin who can log in: make another one first")]
    LastAdmin,
    /// Another admin has ended since it was looked at who is left; look again.
    #[error("another admin has ended in the meantime")]
    Overtaken,
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
        let changes = Changes {
            store: store.clone(),
            committer,
        };
        Self { store, changes }
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
        let names = vec![self::username(username)];
        self.register_as(username, role, hash, generated, (names, Origin::server()))
            .await
    }

    /// The same of somebody who makes it for themselves, and has perhaps named the request.
    ///
    /// # Errors
    /// When the name is taken or no name, or the log cannot be reached.
    pub async fn register_from(
        &self,
        username: &str,
        role: Role,
        hash: &str,
        origin: Origin,
    ) -> Result<(UserId, u64), AccountError> {
        let names = vec![self::username(username)];
        self.register_as(username, role, hash, false, (names, origin))
            .await
    }

    /// Makes the first account of a server that has none which anybody uses: an admin. Of those who try at the same
    /// time, one succeeds. `instead_of`: the account that the server has made for itself, which ends.
    ///
    /// # Errors
    /// [`AccountError::Claimed`] when somebody was faster; or the name is no name, or the log cannot be reached.
    pub async fn register_first(
        &self,
        username: &str,
        hash: &str,
        instead_of: Option<UserId>,
    ) -> Result<(UserId, u64), AccountError> {
        // Before anything ends: a name that is none must not cost the server its only account.
        let register = UserCommand::Register {
            user: UserId(Uuid::nil()),
            username: username.to_owned(),
            role: Role::Admin,
            credential: Uuid::nil(),
            generated: false,
        };
        User::default().decide(register)?;
        if let Some(generated) = instead_of {
            let change = Change {
                release: self.name_of(generated).await?.into_iter().collect(),
                ..Change::of(UserCommand::DeleteUnclaimed)
            };
            match self.change::<User>(generated.to_string(), change).await {
                // Somebody has replaced it already: the reservation decides.
                Ok(_) | Err(AccountError::Gone) => {}
                Err(error) => return Err(error),
            }
        }
        let names = vec![first(), self::username(username)];
        let names = (names, Origin::server());
        let made = self.register_as(username, Role::Admin, hash, false, names);
        made.await.map_err(|error| match error {
            AccountError::NameTaken => AccountError::Claimed,
            error => error,
        })
    }

    async fn register_as(
        &self,
        username: &str,
        role: Role,
        hash: &str,
        generated: bool,
        (names, origin): (Vec<Reservation>, Origin),
    ) -> Result<(UserId, u64), AccountError> {
        let user = UserId(Uuid::now_v7());
        let command = |credential| UserCommand::Register {
            user,
            username: username.to_owned(),
            role,
            credential,
            generated,
        };
        let made = self.change_with(user, hash, command, names, origin);
        Ok((user, made.await?))
    }

    /// Lets these policies say what the user may do, and no others.
    ///
    /// # Errors
    /// When the user does not exist, or the log cannot be reached.
    pub async fn attach_policies(
        &self,
        user: UserId,
        policies: Vec<PolicyId>,
        origin: Origin,
    ) -> Result<u64, AccountError> {
        self.change_user(user, UserCommand::AttachPolicies(policies), origin)
            .await
    }

    /// Sets another password; tokens issued before end. `instead_of`: the stored hash that the old password
    /// was checked against, when it was.
    ///
    /// # Errors
    /// When the user does not exist, another hash counts by now, or the log cannot be reached.
    pub async fn change_password(
        &self,
        user: UserId,
        hash: &str,
        instead_of: Option<Uuid>,
        origin: Origin,
    ) -> Result<u64, AccountError> {
        let command = |credential| UserCommand::ChangePassword {
            credential,
            instead_of,
        };
        self.change_with(user, hash, command, vec![], origin).await
    }

    /// Keeps a user's choice.
    ///
    /// # Errors
    /// When the user does not exist, or the log cannot be reached.
    pub async fn prefer(
        &self,
        user: UserId,
        preference: Preference,
        origin: Origin,
    ) -> Result<u64, AccountError> {
        self.change_user(user, UserCommand::Prefer(preference), origin)
            .await
    }

    /// Lets the user in no more. What runs for them goes on to its end.
    ///
    /// # Errors
    /// When the user does not exist, or the log cannot be reached.
    pub async fn disable(&self, user: UserId, origin: Origin) -> Result<u64, AccountError> {
        self.end(user, AccountEnd::Disabled, None, origin).await
    }

    /// Lets the user in again.
    ///
    /// # Errors
    /// When the user does not exist, or the log cannot be reached.
    pub async fn enable(&self, user: UserId, origin: Origin) -> Result<u64, AccountError> {
        self.change_user(user, UserCommand::Enable, origin).await
    }

    /// Lets the user write nothing for a time.
    ///
    /// # Errors
    /// When the user does not exist, or the log cannot be reached.
    pub async fn restrict(
        &self,
        user: UserId,
        restriction: Restriction,
        origin: Origin,
    ) -> Result<u64, AccountError> {
        self.change_user(user, UserCommand::Restrict(restriction), origin)
            .await
    }

    /// Lets what was decided about this message restrict the user no more.
    ///
    /// # Errors
    /// When the user does not exist, or the log cannot be reached.
    pub async fn unrestrict(
        &self,
        user: UserId,
        message: MessageId,
        origin: Origin,
    ) -> Result<u64, AccountError> {
        self.change_user(user, UserCommand::Unrestrict(message), origin)
            .await
    }

    /// Ends an account for ever and frees its name. Its conversations are erased by what follows the log.
    ///
    /// # Errors
    /// When the user never existed, or the log cannot be reached.
    pub async fn delete(&self, user: UserId, origin: Origin) -> Result<u64, AccountError> {
        self.end(user, AccountEnd::Deleted, None, origin).await
    }

    /// The name that a user was registered with. No state holds it: it is content.
    async fn name_of(&self, user: UserId) -> Result<Option<Reservation>, AccountError> {
        let id = user.to_string();
        let events = self.store.read_stream(User::TYPE, &id, 0, 1).await?;
        let registered = events
            .first()
            .map(|event| serde_json::from_str(&event.payload));
        match registered.transpose() {
            Ok(Some(UserEvent::Registered { username, .. })) => Ok(Some(self::username(&username))),
            Ok(_) => Ok(None),
            Err(error) => Err(StoreError::Unreadable(format!("user {user}: {error}")).into()),
        }
    }

    async fn change_user(
        &self,
        user: UserId,
        command: UserCommand,
        origin: Origin,
    ) -> Result<u64, AccountError> {
        let change = Change::of(command).from(origin);
        self.change::<User>(user.to_string(), change).await
    }

    /// Notes the first login of a generated account.
    ///
    /// # Errors
    /// When the user does not exist, or the log cannot be reached.
    pub async fn note_login(&self, user: UserId) -> Result<u64, AccountError> {
        self.change_user(user, UserCommand::NoteLogin, Origin::server())
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

    /// The id of the hash that a user's password is checked against, as the log has it now.
    ///
    /// # Errors
    /// When the user does not exist, or the log cannot be reached.
    pub async fn credential_of(&self, user: UserId) -> Result<Uuid, AccountError> {
        let (state, _) = self.store.load::<User>(&user.to_string()).await?;
        state.credential().ok_or(AccountError::Gone)
    }

    /// Notes what was destroyed of a deleted account.
    ///
    /// # Errors
    /// When the account is not deleted, or the log cannot be reached.
    pub async fn confirm_erasure(
        &self,
        user: UserId,
        receipt: Vec<Destroyed>,
    ) -> Result<u64, AccountError> {
        let command = UserCommand::ConfirmErasure { receipt };
        self.change_user(user, command, Origin::server()).await
    }

    async fn change<A>(&self, id: String, change: Change<A>) -> Result<u64, AccountError>
    where
        A: Decide,
        A::Command: Clone,
        A::Error: Into<AccountError>,
    {
        let made = self.changes.make(&id, change).await;
        made.map_err(unmade)
    }
}

fn unmade<R: Into<AccountError>>(unchanged: Unchanged<R>) -> AccountError {
    match unchanged {
        Unchanged::Refused(refusal) => refusal.into(),
        Unchanged::NameTaken => AccountError::NameTaken,
        Unchanged::OtherRequest => AccountError::OtherRequest,
        Unchanged::Unavailable(reason) => AccountError::Unavailable(reason),
        Unchanged::Fault(reason) => AccountError::Refused(reason),
    }
}

/// Names are unique without regard to case.
fn username(name: &str) -> Reservation {
    Reservation {
        kind: USERNAME,
        key: name.to_lowercase(),
    }
}

impl From<UserRefusal> for AccountError {
    fn from(refusal: UserRefusal) -> Self {
        match refusal {
            UserRefusal::Unknown => Self::Gone,
            UserRefusal::OtherPassword => Self::OtherPassword,
            UserRefusal::Claimed => Self::Claimed,
            other => Self::Refused(other.to_string()),
        }
    }
}

/// There is one first account.
fn first() -> Reservation {
    Reservation {
        kind: FIRST,
        key: String::new(),
    }
}
