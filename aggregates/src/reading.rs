//! A reading: somebody looked at what others wrote. It is an event and nothing else, so that looking is seen.

use std::convert::Infallible;

use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Decide,
    aggregate::handle_by_deciding,
    ids::{CompletionId, ThreadId, UserId},
};

#[cfg(test)]
mod tests;

/// An event of a reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ReadingEvent {
    /// Content of these conversations was shown to somebody who does not own them.
    #[serde(rename = "content.read")]
    ContentRead {
        /// Who looked.
        reader: UserId,
        /// At what of them.
        what: Looked,
        /// Whose conversations they were is in their own events.
        threads: Vec<ThreadId>,
        /// Questions with their answers that belong to no conversation.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        completions: Vec<CompletionId>,
        /// Why, where somebody had to say so. Kept when the contents are erased: it says that they were seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Looked {
    /// Names and counts.
    Threads,
    /// What was said.
    Messages,
}

impl DomainEvent for ReadingEvent {
    fn event_type(&self) -> String {
        match self {
            Self::ContentRead { .. } => "content.read",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A command to a reading.
#[derive(Clone, Debug)]
pub enum ReadingCommand {
    /// Keep it.
    Note {
        /// Who looked.
        reader: UserId,
        /// At what.
        what: Looked,
        /// Of which conversations; of none, nothing happened.
        threads: Vec<ThreadId>,
        /// Of which questions and answers that belong to none.
        completions: Vec<CompletionId>,
        /// Why.
        reason: Option<String>,
    },
}

/// A reading has no state: nothing follows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reading;

impl Aggregate for Reading {
    const TYPE: &'static str = "reading";
    type Command = ReadingCommand;
    type Event = ReadingEvent;
    type Error = Infallible;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, _: ReadingEvent) {}
}

impl Decide for Reading {
    fn decide(&self, command: ReadingCommand) -> Result<Vec<ReadingEvent>, Infallible> {
        let ReadingCommand::Note {
            reader,
            what,
            threads,
            completions,
            reason,
        } = command;
        Ok(match threads.is_empty() && completions.is_empty() {
            true => vec![],
            false => vec![ReadingEvent::ContentRead {
                reader,
                what,
                threads,
                completions,
                reason,
            }],
        })
    }
}
