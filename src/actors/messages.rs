//! What is said to a thread's actor, and what it answers.

use std::sync::Arc;

use actix::Message;
use aggregates::{
    CommandId, MessageId, TurnId, UserId,
    thread::{Refusal, Route, Stage, ThreadCommand, ThreadEvent},
};
use tokio::sync::oneshot;
use tracing::Span;
use uuid::Uuid;

use crate::store::{CommandRecord, StoreError};

/// Who wants something, and under which id, so that it happens once.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Never committed twice.
    pub command: CommandId,
    /// An HMAC of the request's body, where the client named the request itself (`Idempotency-Key`).
    pub fingerprint: Option<[u8; 32]>,
    /// Who asked; `None` for the server itself.
    pub by: Option<UserId>,
    /// The server does it because of this: a word for the log.
    pub because: Option<&'static str>,
    /// The sequence of the thread's last event when the command's facts were looked up: refused as stale when
    /// another one has been decided since.
    pub seen: Option<u64>,
    /// What it is a part of, as traces have it.
    pub span: Span,
}

impl Origin {
    /// The server's own doing.
    #[must_use]
    pub fn server() -> Self {
        Self {
            command: CommandId(Uuid::now_v7()),
            fingerprint: None,
            by: None,
            because: None,
            seen: None,
            span: Span::current(),
        }
    }

    /// The server's, because something is older than anything is kept.
    #[must_use]
    pub fn retention() -> Self {
        Self {
            because: Some("retention"),
            ..Self::server()
        }
    }

    /// A user's doing, without an `Idempotency-Key`.
    #[must_use]
    pub fn user(by: UserId) -> Self {
        Self {
            by: Some(by),
            ..Self::server()
        }
    }

    /// Who did it, as the log keeps it; the same for all events of a commit.
    pub(super) fn metadata(&self) -> String {
        match (self.by, self.because) {
            (Some(user), _) => format!(r#"{{"by":"{user}"}}"#),
            (None, Some(word)) => format!(r#"{{"because":"{word}"}}"#),
            (None, None) => "{}".to_owned(),
        }
    }

    /// The same, for a command that rests on what was looked up at this sequence.
    #[must_use]
    pub fn having_seen(self, sequence: u64) -> Self {
        Self {
            seen: Some(sequence),
            ..self
        }
    }
}

/// A command was carried out, durably.
#[derive(Clone, Debug)]
pub struct Done {
    /// The position of its last event; 0 when there was nothing to do.
    pub position: u64,
    /// What happened; empty when there was nothing to do.
    pub events: Arc<[ThreadEvent]>,
    /// It had happened already: this is the first result's record.
    pub replayed: Option<CommandRecord>,
}

impl Done {
    /// What the author was told about what came with the command.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.events.iter().find_map(|event| match event {
            ThreadEvent::VerdictRecorded(recorded) if recorded.stage == Stage::Input => {
                recorded.warning.as_deref()
            }
            _ => None,
        })
    }

    /// The message that is to be answered, the turn that answers it and whom that asks, when this was a wish for an
    /// answer.
    #[must_use]
    pub fn asked(&self) -> Option<(MessageId, TurnId, &Route)> {
        self.events.iter().find_map(|event| match event {
            ThreadEvent::MessageSent(sent) => Some((sent.message, sent.turn, &sent.route)),
            ThreadEvent::ReloadRequested {
                turn,
                answers,
                route,
                ..
            } => Some((*answers, *turn, route)),
            _ => None,
        })
    }
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too much is waiting; nothing has happened.
    #[error("the server is busy; try again in a moment")]
    Overloaded,
    /// The database cannot be reached, or others kept winning the race; try again.
    #[error("the record cannot be written at the moment; try again")]
    Unavailable,
    /// More than one event takes.
    #[error("this is more text than the record takes at once")]
    TooLarge,
    /// It has been done under this name, which is remembered no longer, and nobody knows any more whether it was the same.
    #[error("this Idempotency-Key was used long ago; use another one")]
    LongAgo,
    /// A fault of ours.
    #[error("the record refused this: {0}")]
    Fault(String),
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "the log could not be read");
        Self::Unavailable
    }
}

/// A command on its way to the actor.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Execute {
    pub(super) command: ThreadCommand,
    pub(super) origin: Origin,
    pub(super) reply: Reply,
}

/// Where the answer goes. Dropped without an answer, the outcome is unknown, and the asker repeats
/// the command under its id.
pub(super) type Reply = oneshot::Sender<Result<Done, CommandError>>;

/// Sent by the sweeper: rest, if nothing is going on.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Rest;
