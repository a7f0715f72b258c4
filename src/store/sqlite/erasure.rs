//! Erasures, and what they leave in files.

use std::{sync::Arc, time::Duration};

use sqlx::{ConnectOptions, Connection, Row, sqlite::SqliteConnectOptions};

use super::{
    super::{
        StoreError,
        erasure::{self, Copies, Inner},
        error::is_away,
        log::{counted, stored},
    },
    SqliteStore,
    writer::Writer,
};

/// How long the emptying of a file waits for readers and writers, who wait as long for it.
const MOMENT: Duration = Duration::from_millis(50);

/// The only process with subscribers is the one that has the data directory.
#[derive(Debug)]
pub(in crate::store) struct Watch {
    pub(in crate::store) position: u64,
    subscriber: &'static str,
    writer: Arc<Writer>,
}

impl Watch {
    pub(in crate::store) async fn move_to(self, position: u64) -> Result<(), StoreError> {
        let go = sqlx::query("UPDATE subscribers SET position = max(position, ?) WHERE name = ?");
        let go = go.bind(stored(position)).bind(self.subscriber);
        self.writer.run(go).await.map(drop).map_err(StoreError::of)
    }
}

impl SqliteStore {
    pub(in crate::store) async fn watch(
        &self,
        subscriber: &'static str,
    ) -> Result<Option<erasure::Watch>, StoreError> {
        let position = sqlx::query_scalar("SELECT position FROM subscribers WHERE name = ?")
            .bind(subscriber)
            .fetch_one(&self.log)
            .await
            .map_err(StoreError::of)?;
        Ok(Some(erasure::Watch(Inner::Sqlite(Watch {
            position: counted(position),
            subscriber,
            writer: Arc::clone(&self.log_writer),
        }))))
    }

    pub(in crate::store) async fn destroy_copies(
        &self,
        aggregate_type: &str,
        id: &str,
        position: u64,
        sequence: u64,
    ) -> Result<Copies, StoreError> {
        // Found by reading all of them, which should keep nobody from writing.
        let commands: Vec<String> = sqlx::query_scalar(
            "SELECT command_id FROM commands
              WHERE aggregate_type = ? AND aggregate_id = ? AND last_position < ?",
        )
        .bind(aggregate_type)
        .bind(id)
        .bind(stored(position))
        .fetch_all(&self.log)
        .await
        .map_err(StoreError::of)?;
        let listed = serde_json::to_string(&commands)
            .map_err(|error| StoreError::Refused(error.to_string()))?;
        let forget = sqlx::query(
            "DELETE FROM commands WHERE command_id IN (SELECT value FROM json_each(?))",
        );
        self.log_writer
            .run(forget.bind(listed))
            .await
            .map_err(StoreError::of)?;
        let forget = sqlx::query(
            "DELETE FROM snapshots WHERE aggregate_type = ? AND aggregate_id = ? AND last_sequence < ?
             RETURNING 1",
        );
        let forget = forget.bind(aggregate_type).bind(id).bind(stored(sequence));
        let snapshots = self.log_writer.run(forget).await.map_err(StoreError::of)?;
        Ok(Copies {
            commands: commands.len() as u64,
            snapshots: snapshots.len() as u64,
        })
    }

    pub(in crate::store) async fn empty_wal(&self) -> Result<Option<u64>, StoreError> {
        for file in [&self.log, &self.drafts] {
            if !empty_wal_of(&file.connect_options())
                .await
                .map_err(StoreError::of)?
            {
                return Ok(None);
            }
        }
        Ok(Some(2))
    }
}

/// Empties the write-ahead log of one file, by a connection of its own; `false` while others are at work.
pub(crate) async fn empty_wal_of(options: &SqliteConnectOptions) -> Result<bool, sqlx::Error> {
    let mut connection = options.clone().busy_timeout(MOMENT).connect().await?;
    let emptied = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(&mut connection)
        .await;
    // It holds nothing that could be lost.
    let _ = connection.close().await;
    match emptied {
        Ok(row) => Ok(row.try_get::<i64, _>(0)? == 0),
        Err(error) if is_away(&error) => Ok(false),
        Err(error) => Err(error),
    }
}
