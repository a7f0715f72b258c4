//! A quota: how many tokens a user may use in a day, a week and a month.

use std::convert::Infallible;

use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Decide, aggregate::handle_by_deciding, ids::UserId};

#[cfg(test)]
mod tests;

/// Tokens; `None`: what the server gives everybody, -1: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuotaLimits {
    /// In a day.
    pub daily: Option<i64>,
    /// In a week, from Monday on.
    pub weekly: Option<i64>,
    /// In a month.
    pub monthly: Option<i64>,
}

/// An event of a quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum QuotaEvent {
    /// The user's limits are these from now on.
    #[serde(rename = "quota.set")]
    Set {
        /// Whose.
        user: UserId,
        /// All three.
        limits: QuotaLimits,
    },
}

impl DomainEvent for QuotaEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Set { .. } => "quota.set",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A command to a quota.
#[derive(Clone, Debug)]
pub enum QuotaCommand {
    /// Give other limits. Without a difference nothing happens.
    Set {
        /// Whose.
        user: UserId,
        /// All three.
        limits: QuotaLimits,
    },
}

/// The state that the rules need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quota {
    limits: QuotaLimits,
}

impl Aggregate for Quota {
    const TYPE: &'static str = "quota";
    type Command = QuotaCommand;
    type Event = QuotaEvent;
    type Error = Infallible;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: QuotaEvent) {
        match event {
            QuotaEvent::Set { limits, .. } => self.limits = limits,
        }
    }
}

impl Decide for Quota {
    fn decide(&self, command: QuotaCommand) -> Result<Vec<QuotaEvent>, Infallible> {
        let QuotaCommand::Set { user, limits } = command;
        Ok(match limits == self.limits {
            true => vec![],
            false => vec![QuotaEvent::Set { user, limits }],
        })
    }
}
