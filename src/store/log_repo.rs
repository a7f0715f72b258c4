//! The stock contract: cqrs-es' repository, read by the stock crates and written by the committer.

use std::{collections::HashMap, sync::Arc};

use cqrs_es::{
    Aggregate, AggregateError, EventStore,
    persist::{
        PersistedEventRepository, PersistedEventStore, PersistenceError, ReplayStream,
        SerializedEvent, SerializedSnapshot,
    },
};
use postgres_es::PostgresEventRepository;
use serde_json::Value;
use sqlite_es::SqliteEventRepository;
use uuid::Uuid;

use super::{
    Commit, CommitError, Committer, NewEvent, Recorded, Store, StoreError,
    error::{is_away, is_lost},
};

/// Events that a replay reads at a time.
const PAGE: u32 = 500;

/// `PersistedEventRepository` over the log.
#[derive(Clone)]
pub struct LogRepo {
    store: Store,
    stock: Stock,
    /// Without one it only reads.
    committer: Option<Committer>,
}

/// The stock repositories, over our tables.
#[derive(Clone)]
enum Stock {
    Sqlite(Arc<SqliteEventRepository>),
    Postgres(Arc<PostgresEventRepository>),
}

impl Store {
    /// The stock contract over this log, writing through `committer`.
    #[must_use]
    pub fn repo(&self, committer: &Committer) -> LogRepo {
        LogRepo {
            committer: Some(committer.clone()),
            ..LogRepo::reading(self)
        }
    }

    /// Loads an aggregate, from its snapshot and the events after it; and its last sequence, 0 when
    /// it has no events.
    ///
    /// # Errors
    /// When the database does not answer, or an event cannot be read.
    pub async fn load<A: Aggregate>(&self, id: &str) -> Result<(A, u64), StoreError> {
        // A snapshot store that reads snapshots and never writes one: when cqrs-es writes a
        // snapshot it applies the events twice, so that is ours to do.
        let store = PersistedEventStore::<LogRepo, A>::new_snapshot_store(
            LogRepo::reading(self),
            usize::MAX,
        );
        match store.load_aggregate(id).await {
            Ok(context) => Ok((context.aggregate, context.current_sequence as u64)),
            Err(AggregateError::DeserializationError(error)) => {
                Err(StoreError::Unreadable(format!("{} {id}: {error}", A::TYPE)))
            }
            Err(AggregateError::DatabaseConnectionError(error)) => {
                Err(StoreError::Unavailable(error.to_string()))
            }
            Err(error) => Err(StoreError::Refused(error.to_string())),
        }
    }
}

/// Reads, again while it meets the dead connections that a restarted database leaves in the pool.
macro_rules! read {
    ($repo:expr, $stock:ident => $read:expr) => {{
        let mut tries = 1;
        loop {
            let result = match &$repo.stock {
                Stock::Sqlite($stock) => $read.await,
                Stock::Postgres($stock) => $read.await,
            };
            match result {
                Err(error) if tries < $repo.tries() && is_dead(&error) => tries += 1,
                known => break known.map_err(sorted),
            }
        }
    }};
}

impl LogRepo {
    fn reading(store: &Store) -> Self {
        let stock = match store {
            Store::Sqlite(database) => Stock::Sqlite(database.stock()),
            Store::Postgres(database) => Stock::Postgres(database.stock()),
        };
        Self {
            store: store.clone(),
            stock,
            committer: None,
        }
    }

    fn tries(&self) -> u32 {
        match &self.store {
            Store::Sqlite(_) => 1,
            Store::Postgres(database) => database.tries(),
        }
    }

    fn replay<A: Aggregate>(&self, of: Option<String>) -> Result<ReplayStream, PersistenceError> {
        let Some(committer) = &self.committer else {
            return Err(unknown("a reading repository does not replay"));
        };
        let (mut feed, stream) = ReplayStream::new(PAGE as usize);
        let store = self.store.clone();
        committer.shutdown().spawn(async move {
            let mut after = 0;
            loop {
                let page = match &of {
                    Some(id) => store.read_stream(A::TYPE, id, after, PAGE).await,
                    None => store.read_type_after(A::TYPE, after, PAGE).await,
                };
                let page = match page {
                    Ok(page) => page,
                    Err(error) => {
                        let _ = feed.push(Err(persistence(error))).await;
                        return;
                    }
                };
                let Some(last) = page.last() else { return };
                after = if of.is_some() {
                    last.sequence
                } else {
                    last.position
                };
                for event in page {
                    // The listener may leave early.
                    if feed.push(serialized(event)).await.is_err() {
                        return;
                    }
                }
            }
        });
        Ok(stream)
    }
}

