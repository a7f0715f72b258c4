//! The turns a thread has to do with: the one that runs, and those that wait for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events::{ContextRule, MessageSent, ReplyStarted, Route, ThreadEvent, TurnOptions};
use crate::ids::{MessageId, TurnId};

/// Turns that may wait for the running one; what would be one more is refused.
pub(super) const MOST_PENDING: usize = 32;

/// The turn that is running.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenTurn {
    /// Which.
    pub turn: TurnId,
    /// The user's message it answers.
    pub answers: MessageId,
    /// The answer's place.
    pub index: u64,
    /// Whom it asks.
    pub route: Route,
    /// What the sender asked of it.
    pub options: TurnOptions,
    /// How often it has called a tool.
    #[serde(default)]
    pub calls: u32,
    /// Somebody wants it to end.
    pub stop_requested: bool,
    /// The conversation it belongs to was erased: its answer belongs to none.
    pub(super) erased: bool,
    /// How often the thread had been erased when it was started.
    #[serde(default)]
    pub(super) epoch: u64,
    /// What it had shown is kept with the erased conversation.
    #[serde(default)]
    pub(super) kept: bool,
}

impl From<ReplyStarted> for OpenTurn {
    fn from(started: ReplyStarted) -> Self {
        Self {
            turn: started.turn,
            answers: started.answers,
            index: started.index,
            route: started.route,
            options: started.options,
            calls: 0,
            stop_requested: false,
            erased: false,
            epoch: 0,
            kept: false,
        }
    }
}

/// A turn that waits for the running one to end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PendingTurn {
    /// Which.
    pub turn: TurnId,
    /// The user's message it will answer.
    pub answers: MessageId,
    /// The answer's place.
    pub index: u64,
    /// The answer that is there now, which it will replace (edit, reload).
    pub replaces: Option<TurnId>,
    /// Whom it will ask.
    pub route: Route,
    /// What the sender asked of it.
    pub options: TurnOptions,
    /// What it will say instead of a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

impl PendingTurn {
    /// The turn that a message asks for.
    pub(super) fn asked_by(sent: &MessageSent, replaces: Option<TurnId>) -> Self {
        Self {
            turn: sent.turn,
            answers: sent.message,
            index: sent.index + 1,
            replaces,
            route: sent.route.clone(),
            options: sent.options.clone(),
            refusal: None,
        }
    }

    /// The running turn has ended: when it had the same place, its answer is the one to replace. That of an erased
    /// conversation has no place in this one.
    pub(super) fn follow(&mut self, ended: &OpenTurn) {
        if self.index == ended.index && !ended.erased {
            self.replaces = Some(ended.turn);
        }
    }

    /// Its beginning.
    pub(super) fn start(self, context: ContextRule) -> ThreadEvent {
        ThreadEvent::ReplyStarted(ReplyStarted {
            turn: self.turn,
            answers: self.answers,
            index: self.index,
            replaces: self.replaces,
            route: self.route,
            options: self.options,
            context,
        })
    }
}
