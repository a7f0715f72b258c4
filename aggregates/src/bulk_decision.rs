//! A bulk decision: which cases one decision is wanted for. It is an event and nothing else: each case decides for
//! itself, and a request that broke off in the middle can be repeated to its end.

use std::convert::Infallible;

use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Decide,
    aggregate::handle_by_deciding,
    case::Decision,
    ids::{MessageId, UserId},
};

#[cfg(test)]
mod tests;

/// An event of a bulk decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BulkDecisionEvent {
    /// A moderator wants these cases decided; what became of each is in its own events.
    #[serde(rename = "bulk_decision.ordered")]
    Ordered(BulkOrder),
}

/// One decision for many cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BulkOrder {
    /// Who wants it.
    pub by: UserId,
    /// Which.
    pub decision: Decision,
    /// Of which cases.
    pub cases: Vec<MessageId>,
}

impl DomainEvent for BulkDecisionEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Ordered(_) => "bulk_decision.ordered",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A command to a bulk decision.
#[derive(Clone, Debug)]
pub enum BulkDecisionCommand {
    /// Keep which cases are meant.
    Order(BulkOrder),
}

/// A bulk decision is ordered once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BulkDecision {
    /// What is ordered.
    pub order: Option<BulkOrder>,
}

impl Aggregate for BulkDecision {
    const TYPE: &'static str = "bulk_decision";
    type Command = BulkDecisionCommand;
    type Event = BulkDecisionEvent;
    type Error = Infallible;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: BulkDecisionEvent) {
        let BulkDecisionEvent::Ordered(order) = event;
        self.order = Some(order);
    }
}

impl Decide for BulkDecision {
    fn decide(&self, command: BulkDecisionCommand) -> Result<Vec<BulkDecisionEvent>, Infallible> {
        let BulkDecisionCommand::Order(order) = command;
        Ok(match self.order {
            Some(_) => vec![],
            None => vec![BulkDecisionEvent::Ordered(order)],
        })
    }
}