impl PersistedEventRepository for LogRepo {
    async fn get_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        read!(self, stock => stock.get_events::<A>(aggregate_id))
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        read!(self, stock => stock.get_last_events::<A>(aggregate_id, last_sequence))
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        read!(self, stock => stock.get_snapshot::<A>(aggregate_id))
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot_update: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        let Some(committer) = &self.committer else {
            return Err(unknown("a reading repository does not write"));
        };
        if snapshot_update.is_some() {
            return Err(unknown(
                "snapshots are written by save_snapshot, not with the events",
            ));
        }
        if events.is_empty() {
            return Ok(());
        }
        let commit = commit_of::<A>(events)?;
        match committer.commit(commit).await {
            Ok(_) => Ok(()),
            Err(CommitError::Conflict { .. } | CommitError::PredecessorFailed) => {
                Err(PersistenceError::OptimisticLockError)
            }
            Err(error @ CommitError::Unavailable(_)) => {
                Err(PersistenceError::ConnectionError(Box::new(error)))
            }
            Err(error) => Err(PersistenceError::UnknownError(Box::new(error))),
        }
    }

    /// Unlike the stock one it ends with the error when it ends with one.
    async fn stream_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<ReplayStream, PersistenceError> {
        self.replay::<A>(Some(aggregate_id.to_owned()))
    }

    /// In global order, which the stock one does not know.
    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        self.replay::<A>(None)
    }
}

/// The events of one aggregate, consecutive and with the same metadata, as one commit.
fn commit_of<A: Aggregate>(events: &[SerializedEvent]) -> Result<Commit, PersistenceError> {
    let (Some(first), true) = (
        events.first(),
        events.windows(2).all(|two| {
            two[1].sequence == two[0].sequence + 1
                && two[1].aggregate_id == two[0].aggregate_id
                && two[1].metadata == two[0].metadata
        }),
    ) else {
        return Err(unknown(
            "a commit has consecutive events of one aggregate, with the same metadata",
        ));
    };
    // Metadata in the order of their names, so that the same metadata are the same bytes.
    let metadata: HashMap<String, String> = serde_json::from_value(first.metadata.clone())?;
    let metadata: std::collections::BTreeMap<_, _> = metadata.into_iter().collect();
    Ok(Commit {
        command_id: Uuid::now_v7(),
        fingerprint: None,
        aggregate_type: A::TYPE,
        aggregate_id: first.aggregate_id.clone(),
        expected: (first.sequence as u64)
            .checked_sub(1)
            .ok_or_else(|| unknown("sequences begin at 1"))?,
        events: events
            .iter()
            .map(|event| NewEvent {
                event_type: event.event_type.clone(),
                event_version: event.event_version.clone(),
                payload: event.payload.to_string(),
            })
            .collect(),
        metadata: serde_json::to_string(&metadata)?,
        reserve: vec![],
        release: vec![],
        turns: vec![],
    })
}

fn serialized(event: Recorded) -> Result<SerializedEvent, PersistenceError> {
    Ok(SerializedEvent {
        aggregate_id: event.aggregate_id,
        sequence: event.sequence as usize,
        aggregate_type: event.aggregate_type,
        event_type: event.event_type,
        event_version: event.event_version,
        payload: serde_json::from_str(&event.payload)?,
        metadata: serde_json::from_str(&event.metadata)?,
    })
}

/// The stock crates call only some of a database's absences a connection error.
fn sorted(error: PersistenceError) -> PersistenceError {
    match error {
        PersistenceError::UnknownError(error)
            if error.downcast_ref::<sqlx::Error>().is_some_and(is_away) =>
        {
            PersistenceError::ConnectionError(error)
        }
        other => other,
    }
}

fn is_dead(error: &PersistenceError) -> bool {
    match error {
        PersistenceError::ConnectionError(error) | PersistenceError::UnknownError(error) => {
            error.downcast_ref::<sqlx::Error>().is_some_and(is_lost)
        }
        _ => false,
    }
}

fn persistence(error: StoreError) -> PersistenceError {
    match error {
        StoreError::Unavailable(_) => PersistenceError::ConnectionError(Box::new(error)),
        StoreError::Unreadable(_) => PersistenceError::DeserializationError(Box::new(error)),
        StoreError::Schema(_) | StoreError::Refused(_) => {
            PersistenceError::UnknownError(Box::new(error))
        }
    }
}

fn unknown(why: &str) -> PersistenceError {
    PersistenceError::UnknownError(why.into())
}
