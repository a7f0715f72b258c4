//! Reading the log as auditors do: what fits, in global order, in bounded pages.

use aggregates::{case::SaidIn, completion::Completion, thread::Thread};
use cqrs_es::Aggregate;

use super::{PostgresStore, Recorded, SqliteStore, Store, StoreError, on_either};

/// Positions that one query looks at, where nothing but the log's order helps to find what fits.
const SPAN: u64 = 50_000;

/// The events that name what somebody was shown.
const READ: &str = "content.read";

/// Which events. What is not said excludes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Their stable names.
    pub types: Vec<String>,
    /// Of this conversation or completion, or telling that somebody was shown it.
    pub said_in: Option<SaidIn>,
    /// What this user did, and what happened to the account.
    pub user: Option<String>,
    /// Not before this time, in microseconds since 1970.
    pub from: Option<i64>,
    /// Before this time.
    pub to: Option<i64>,
}

/// A part of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailPage {
    /// As they are stored, content sealed; see [`Store::with_content`].
    pub events: Vec<Recorded>,
    /// Everything up to this position was looked at.
    pub reached: u64,
}

impl EventFilter {
    /// Whether those are asked for, too, that tell who was shown it.
    pub(super) fn wants_readings(&self) -> bool {
        self.types.is_empty() || self.types.iter().any(|name| name == READ)
    }

    /// The type and the id of the aggregate whose events they are.
    pub(super) fn aggregate(&self) -> Option<(&'static str, String)> {
        self.said_in.map(|said_in| match said_in {
            SaidIn::Thread(thread) => (Thread::TYPE, thread.to_string()),
            SaidIn::Completion(completion) => (Completion::TYPE, completion.to_string()),
        })
    }
}

impl Store {
    /// The first events that fit, after `position` and not after `last`: at most `limit`, and fewer, or none, where
    /// few of many fit.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn trail(
        &self,
        filter: &EventFilter,
        position: u64,
        last: u64,
        limit: u32,
    ) -> Result<TrailPage, StoreError> {
        let until = match filter.said_in {
            Some(_) => last,
            None => last.min(position.saturating_add(SPAN)),
        };
        let events =
            on_either!(self, database => database.trail(filter, position, until, limit).await)?;
        let full = events.len() >= limit as usize;
        let found = events.last().map_or(position, |last| last.position);
        Ok(TrailPage {
            reached: if full { found } else { until.max(position) },
            events,
        })
    }

    /// The statement that finds them, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn statement_of_trail(&self, filter: &EventFilter) -> &'static str {
        match self {
            Self::Sqlite(_) => SqliteStore::statement_of_trail(filter),
            Self::Postgres(_) => PostgresStore::statement_of_trail(filter),
        }
    }

    /// The events of this name in a stream, after `after_sequence`, oldest first; as they are stored, content sealed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read_named(
        &self,
        aggregate_type: &str,
        id: &str,
        name: &str,
        after_sequence: u64,
    ) -> Result<Vec<Recorded>, StoreError> {
        on_either!(self, database => database.read_named(aggregate_type, id, name, after_sequence).await)
    }

    /// The same events with their content opened; what was erased is empty.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn with_content(&self, events: Vec<Recorded>) -> Result<Vec<Recorded>, StoreError> {
        self.opened(events).await
    }
}
