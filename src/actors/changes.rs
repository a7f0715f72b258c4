//! Changing small aggregates that have no actor of their own: load, decide, commit; on a lost race again.

use std::{str::FromStr, time::Duration};

use aggregates::Decide;
use tokio::time::{sleep, timeout};

use super::{messages::Origin, settle::jitter};
use crate::store::{
    CommandRecord, Commit, CommitError, Committer, NewEvent, Reservation, Store, StoreError,
    TurnChange,
};

/// How often a change is decided before a race against another node counts as lost.
const TRIES: u32 = 16;
/// How long those are waited for who change the same in this process. Longer takes a log that is away: then nobody is
/// kept from being told so.
const PATIENCE: Duration = Duration::from_secs(2);

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
    /// Turns that begin and end with it.
    pub(super) turns: Vec<TurnChange>,
}

/// What has become of one.
pub(super) struct Made {
    /// From which on reads show it; 0 when nothing had to change.
    pub(super) position: u64,
    /// Microseconds since 1970, on the log's clock.
    pub(super) recorded_at: i64,
    /// It had been made before: this is the first one's record.
    pub(super) replayed: Option<CommandRecord>,
}

impl Made {
    /// What there is now: `new`, or what the first one has made.
    pub(super) fn id<I: FromStr>(&self, new: I) -> Result<I, I::Err> {
        match &self.replayed {
            Some(first) => first.aggregate_id.parse(),
            None => Ok(new),
        }
    }
}

impl<A: Decide> Change<A> {
    /// By the server, without a word about names.
    pub(super) fn of(command: A::Command) -> Self {
        Self {
            command,
            origin: Origin::server(),
            reserve: vec![],
            release: vec![],
            turns: vec![],
        }
    }

    pub(super) fn from(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }
}

/// Why nothing was changed.
#[derive(Debug)]
pub(super) enum Unchanged<R> {
    /// The rules say no.
    Refused(R),
    /// Another one has the name.
    NameTaken,
    /// The command's id was used for something else.
    OtherRequest,
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
    /// Decides and commits; the answer is the position from which on reads show it, 0 when nothing had to change. What was
    /// done before under the same command id has to be the same.
    pub(super) async fn make<A>(
        &self,
        id: &str,
        change: Change<A>,
    ) -> Result<u64, Unchanged<A::Error>>
    where
        A: Decide,
        A::Command: Clone,
    {
        Ok(self.make_once(id, None, change).await?.position)
    }

    /// The same, from a state that is probably the newest, at its sequence; where it was done before, what came of that.
    pub(super) async fn make_once<A>(
        &self,
        id: &str,
        known: Option<(A, u64)>,
        change: Change<A>,
    ) -> Result<Made, Unchanged<A::Error>>
    where
        A: Decide,
        A::Command: Clone,
    {
        let fingerprint = change.origin.fingerprint;
        let made = self.make_from(id, known, change).await?;
        match &made.replayed {
            Some(first) if first.fingerprint != fingerprint => Err(Unchanged::OtherRequest),
            _ => Ok(made),
        }
    }

    /// The same, whatever was done before: whoever asks has to look whether that was the same. Changes of one aggregate
    /// wait for each other here, so that those of other nodes only are raced against.
    pub(super) async fn make_from<A>(
        &self,
        id: &str,
        mut known: Option<(A, u64)>,
        change: Change<A>,
    ) -> Result<Made, Unchanged<A::Error>>
    where
        A: Decide,
        A::Command: Clone,
    {
        let line = self.committer.stand_in_line(A::TYPE, id);
        let _head = timeout(PATIENCE, line).await;
        for tries in 0..TRIES {
            if tries > 0 {
                sleep(jitter()).await;
            }
            let (state, sequence) = match known.take() {
                Some(known) => known,
                None => self.store.load::<A>(id).await?,
            };
            if let Some(made) = self.attempt(id, (state, sequence), &change).await? {
                return Ok(made);
            }
        }
        Err(Unchanged::Unavailable(format!(
            "others kept changing this {}",
            A::TYPE
        )))
    }

    /// The same once, from this very state; `None`: it is not the newest any more.
    pub(super) async fn attempt<A>(
        &self,
        id: &str,
        (state, sequence): (A, u64),
        change: &Change<A>,
    ) -> Result<Option<Made>, Unchanged<A::Error>>
    where
        A: Decide,
        A::Command: Clone,
    {
        let events = state
            .decide(change.command.clone())
            .map_err(Unchanged::Refused)?;
        if events.is_empty() {
            return Ok(Some(Made {
                position: 0,
                recorded_at: 0,
                replayed: None,
            }));
        }
        let events = events
            .iter()
            .map(NewEvent::of)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Unchanged::Fault(error.to_string()))?;
        let commit = Commit {
            command_id: change.origin.command.0,
            fingerprint: change.origin.fingerprint,
            aggregate_type: A::TYPE,
            aggregate_id: id.to_owned(),
            expected: sequence,
            epoch: 0,
            events,
            metadata: change.origin.metadata(),
            reserve: change.reserve.clone(),
            release: change.release.clone(),
            turns: change.turns.clone(),
        };
        match self.committer.commit(commit).await {
            Ok(committed) => Ok(Some(Made {
                position: committed.last_position,
                recorded_at: committed.recorded_at,
                replayed: None,
            })),
            Err(CommitError::Duplicate(record)) => Ok(Some(Made {
                position: record.position(),
                recorded_at: record.recorded_at,
                replayed: Some(*record),
            })),
            Err(CommitError::Reserved { .. }) => Err(Unchanged::NameTaken),
            Err(CommitError::Conflict { .. } | CommitError::PredecessorFailed) => Ok(None),
            Err(CommitError::Rejected(reason)) => Err(Unchanged::Fault(reason)),
            Err(error) => Err(Unchanged::Unavailable(error.to_string())),
        }
    }
}
