//! A closing: that something which others use (a project, an AI provider, a secret) is about to end, and has.
//!
//! Whoever ends it begins its closing, then looks whether it is used, then completes the closing. Whoever begins to use it
//! does so first and withdraws the closing then, which comes too late where the closing is complete. One of the two loses,
//! because both are in the closing's own stream, whose id is the id of what ends.

use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Decide, aggregate::handle_by_deciding};

#[cfg(test)]
mod tests;

/// An event of a closing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ClosingEvent {
    /// Somebody is about to end it.
    #[serde(rename = "closing.begun")]
    Begun {},
    /// Somebody has begun to use it.
    #[serde(rename = "closing.withdrawn")]
    Withdrawn {},
    /// Nobody uses it, and nobody ever will.
    #[serde(rename = "closing.completed")]
    Completed {},
}

impl DomainEvent for ClosingEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Begun {} => "closing.begun",
            Self::Withdrawn {} => "closing.withdrawn",
            Self::Completed {} => "closing.completed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A command to a closing. Each is idempotent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosingCommand {
    /// Begin it.
    Begin,
    /// Keep open what is to be used.
    Withdraw,
    /// Close it for ever.
    Complete,
}

/// Why it says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClosingRefusal {
    /// Nobody has begun it, or it was withdrawn.
    #[error("it is not being closed")]
    NotBegun,
    /// It is closed for ever.
    #[error("it is closed")]
    Completed,
}

/// The state that the rules need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Closing {
    /// It may be used.
    #[default]
    Open,
    /// Somebody is about to end it.
    Begun,
    /// It is closed for ever.
    Completed,
}

impl Aggregate for Closing {
    const TYPE: &'static str = "closing";
    type Command = ClosingCommand;
    type Event = ClosingEvent;
    type Error = ClosingRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: ClosingEvent) {
        *self = match event {
            ClosingEvent::Begun {} => Self::Begun,
            ClosingEvent::Withdrawn {} => Self::Open,
            ClosingEvent::Completed {} => Self::Completed,
        };
    }
}

impl Decide for Closing {
    fn decide(&self, command: ClosingCommand) -> Result<Vec<ClosingEvent>, ClosingRefusal> {
        match (self, command) {
            (Self::Open, ClosingCommand::Begin) => Ok(vec![ClosingEvent::Begun {}]),
            (Self::Begun, ClosingCommand::Withdraw) => Ok(vec![ClosingEvent::Withdrawn {}]),
            (Self::Begun, ClosingCommand::Complete) => Ok(vec![ClosingEvent::Completed {}]),
            (Self::Open, ClosingCommand::Complete) => Err(ClosingRefusal::NotBegun),
            (Self::Completed, ClosingCommand::Withdraw) => Err(ClosingRefusal::Completed),
            (Self::Open, ClosingCommand::Withdraw)
            | (Self::Begun | Self::Completed, ClosingCommand::Begin)
            | (Self::Completed, ClosingCommand::Complete) => Ok(vec![]),
        }
    }
}
