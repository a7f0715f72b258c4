//! A session of questions about documents: whose it is, the name its user calls it by, and a label for people.
//!
//! Names belong to users: two users may have sessions of one name, and know nothing of each other. A name is reserved
//! with the session, and free again when that is deleted.

use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Decide, Erasable,
    aggregate::handle_by_deciding,
    ids::{RagSessionId, UserId},
    thread::Destroyed,
};

#[cfg(test)]
mod tests;

/// An event of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RagSessionEvent {
    /// It is there.
    #[serde(rename = "rag_session.opened")]
    Opened(RagSessionOpened),
    /// Its label is another one.
    #[serde(rename = "rag_session.renamed")]
    Renamed {
        /// What people call it. Content.
        label: String,
    },
    /// It is gone for ever, and its conversation and its documents with it.
    #[serde(rename = "rag_session.deleted")]
    Deleted {},
    /// Its label is to be destroyed. With its end.
    #[serde(rename = "erasure.requested")]
    ErasureRequested {},
    /// It is destroyed.
    #[serde(rename = "erasure.confirmed")]
    ErasureConfirmed {
        /// What was destroyed, by store.
        receipt: Vec<Destroyed>,
    },
}

/// A session as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RagSessionOpened {
    /// The session.
    pub session: RagSessionId,
    /// Whose it is.
    pub owner: UserId,
    /// What its user's programs call it. Content.
    pub name: String,
    /// What people call it. Content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl DomainEvent for RagSessionEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Opened(_) => "rag_session.opened",
            Self::Renamed { .. } => "rag_session.renamed",
            Self::Deleted {} => "rag_session.deleted",
            Self::ErasureRequested {} => "erasure.requested",
            Self::ErasureConfirmed { .. } => "erasure.confirmed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A command to a session.
#[derive(Clone, Debug)]
pub enum RagSessionCommand {
    /// Make it.
    Open(RagSessionOpened),
    /// Label it.
    Rename {
        /// What people call it.
        label: String,
    },
    /// End it for ever. Idempotent.
    Delete,
    /// Note that its label is destroyed. Idempotent.
    ConfirmErasure {
        /// What was destroyed, by store.
        receipt: Vec<Destroyed>,
    },
}

/// Why a session says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RagSessionRefusal {
    /// The id is taken.
    #[error("there is a session of this id already")]
    Exists,
    /// There is none, or no more.
    #[error("there is no such session")]
    Unknown,
    /// Nobody has deleted it.
    #[error("this session is not deleted")]
    NotDeleted,
}

/// The state that the rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RagSession {
    /// Not made.
    #[default]
    Absent,
    /// There.
    Open,
    /// Deleted; what it was called is to be destroyed.
    Deleted,
    /// That is destroyed.
    Erased,
}

impl Aggregate for RagSession {
    const TYPE: &'static str = "rag_session";
    type Command = RagSessionCommand;
    type Event = RagSessionEvent;
    type Error = RagSessionRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: RagSessionEvent) {
        match event {
            RagSessionEvent::Opened(_) => *self = Self::Open,
            RagSessionEvent::Renamed { .. } | RagSessionEvent::ErasureRequested {} => {}
            RagSessionEvent::Deleted {} => *self = Self::Deleted,
            RagSessionEvent::ErasureConfirmed { .. } => *self = Self::Erased,
        }
    }
}

impl Decide for RagSession {
    fn decide(
        &self,
        command: RagSessionCommand,
    ) -> Result<Vec<RagSessionEvent>, RagSessionRefusal> {
        use RagSessionCommand as Command;
        match (self, command) {
            (Self::Absent, Command::Open(opened)) => Ok(vec![RagSessionEvent::Opened(opened)]),
            (_, Command::Open(_)) => Err(RagSessionRefusal::Exists),
            (Self::Open, Command::Rename { label }) => Ok(vec![RagSessionEvent::Renamed { label }]),
            (Self::Open, Command::Delete) => Ok(vec![
                RagSessionEvent::Deleted {},
                RagSessionEvent::ErasureRequested {},
            ]),
            (Self::Deleted, Command::ConfirmErasure { receipt }) => {
                Ok(vec![RagSessionEvent::ErasureConfirmed { receipt }])
            }
            (Self::Deleted | Self::Erased, Command::Delete)
            | (Self::Erased, Command::ConfirmErasure { .. }) => Ok(vec![]),
            (Self::Open, Command::ConfirmErasure { .. }) => Err(RagSessionRefusal::NotDeleted),
            (_, Command::Rename { .. })
            | (Self::Absent, Command::Delete | Command::ConfirmErasure { .. }) => {
                Err(RagSessionRefusal::Unknown)
            }
        }
    }
}

impl Erasable for RagSession {
    fn confirm_erasure(receipt: Vec<Destroyed>) -> RagSessionCommand {
        RagSessionCommand::ConfirmErasure { receipt }
    }

    fn is_being_erased(&self) -> bool {
        *self == Self::Deleted
    }
}
