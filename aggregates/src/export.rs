//! An export: a part of the record was written to files. It is an event and nothing else, so that it is known.

use std::convert::Infallible;

use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Decide,
    aggregate::handle_by_deciding,
    ids::{ThreadId, UserId},
};

#[cfg(test)]
mod tests;

/// An event of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ExportEvent {
    /// It was begun; what was not finished may have been read, too.
    #[serde(rename = "record.exported")]
    Exported(Exported),
}

/// Which part of the record was exported, by whom and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exported {
    /// Who exported it.
    pub reader: UserId,
    /// One thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadId>,
    /// What concerns a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Threads in which something was flagged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flagged: bool,
    /// Not before this time, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
    /// Events up to this position.
    pub up_to: u64,
    /// Why, where what people and models wrote was exported, too. Kept when that is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the keys of contents left with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_keys: bool,
}

impl DomainEvent for ExportEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Exported(_) => "record.exported",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A command to an export.
#[derive(Clone, Debug)]
pub enum ExportCommand {
    /// Keep that it was begun.
    Note(Exported),
}

/// An export is noted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Export {
    noted: bool,
}

impl Aggregate for Export {
    const TYPE: &'static str = "export";
    type Command = ExportCommand;
    type Event = ExportEvent;
    type Error = Infallible;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, _: ExportEvent) {
        self.noted = true;
    }
}

impl Decide for Export {
    fn decide(&self, command: ExportCommand) -> Result<Vec<ExportEvent>, Infallible> {
        let ExportCommand::Note(exported) = command;
        Ok(match self.noted {
            true => vec![],
            false => vec![ExportEvent::Exported(exported)],
        })
    }
}
