//! Reading the log, in global order and along one stream.

use uuid::Uuid;

use super::{Store, StoreError, on_either};

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the global order, from 1, without gaps.
    pub position: u64,
    /// Microseconds since 1970; never less than the one before.
    pub recorded_at: i64,
    /// The sort of aggregate.
    pub aggregate_type: String,
    /// Which one.
    pub aggregate_id: String,
    /// Its place in its stream, from 1, without gaps.
    pub sequence: u64,
    /// Its stable name.
    pub event_type: String,
    /// The version of its shape.
    pub event_version: String,
    /// JSON as it was written. Content whose key was destroyed is empty.
    pub payload: String,
    /// A JSON object of strings.
    pub metadata: String,
}

impl Store {
    /// Which log this is; made with the schema. Another id means another history.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn log_id(&self) -> Result<Uuid, StoreError> {
        on_either!(self, database => database.log_id().await)
    }

    /// The last global position; 0 when the log is empty.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn head(&self) -> Result<u64, StoreError> {
        on_either!(self, database => database.head().await)
    }

    /// When the last event was recorded, in microseconds since 1970; 0 when the log is empty.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn last_recorded_at(&self) -> Result<i64, StoreError> {
        on_either!(self, database => database.last_recorded_at().await)
    }

    /// The database's own clock, in microseconds since 1970; nothing where it has none but this process'.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn database_clock(&self) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(database) => database.clock().await.map(Some),
        }
    }

    /// The first `limit` events after `position`, in global order. Never skips one: what is not
    /// committed yet comes later than everything returned.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        let events = on_either!(self, database => database.read_after(position, limit).await)?;
        self.opened(events).await
    }

    /// The events from position `first` to `last`, both included.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read_span(&self, first: u64, last: u64) -> Result<Vec<Recorded>, StoreError> {
        let events = on_either!(self, database => database.read_span(first, last).await)?;
        self.opened(events).await
    }

    /// The last `limit` events of a stream before `before_sequence`, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read_back(
        &self,
        aggregate_type: &str,
        id: &str,
        before_sequence: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let events = on_either!(self, database => database.read_back(aggregate_type, id, before_sequence, limit).await)?;
        self.opened(events).await
    }

    /// The first `limit` events of a stream after `after_sequence`, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read_stream(
        &self,
        aggregate_type: &str,
        id: &str,
        after_sequence: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let events = on_either!(self, database => database.read_stream(aggregate_type, id, after_sequence, limit).await)?;
        self.opened(events).await
    }

    /// A stream's last sequence; 0 when it has no events.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn last_sequence(&self, aggregate_type: &str, id: &str) -> Result<u64, StoreError> {
        let last = on_either!(self, database => database.read_back(aggregate_type, id, u64::MAX, 1).await)?;
        Ok(last.first().map_or(0, |last| last.sequence))
    }

    /// As [`Self::read_after`], but only the events of one sort of aggregate.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read_type_after(
        &self,
        aggregate_type: &str,
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let events = on_either!(self, database => database.read_type_after(aggregate_type, position, limit).await)?;
        self.opened(events).await
    }
}

/// A position, sequence or offset as the databases store it. Beyond their range is after everything.
pub(super) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// And back; the columns' checks forbid negative ones.
pub(super) fn counted(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let mut text = String::with_capacity(2 * bytes.len());
    text.extend(digits.map(|digit| DIGITS[usize::from(digit)]));
    text
}
