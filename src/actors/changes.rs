//! Changing small aggregates that have no actor of their own: load, decide, commit; on a lost race again.

use aggregates::Decide;

use super::messages::Origin;
use crate::store::{Commit, CommitError, Committer, NewEvent, Reservation, Store, StoreError};

/// How often a change is decided again after losing a race.
const TRIES: u32 = 5;

/// Where they are loaded, and where the events go.
#[derive(Clone)]
pub(super) struct Changes {
    pub(super) store: Store,
    pub(super) committer: Committer,
}

/// What shall happen to one of them, and to the names it holds.
pub(super) struct Change<A: Decide> {
    pub(super) command: A::Command,
    pub(super) origin: Origin,
    pub(super) reserve: Vec<Reservation>,
    pub(super) release: Vec<Reservation>,
}

impl<A: Decide> Change<A> {
    /// By the server, without a word about names.
    pub(super) fn of(command: A::Command) -> Self {
        Self {
            command,
            origin: Origin::server(),
            reserve: vec![],
            release: vec![],
        }
    }

    pub(super) fn from(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    pub(super) fn reserving(self, name: Reservation) -> Self {
        Self {
            reserve: vec![name],
            ..self
        }
    }
}

/// Why nothing was changed.
#[derive(Debug)]
pub(super) enum Unchanged<R> {
    /// The rules say no.
    Refused(R),
    /// Another one has the name.
    NameTaken,
    /// The log cannot be reached, or others kept winning the race; try again.
    Unavailable(String),
    /// A fault of ours.
    Fault(String),
}

impl<R> From<StoreError> for Unchanged<R> {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl Changes {
    /// Decides and commits; the answer is the position from which on reads show it, 0 when nothing had to change.
    pub(super) async fn make<A>(
        &self,
        id: &str,
        change: Change<A>,
    ) -> Result<u64, Unchanged<A::Error>>
    where
        A: Decide,
        A::Command: Clone,
    {
        for _ in 0..TRIES {
            let (state, sequence) = self.store.load::<A>(id).await?;
            let events = state
                .decide(change.command.clone())
                .map_err(Unchanged::Refused)?;
            if events.is_empty() {
                return Ok(0);
            }
            let events = events
                .iter()
                .map(NewEvent::of)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| Unchanged::Fault(error.to_string()))?;
            let commit = Commit {
                command_id: change.origin.command.0,
                fingerprint: None,
                aggregate_type: A::TYPE,
                aggregate_id: id.to_owned(),
                expected: sequence,
                epoch: 0,
                events,
                metadata: change.origin.metadata(),
                reserve: change.reserve.clone(),
                release: change.release.clone(),
                turns: vec![],
            };
            return match self.committer.commit(commit).await {
                Ok(committed) => Ok(committed.last_position),
                Err(CommitError::Duplicate(record)) => Ok(record.last_position),
                Err(CommitError::Reserved { .. }) => Err(Unchanged::NameTaken),
                Err(CommitError::Conflict { .. } | CommitError::PredecessorFailed) => continue,
                Err(error) => Err(Unchanged::Unavailable(error.to_string())),
            };
        }
        Err(Unchanged::Unavailable(format!(
            "others kept changing this {}",
            A::TYPE
        )))
    }
}
