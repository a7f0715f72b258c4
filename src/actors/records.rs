//! What is kept beside the conversations: sessions, readings and quotas. Small aggregates without an actor of their
//! own, like accounts: load, decide, commit; on a lost race again.

use std::convert::Infallible;

use aggregates::{
    Decide, SessionId, ThreadId, UserId,
    quota::{Quota, QuotaCommand, QuotaLimits},
    reading::{Looked, Reading, ReadingCommand},
    session::{Session, SessionCommand},
};
use uuid::Uuid;

use super::messages::{CommandError, Origin};
use crate::store::{Commit, CommitError, Committer, NewEvent, Store};

/// How often a change is decided again after losing a race.
const TRIES: u32 = 5;
/// Threads that one event names at most.
const MOST_THREADS: usize = 1_000;

/// Where these are changed. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Records {
    store: Store,
    committer: Committer,
}

impl Records {
    /// Over this log.
    #[must_use]
    pub fn new(store: Store, committer: Committer) -> Self {
        Self { store, committer }
    }

    /// Makes the user's session, if there is none; the answer is the position from which on reads show it.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn open_session(&self, user: UserId) -> Result<u64, CommandError> {
        let id = SessionId::of(user).to_string();
        self.change::<Session>(id, SessionCommand::Open { user }, user)
            .await
    }

    /// Notes that somebody is about to be shown what others wrote in these threads.
    ///
    /// # Errors
    /// When the log cannot be reached: then nothing may be shown.
    pub async fn note_reading(
        &self,
        reader: UserId,
        what: Looked,
        threads: &[ThreadId],
    ) -> Result<(), CommandError> {
        for threads in threads.chunks(MOST_THREADS) {
            let command = ReadingCommand::Note {
                reader,
                what,
                threads: threads.to_vec(),
            };
            self.change::<Reading>(Uuid::now_v7().to_string(), command, reader)
                .await?;
        }
        Ok(())
    }

    /// Sets how much a user may use; the answer is the position from which on it counts.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn set_quota(
        &self,
        user: UserId,
        limits: QuotaLimits,
        by: UserId,
    ) -> Result<u64, CommandError> {
        let command = QuotaCommand::Set { user, limits };
        self.change::<Quota>(user.to_string(), command, by).await
    }

    async fn change<A>(
        &self,
        id: String,
        command: A::Command,
        by: UserId,
    ) -> Result<u64, CommandError>
    where
        A: Decide<Error = Infallible>,
        A::Command: Clone,
    {
        let origin = Origin::user(by);
        for _ in 0..TRIES {
            let (state, sequence) = self.store.load::<A>(&id).await?;
            let Ok(events) = state.decide(command.clone());
            if events.is_empty() {
                return Ok(0);
            }
            let events = events
                .iter()
                .map(NewEvent::of)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| CommandError::Fault(error.to_string()))?;
            let commit = Commit {
                command_id: origin.command.0,
                fingerprint: None,
                aggregate_type: A::TYPE,
                aggregate_id: id.clone(),
                expected: sequence,
                epoch: 0,
                events,
                metadata: origin.metadata(),
                reserve: vec![],
                release: vec![],
                turns: vec![],
            };
            return match self.committer.commit(commit).await {
                Ok(committed) => Ok(committed.last_position),
                Err(CommitError::Duplicate(record)) => Ok(record.last_position),
                Err(CommitError::Conflict { .. } | CommitError::PredecessorFailed) => continue,
                Err(error) => {
                    tracing::warn!(%error, "a record could not be kept");
                    Err(CommandError::Unavailable)
                }
            };
        }
        Err(CommandError::Unavailable)
    }
}
