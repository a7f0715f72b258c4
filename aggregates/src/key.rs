//! An API key: a random secret that acts for its owner. Only its digest is known here.

use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Decide,
    aggregate::handle_by_deciding,
    ids::{KeyId, PolicyId, ProjectId, UserId},
};

#[cfg(test)]
mod tests;

/// What a key may do less than its owner, and how it is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyScope {
    /// It leads nowhere but into this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Where there are any, they have to allow what it does, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyId>,
    /// Answers have camelCase names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub camel: bool,
}

/// An event of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum KeyEvent {
    /// The key works from now on.
    #[serde(rename = "key.issued")]
    Issued {
        /// The key.
        key: KeyId,
        /// For whom it acts.
        owner: UserId,
        /// What people call it.
        name: String,
        /// SHA-256 of the whole key, 64 lowercase hex digits. A random 256-bit secret needs no slow hash.
        digest: String,
        /// Its first characters, to recognise it by.
        prefix: String,
        /// What it may do less than its owner.
        #[serde(flatten)]
        scope: KeyScope,
    },
    /// It is called something else, or may do something else.
    #[serde(rename = "key.changed")]
    Changed {
        /// What people call it.
        name: String,
        /// What it may do less than its owner.
        #[serde(flatten)]
        scope: KeyScope,
    },
    /// The key works no more.
    #[serde(rename = "key.revoked")]
    Revoked {},
    /// Its owner's account has ended: nobody lists it any more, and what it was called is to be destroyed.
    #[serde(rename = "key.erased")]
    Erased {},
}

impl DomainEvent for KeyEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Issued { .. } => "key.issued",
            Self::Changed { .. } => "key.changed",
            Self::Revoked {} => "key.revoked",
            Self::Erased {} => "key.erased",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A command to a key.
#[derive(Clone, Debug)]
pub enum KeyCommand {
    /// Make it.
    Issue {
        /// Its id.
        key: KeyId,
        /// For whom it acts.
        owner: UserId,
        /// What people call it.
        name: String,
        /// See [`KeyEvent::Issued`].
        digest: String,
        /// See [`KeyEvent::Issued`].
        prefix: String,
        /// See [`KeyEvent::Issued`].
        scope: KeyScope,
    },
    /// Call it something else, or let it do something else.
    Change {
        /// What people call it.
        name: String,
        /// See [`KeyEvent::Changed`].
        scope: KeyScope,
    },
    /// End it. Idempotent.
    Revoke,
    /// End it, and let it be listed no more. Idempotent.
    Erase,
}

/// Why a key aggregate says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// The id is taken.
    #[error("this key exists already")]
    Exists,
    /// No such key, or it works no more.
    #[error("this key does not exist")]
    Unknown,
}

/// The state that the rules need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Key {
    /// Not issued.
    #[default]
    Absent,
    /// Works.
    Valid,
    /// Revoked.
    Revoked,
    /// Revoked, and its name destroyed.
    Erased,
}

impl Aggregate for Key {
    const TYPE: &'static str = "key";
    type Command = KeyCommand;
    type Event = KeyEvent;
    type Error = KeyRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: KeyEvent) {
        *self = match event {
            KeyEvent::Issued { .. } => Self::Valid,
            KeyEvent::Changed { .. } => *self,
            KeyEvent::Revoked {} => Self::Revoked,
            KeyEvent::Erased {} => Self::Erased,
        };
    }
}

impl Decide for Key {
    fn decide(&self, command: KeyCommand) -> Result<Vec<KeyEvent>, KeyRefusal> {
        match (self, command) {
            (
                Self::Absent,
                KeyCommand::Issue {
                    key,
                    owner,
                    name,
                    digest,
                    prefix,
                    scope,
                },
            ) => Ok(vec![KeyEvent::Issued {
                key,
                owner,
                name,
                digest,
                prefix,
                scope,
            }]),
            (Self::Valid, KeyCommand::Change { name, scope }) => {
                Ok(vec![KeyEvent::Changed { name, scope }])
            }
            (_, KeyCommand::Change { .. }) => Err(KeyRefusal::Unknown),
            (Self::Absent, KeyCommand::Revoke | KeyCommand::Erase) => Err(KeyRefusal::Unknown),
            (_, KeyCommand::Issue { .. }) => Err(KeyRefusal::Exists),
            (Self::Valid, KeyCommand::Revoke) => Ok(vec![KeyEvent::Revoked {}]),
            (Self::Valid | Self::Revoked, KeyCommand::Erase) => Ok(vec![KeyEvent::Erased {}]),
            (Self::Revoked | Self::Erased, KeyCommand::Revoke)
            | (Self::Erased, KeyCommand::Erase) => Ok(vec![]),
        }
    }
}
