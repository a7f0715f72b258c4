//! What has happened to a user. Names and versions are for ever: a changed shape is a new version.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Role;
use crate::{
    hold::{Hold, Release},
    ids::{MessageId, PolicyId, UserId},
    thread::{Destroyed, Mood},
};

/// An event of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// The user has chosen something.
    #[serde(rename = "user.preferred")]
    Preferred(Preference),
    /// These policies say what the user may do, and no others.
    #[serde(rename = "user.policies_attached")]
    PoliciesAttached {
        /// In the order in which they were named.
        policies: Vec<PolicyId>,
    },
    /// The user is let in no more.
    #[serde(rename = "user.disabled")]
    Disabled {},
    /// The user is let in again.
    #[serde(rename = "user.enabled")]
    Enabled {},
    /// The user may write nothing until then: so a moderator has decided.
    #[serde(rename = "user.restricted")]
    Restricted(Restriction),
    /// What was decided about this message restricts the user no more.
    #[serde(rename = "user.unrestricted")]
    Unrestricted {
        /// The message that was judged.
        message: MessageId,
    },
    /// Nothing of theirs is destroyed for as long as this hold lasts: no conversation, completion, session or document,
    /// and not the account.
    #[serde(rename = "user.held")]
    Held(Hold),
    /// This hold is over; others may last.
    #[serde(rename = "user.released")]
    Released(Release),
    /// The account has ended; its name is free again, and its conversations are to be erased.
    #[serde(rename = "user.deleted")]
    Deleted {},
    /// What the account is called, its passwords and its keys are to be destroyed. With the end of the account.
    #[serde(rename = "erasure.requested")]
    ErasureRequested {},
    /// They are destroyed.
    #[serde(rename = "erasure.confirmed")]
    ErasureConfirmed {
        /// What was destroyed, by store.
        receipt: Vec<Destroyed>,
    },
}

/// A time in which a user may write nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Restriction {
    /// The message that was judged.
    pub message: MessageId,
    /// Until when, in microseconds since 1970.
    pub until: i64,
}

impl Restriction {
    /// Restrictions that are remembered at most: those that last longest.
    const MOST: usize = 32;

    /// Adds this one to others: a message restricts its author once.
    pub fn join(self, others: &mut Vec<Self>) {
        others.retain(|other| other.message != self.message);
        others.push(self);
        others.sort_by_key(|other| std::cmp::Reverse(other.until));
        others.truncate(Self::MOST);
    }
}

/// A choice of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// Whom to ask, by its configured name; `None`: the server's default.
    Provider(Option<String>),
    /// The tone.
    Mood(Mood),
    /// Whether what a thinking model shows of its thoughts is wanted.
    Reasoning(bool),
}

impl DomainEvent for UserEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Registered { .. } => "user.registered",
            Self::PasswordChanged { .. } => "user.password_changed",
            Self::FirstLogin {} => "user.first_login",
            Self::Preferred(_) => "user.preferred",
            Self::PoliciesAttached { .. } => "user.policies_attached",
            Self::Disabled {} => "user.disabled",
            Self::Enabled {} => "user.enabled",
            Self::Restricted(_) => "user.restricted",
            Self::Unrestricted { .. } => "user.unrestricted",
            Self::Held(_) => "user.held",
            Self::Released(_) => "user.released",
            Self::Deleted {} => "user.deleted",
            Self::ErasureRequested {} => "erasure.requested",
            Self::ErasureConfirmed { .. } => "erasure.confirmed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
