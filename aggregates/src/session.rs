//! A chat session: the one place of a user's threads, for clients that know sessions. Each user has one for ever.

use std::convert::Infallible;

use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Decide,
    aggregate::handle_by_deciding,
    ids::{SessionId, UserId},
};

#[cfg(test)]
mod tests;

/// An event of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SessionEvent {
    /// The session exists.
    #[serde(rename = "session.opened")]
    Opened {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: UserId,
    },
}

impl DomainEvent for SessionEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Opened { .. } => "session.opened",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A command to a session.
#[derive(Clone, Debug)]
pub enum SessionCommand {
    /// Make it. Idempotent.
    Open {
        /// Whose it is.
        user: UserId,
    },
}

/// The state that the rules need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    open: bool,
}

impl Aggregate for Session {
    const TYPE: &'static str = "session";
    type Command = SessionCommand;
    type Event = SessionEvent;
    type Error = Infallible;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Opened { .. } => self.open = true,
        }
    }
}

impl Decide for Session {
    fn decide(&self, command: SessionCommand) -> Result<Vec<SessionEvent>, Infallible> {
        Ok(match command {
            SessionCommand::Open { .. } if self.open => vec![],
            SessionCommand::Open { user } => vec![SessionEvent::Opened {
                session: SessionId::of(user),
                user,
            }],
        })
    }
}
