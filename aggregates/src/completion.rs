//! A completion: a question with all that goes before it, and one answer. It belongs to no thread.
//!
//! It is asked, judged, answered and over; the turn that makes the answer has the completion's own id.

mod decide;
mod events;
mod review;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use serde::{Deserialize, Serialize};

use crate::{
    aggregate::handle_by_deciding,
    ids::UserId,
    thread::{ReplyEnd, Route, Ruling, Stage},
    verdict::Verdict,
};

pub use events::{
    CompletionEnd, CompletionEvent, CompletionVerdict, Requested, Said, Sampling, Speaker, said_in,
    stage_of,
};

/// A command to a completion.
#[derive(Clone, Debug)]
pub enum CompletionCommand {
    /// Ask. Refused when it was asked before.
    Request {
        /// What is asked, and of whom.
        requested: Requested,
        /// What moderation says of each message, in their order; none where nobody looks.
        verdicts: Vec<Verdict>,
        /// Which of them is to be answered.
        asked: Option<u32>,
        /// What the author is told about that.
        warning: Option<String>,
        /// What is answered instead of a model.
        refusal: Option<String>,
    },
    /// Note what was judged and has nowhere to go. Refused when it was noted before.
    NoteMisdirected {
        /// What is said, and who would have been asked.
        requested: Requested,
        /// What moderation says of each message, in their order.
        verdicts: Vec<Verdict>,
        /// Which of them was to be answered.
        asked: Option<u32>,
        /// What the author is told.
        told: String,
    },
    /// The answer has ended, in this way, and this is what moderation says of it.
    End(CompletionOutcome, ReplyEnd, Option<Verdict>),
    /// Note what moderators have decided about the question or the answer, with what follows from that. Refused
    /// while the answer is being made.
    Review {
        /// Which of the two.
        stage: Stage,
        /// Who.
        by: UserId,
        /// What.
        ruling: Ruling,
    },
    /// Its contents are destroyed. Refused while the answer is being made. Idempotent.
    Erase,
}

/// The ways an answer can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionOutcome {
    /// Whole.
    Completed,
    /// The provider failed.
    Failed,
    /// Whoever asked has left, or wanted it to end.
    Stopped,
    /// The server went away.
    Interrupted,
}

/// Why a completion says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompletionRefusal {
    /// The id is taken.
    #[error("this completion exists already")]
    Exists,
    /// It is not being made: it was never asked for, or has ended.
    #[error("this completion is not being made")]
    NotOpen,
    /// There is none, or its contents are destroyed.
    #[error("there is no such completion any more")]
    Gone,
    /// It is still being made.
    #[error("this completion is still being made")]
    StillOpen,
}

/// The state that the rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Completion {
    /// Nobody has asked.
    #[default]
    Absent,
    /// The answer is being made.
    Open {
        /// For whom.
        owner: UserId,
        /// By whom.
        route: Route,
    },
    /// The answer has ended.
    Ended,
    /// Its contents are gone.
    Erased,
}

impl Aggregate for Completion {
    const TYPE: &'static str = "completion";
    type Command = CompletionCommand;
    type Event = CompletionEvent;
    type Error = CompletionRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: CompletionEvent) {
        *self = match event {
            CompletionEvent::Requested(requested) => Self::Open {
                owner: requested.owner,
                route: requested.route,
            },
            CompletionEvent::VerdictRecorded(_)
            | CompletionEvent::DecisionRecorded { .. }
            | CompletionEvent::DecisionOverturned { .. }
            | CompletionEvent::Redacted { .. }
            | CompletionEvent::Restored { .. } => return,
            CompletionEvent::Completed(_)
            | CompletionEvent::Failed(_)
            | CompletionEvent::Stopped(_)
            | CompletionEvent::Interrupted(_)
            | CompletionEvent::Misdirected { .. } => Self::Ended,
            CompletionEvent::Erased {} => Self::Erased,
        };
    }
}
