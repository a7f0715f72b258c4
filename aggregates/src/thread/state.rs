//! What the rules remember of a thread. It does not grow with the thread.

use std::collections::VecDeque;

use cqrs_es::Aggregate;
use serde::{Deserialize, Serialize};

use super::{
    Refusal, ThreadCommand,
    events::{Cut, Route, ThreadEvent, TurnOptions},
};
use crate::{
    aggregate::handle_by_deciding,
    ids::{MessageId, TurnId, UserId},
};

/// A message by id and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRef<Id = MessageId> {
    /// Which.
    pub id: Id,
    /// Where.
    pub index: u64,
}

/// The turn that is running.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Somebody wants it to end.
    pub stop_requested: bool,
}

/// A turn that waits for the running one to end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingTurn {
    /// Which.
    pub turn: TurnId,
    /// The user's message it will answer.
    pub answers: MessageId,
    /// The answer's place.
    pub index: u64,
    /// It replaces the answer at that place, if there is one by then (edit, reload).
    pub replaces: bool,
    /// Whom it will ask.
    pub route: Route,
    /// What the sender asked of it.
    pub options: TurnOptions,
}

/// A thread's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    pub(super) owner: Option<UserId>,
    pub(super) next_index: u64,
    pub(super) message_count: u64,
    pub(super) open: Option<OpenTurn>,
    pub(super) pending: VecDeque<PendingTurn>,
    pub(super) last_user: Option<MessageRef>,
    pub(super) last_answer: Option<MessageRef<TurnId>>,
    pub(super) cuts: Vec<Cut>,
    pub(super) archived: bool,
    pub(super) named: bool,
}

impl Thread {
    /// Whose it is; `None` when it does not exist or was erased.
    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        self.owner
    }

    /// The running turn.
    #[must_use]
    pub fn open_turn(&self) -> Option<&OpenTurn> {
        self.open.as_ref()
    }

    /// Turns that wait, next one first.
    #[must_use]
    pub fn pending(&self) -> &VecDeque<PendingTurn> {
        &self.pending
    }

    /// The index that the next message will have.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.next_index.max(1)
    }

    /// Hidden ranges.
    #[must_use]
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
    }

    /// Somebody (a person, or the title subscriber) has named it.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.named
    }
}

impl Aggregate for Thread {
    const TYPE: &'static str = "thread";
    type Command = ThreadCommand;
    type Event = ThreadEvent;
    type Error = Refusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, _event: ThreadEvent) {}
}
