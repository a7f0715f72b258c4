//! An embedding: texts that a model turns into vectors. The vectors are whoever's who asked, and kept nowhere.
//!
//! It is asked for, judged, made and over; as a turn it has its own id.

mod decide;
mod events;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use serde::{Deserialize, Serialize};

use crate::{
    aggregate::handle_by_deciding,
    ids::UserId,
    thread::{Attempt, Route},
    verdict::Verdict,
};

pub use events::{EmbeddingEnd, EmbeddingEvent, EmbeddingVerdict, TextsSent};

/// A command to an embedding.
#[derive(Clone, Debug)]
pub enum EmbeddingCommand {
    /// Ask for it. Refused when that was done before.
    Request {
        /// What is asked, and of whom.
        sent: TextsSent,
        /// What moderation says of each text, in their order; none where nobody looks.
        verdicts: Vec<Verdict>,
        /// What the author is told about that.
        warning: Option<String>,
        /// Why nobody is asked.
        refusal: Option<String>,
    },
    /// The vectors are there, of so many numbers each; these calls it took.
    Complete {
        /// Numbers of a vector.
        dimensions: u32,
        /// Every call.
        attempts: Vec<Attempt>,
    },
    /// There are none; these calls were made.
    Fail {
        /// Why, in a sentence.
        error: String,
        /// Every call.
        attempts: Vec<Attempt>,
    },
    /// Its contents are destroyed. Refused while it is being made. Idempotent.
    Erase,
}

/// Why an embedding says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmbeddingRefusal {
    /// The id is taken.
    #[error("this embedding exists already")]
    Exists,
    /// It is not being made: it was never asked for, or is over.
    #[error("this embedding is not being made")]
    NotOpen,
    /// It is still being made.
    #[error("this embedding is still being made")]
    StillOpen,
}

/// The state that the rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Embedding {
    /// Nobody has asked.
    #[default]
    Absent,
    /// It is being made.
    Open {
        /// For whom.
        owner: UserId,
        /// By whom.
        route: Route,
    },
    /// It is over, or was refused.
    Ended,
    /// Its contents are gone.
    Erased,
}

impl Aggregate for Embedding {
    const TYPE: &'static str = "embedding";
    type Command = EmbeddingCommand;
    type Event = EmbeddingEvent;
    type Error = EmbeddingRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: EmbeddingEvent) {
        *self = match event {
            EmbeddingEvent::Requested(sent) => Self::Open {
                owner: sent.owner,
                route: sent.route,
            },
            EmbeddingEvent::VerdictRecorded(_) => return,
            EmbeddingEvent::Refused {}
            | EmbeddingEvent::Completed(_)
            | EmbeddingEvent::Failed(_) => Self::Ended,
            EmbeddingEvent::Erased {} => Self::Erased,
        };
    }
}
