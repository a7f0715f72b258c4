//! A user: a person or a program with an account and one role.

use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Decide, aggregate::handle_by_deciding, ids::UserId};

#[cfg(test)]
mod tests;

/// What a user may do; each includes the ones before it, but for the auditor, who stands apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Their own conversations.
    #[default]
    User,
    /// Moderator.
    Support,
    /// Runs the place.
    Staff,
    /// Reads the record: metadata, and content with a reason.
    Auditor,
    /// Everything.
    Admin,
}

/// An event of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserEvent {
    /// The account exists. Its name is reserved in the same commit.
    #[serde(rename = "user.registered")]
    Registered {
        /// The user.
        user: UserId,
        /// 1 to 150 characters, unique without regard to case.
        username: String,
        /// The one role.
        role: Role,
        /// Which stored password hash counts; the hash itself is never in an event.
        credential: Uuid,
        /// Made by the server at its first start with a random password.
        #[serde(default)]
        generated: bool,
    },
    /// Another password; tokens issued before this end.
    #[serde(rename = "user.password_changed")]
    PasswordChanged {
        /// Which stored password hash counts now.
        credential: Uuid,
    },
    /// The first successful login of a generated account.
    #[serde(rename = "user.first_login")]
    FirstLogin {},
}

impl DomainEvent for UserEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Registered { .. } => "user.registered",
            Self::PasswordChanged { .. } => "user.password_changed",
            Self::FirstLogin {} => "user.first_login",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A command to a user.
#[derive(Clone, Debug)]
pub enum UserCommand {
    /// Make the account.
    Register {
        /// Its id.
        user: UserId,
        /// Its name.
        username: String,
        /// Its role.
        role: Role,
        /// The stored hash.
        credential: Uuid,
        /// See [`UserEvent::Registered`].
        generated: bool,
    },
    /// Set another password.
    ChangePassword {
        /// The stored hash.
        credential: Uuid,
    },
    /// The user has logged in with the password. An event only the first time, and only for a generated account.
    NoteLogin,
}

/// Why a user aggregate says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserRefusal {
    /// The id is taken.
    #[error("this user exists already")]
    Exists,
    /// No such user.
    #[error("this user does not exist")]
    Unknown,
    /// The name is empty, too long or has characters that names do not have.
    #[error(
        "a user name has 1 to 150 characters, without control characters, and no space at its ends"
    )]
    BadName,
}

/// The state that the rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    registered: bool,
    unclaimed: bool,
}

impl Aggregate for User {
    const TYPE: &'static str = "user";
    type Command = UserCommand;
    type Event = UserEvent;
    type Error = UserRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: UserEvent) {
        match event {
            UserEvent::Registered { generated, .. } => {
                self.registered = true;
                self.unclaimed = generated;
            }
            UserEvent::FirstLogin {} => self.unclaimed = false,
            UserEvent::PasswordChanged { .. } => {}
        }
    }
}

impl Decide for User {
    fn decide(&self, command: UserCommand) -> Result<Vec<UserEvent>, UserRefusal> {
        if !self.registered && !matches!(command, UserCommand::Register { .. }) {
            return Err(UserRefusal::Unknown);
        }
        Ok(match command {
            UserCommand::Register { .. } if self.registered => return Err(UserRefusal::Exists),
            UserCommand::Register { username, .. } if !is_name(&username) => {
                return Err(UserRefusal::BadName);
            }
            UserCommand::Register {
                user,
                username,
                role,
                credential,
                generated,
            } => {
                vec![UserEvent::Registered {
                    user,
                    username,
                    role,
                    credential,
                    generated,
                }]
            }
            UserCommand::ChangePassword { credential } => {
                vec![UserEvent::PasswordChanged { credential }]
            }
            UserCommand::NoteLogin if self.unclaimed => vec![UserEvent::FirstLogin {}],
            UserCommand::NoteLogin => vec![],
        })
    }
}

fn is_name(name: &str) -> bool {
    (1..=150).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(char::is_control)
}
