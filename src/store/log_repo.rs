//! The stock contract: cqrs-es' repository, read by the stock crates and written by the committer.

mod translate;

use std::sync::Arc;

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

use self::translate::{commit_of, is_dead, persistence, serialized, sorted, unknown};
use super::{CommitError, Committer, Store, StoreError};

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
