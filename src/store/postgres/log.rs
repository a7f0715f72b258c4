//! Reading the log.

use sqlx::{
    Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use uuid::Uuid;

use super::{
    super::{
        Recorded, StoreError,
        log::{counted, stored},
    },
    PostgresStore, again,
};

/// The columns of [`Recorded`].
macro_rules! columns {
    () => {
        "global_position, recorded_at, aggregate_type, aggregate_id, sequence, event_type, event_version, \
         payload::text, metadata::text"
    };
}
pub(super) use columns;

/// A select over `events` with these columns.
macro_rules! events {
    ($rest:literal) => {
        sqlx::query(concat!("SELECT ", columns!(), " FROM events ", $rest))
    };
}
pub(super) use events;

impl PostgresStore {
    pub(in crate::store) async fn log_id(&self) -> Result<Uuid, StoreError> {
        again!(
            self,
            sqlx::query_scalar("SELECT log_id FROM log_head").fetch_one(&self.pool)
        )
    }

    pub(in crate::store) async fn head(&self) -> Result<u64, StoreError> {
        let head = again!(
            self,
            sqlx::query_scalar("SELECT position FROM log_head").fetch_one(&self.pool)
        );
        head.map(counted)
    }

    pub(in crate::store) async fn last_recorded_at(&self) -> Result<i64, StoreError> {
        again!(
            self,
            sqlx::query_scalar("SELECT recorded_at FROM log_head").fetch_one(&self.pool)
        )
    }

    pub(in crate::store) async fn clock(&self) -> Result<i64, StoreError> {
        again!(
            self,
            sqlx::query_scalar("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
                .fetch_one(&self.pool)
        )
    }

    pub(in crate::store) async fn read_after(
        &self,
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.events(|| {
            events!("WHERE global_position > $1 ORDER BY global_position LIMIT $2")
                .bind(stored(position))
                .bind(i64::from(limit))
        })
        .await
    }

    pub(in crate::store) async fn read_span(
        &self,
        first: u64,
        last: u64,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.events(|| {
            events!("WHERE global_position BETWEEN $1 AND $2 ORDER BY global_position")
                .bind(stored(first))
                .bind(stored(last))
        })
        .await
    }

    pub(in crate::store) async fn read_back(
        &self,
        aggregate_type: &str,
        id: &str,
        before_sequence: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.events(|| {
            events!("WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence < $3 ORDER BY sequence DESC LIMIT $4")
                .bind(aggregate_type)
                .bind(id)
                .bind(stored(before_sequence))
                .bind(i64::from(limit))
        })
        .await
    }

    pub(in crate::store) async fn read_stream(
        &self,
        aggregate_type: &str,
        id: &str,
        after_sequence: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.events(|| {
            events!("WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4")
                .bind(aggregate_type)
                .bind(id)
                .bind(stored(after_sequence))
                .bind(i64::from(limit))
        })
        .await
    }

    pub(in crate::store) async fn read_type_after(
        &self,
        aggregate_type: &str,
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.events(|| {
            events!("WHERE aggregate_type = $1 AND global_position > $2 ORDER BY global_position LIMIT $3")
                .bind(aggregate_type)
                .bind(stored(position))
                .bind(i64::from(limit))
        })
        .await
    }

    pub(in crate::store) async fn erasures_after(
        &self,
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.events(|| {
            events!(
                "WHERE event_type IN ('erasure.requested', 'erasure.confirmed', 'thread.released', 'user.released') AND global_position > $1
                 ORDER BY global_position LIMIT $2"
            )
            .bind(stored(position))
            .bind(i64::from(limit))
        })
        .await
    }

    pub(in crate::store) async fn read_named_after(
        &self,
        names: &[&str],
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.events(|| {
            events!("WHERE global_position > $1 AND event_type = ANY($2) ORDER BY global_position LIMIT $3")
                .bind(stored(position))
                .bind(names.clone())
                .bind(i64::from(limit))
        })
        .await
    }

    pub(super) async fn events<'q>(
        &self,
        read: impl Fn() -> Query<'q, Postgres, PgArguments>,
    ) -> Result<Vec<Recorded>, StoreError> {
        let rows: Result<_, StoreError> = again!(self, read().fetch_all(&self.pool));
        let events: Result<_, sqlx::Error> = rows?.iter().map(recorded).collect();
        events.map_err(StoreError::of)
    }
}

fn recorded(row: &PgRow) -> Result<Recorded, sqlx::Error> {
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
