//! Why a thread says no: sentences a user can read.

use crate::{hold::HoldRefusal, ids::TurnId};

/// A refusal; the thread is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such conversation.
    #[error("this thread does not exist")]
    NotOpen,
    /// It exists already.
    #[error("this thread exists already")]
    AlreadyOpen,
    /// Archived threads are read-only by setting.
    #[error("this thread is archived")]
    Archived,
    /// Moderators keep it from its owner.
    #[error("moderators have hidden this thread")]
    Hidden,
    /// The turn policy is `reject`.
    #[error("a reply is being generated")]
    ReplyRunning,
    /// Too many sends wait for the running reply.
    #[error("too many messages are waiting for an answer in this thread")]
    QueueFull,
    /// An edit's target is not the last unreplaced user message.
    #[error("only the last user message can be edited")]
    NotTheLastUserMessage,
    /// A reload without a user message to answer.
    #[error("there is no message to answer")]
    NothingToAnswer,
    /// A name that is empty or too long.
    #[error("a name has 1 to 150 characters")]
    BadName,
    /// The thread has changed since the caller counted; count again.
    #[error("the thread has changed in the meantime")]
    Stale,
    /// The turn to be ended is not the one that is running.
    #[error("turn {0} is not running")]
    TurnNotRunning(TurnId),
    /// The turn is to stop, or has called tools as often as one may.
    #[error("this turn calls no more tools")]
    NoMoreCalls,
    /// An answer to a call that was not made.
    #[error("this turn has not made this call")]
    NotCalled,
    /// A cut that hides nothing or lies outside the history.
    #[error("there is nothing to hide there")]
    BadCut,
    /// An erasure that was not asked for, or whose reply still runs, cannot be confirmed.
    #[error("this erasure is not done yet")]
    ErasureNotDone,
    /// About a legal hold.
    #[error(transparent)]
    Hold(#[from] HoldRefusal),
}
