//! Reading the log.

use sqlx::{
    Row, Sqlite,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};
use uuid::Uuid;

use super::{
    super::{
        Recorded, StoreError,
        log::{counted, stored},
    },
    SqliteStore,
};

/// A select over `events` with the columns of [`Recorded`].
macro_rules! events {
    ($rest:expr) => {
        concat!(
            "SELECT global_position, recorded_at, aggregate_type, aggregate_id, sequence, event_type, ",
            "event_version, payload, metadata FROM events ",
            $rest
        )
    };
}

pub(super) use events;

impl SqliteStore {
    pub(in crate::store) async fn log_id(&self) -> Result<Uuid, StoreError> {
        let id: String = sqlx::query_scalar("SELECT log_id FROM log_head")
            .fetch_one(&self.log)
            .await
            .map_err(StoreError::of)?;
        Uuid::parse_str(&id)
            .map_err(|error| StoreError::Unreadable(format!("the log's id {id:?}: {error}")))
    }

    pub(in crate::store) async fn head(&self) -> Result<u64, StoreError> {
        sqlx::query_scalar("SELECT position FROM log_head")
            .fetch_one(&self.log)
            .await
            .map(counted)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn last_recorded_at(&self) -> Result<i64, StoreError> {
        sqlx::query_scalar("SELECT recorded_at FROM log_head")
            .fetch_one(&self.log)
            .await
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn read_after(
        &self,
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let read = sqlx::query(events!(
            "WHERE global_position > ? ORDER BY global_position LIMIT ?"
        ));
        self.events(read.bind(stored(position)).bind(limit)).await
    }

    pub(in crate::store) async fn read_span(
        &self,
        first: u64,
        last: u64,
    ) -> Result<Vec<Recorded>, StoreError> {
        let read = sqlx::query(events!(
            "WHERE global_position BETWEEN ? AND ? ORDER BY global_position"
        ));
        self.events(read.bind(stored(first)).bind(stored(last)))
            .await
    }

    pub(in crate::store) async fn read_back(
        &self,
        aggregate_type: &str,
        id: &str,
        before_sequence: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let read = sqlx::query(events!(
            "WHERE aggregate_type = ? AND aggregate_id = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?"
        ));
        let read = read.bind(aggregate_type).bind(id);
        self.events(read.bind(stored(before_sequence)).bind(limit))
            .await
    }

    pub(in crate::store) async fn read_stream(
        &self,
        aggregate_type: &str,
        id: &str,
        after_sequence: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let read = sqlx::query(events!(
            "WHERE aggregate_type = ? AND aggregate_id = ? AND sequence > ? ORDER BY sequence LIMIT ?"
        ));
        let read = read.bind(aggregate_type).bind(id);
        self.events(read.bind(stored(after_sequence)).bind(limit))
            .await
    }

    pub(in crate::store) async fn read_type_after(
        &self,
        aggregate_type: &str,
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        // The unary plus keeps the primary key out of it: the order wanted is the positions'.
        let read = sqlx::query(events!(
            "WHERE +aggregate_type = ? AND global_position > ? ORDER BY global_position LIMIT ?"
        ));
        let read = read.bind(aggregate_type);
        self.events(read.bind(stored(position)).bind(limit)).await
    }

    pub(in crate::store) async fn erasures_after(
        &self,
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let read = sqlx::query(events!(
            "WHERE event_type IN ('erasure.requested', 'erasure.confirmed', 'thread.released', 'user.released') AND global_position > ?
             ORDER BY global_position LIMIT ?"
        ));
        self.events(read.bind(stored(position)).bind(limit)).await
    }

    pub(in crate::store) async fn read_named_after(
        &self,
        names: &[&str],
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let names =
            serde_json::to_string(names).map_err(|error| StoreError::Refused(error.to_string()))?;
        let read = sqlx::query(events!(
            "WHERE global_position > ? AND event_type IN (SELECT value FROM json_each(?))
             ORDER BY global_position LIMIT ?"
        ));
        let read = read.bind(stored(position)).bind(names);
        self.events(read.bind(limit)).await
    }

    pub(super) async fn events<'q>(
        &self,
        read: Query<'q, Sqlite, SqliteArguments<'q>>,
    ) -> Result<Vec<Recorded>, StoreError> {
        let rows = read.fetch_all(&self.log).await.map_err(StoreError::of)?;
        let events: Result<_, sqlx::Error> = rows.iter().map(recorded).collect();
        events.map_err(StoreError::of)
    }
}

fn recorded(row: &SqliteRow) -> Result<Recorded, sqlx::Error> {
    Ok(Recorded {
        position: counted(row.try_get(0)?),
        recorded_at: row.try_get(1)?,
        aggregate_type: row.try_get(2)?,
        aggregate_id: row.try_get(3)?,
        sequence: counted(row.try_get(4)?),
        event_type: row.try_get(5)?,
        event_version: row.try_get(6)?,
        payload: row.try_get(7)?,
        metadata: row.try_get(8)?,
    })
}
