//! Erasures, and what they leave in files.

use std::{sync::Arc, time::Duration};

use sqlx::{ConnectOptions, Connection, Row, sqlite::SqliteConnectOptions};
use uuid::Uuid;

use super::{
    super::{
        StoreError,
        erasure::{self, Erasure, Inner},
        error::is_away,
        log::{counted, stored},
        sealing::beginning_of,
    },
    SqliteStore,
    holds::{IS_HELD, listed},
    writer::{Statement, Writer},
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
    pub(in crate::store) async fn subscriber_position(
        &self,
        subscriber: &str,
    ) -> Result<u64, StoreError> {
        sqlx::query_scalar("SELECT position FROM subscribers WHERE name = ?")
            .bind(subscriber)
            .fetch_one(&self.log)
            .await
            .map(counted)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn watch(
        &self,
        subscriber: &'static str,
    ) -> Result<Option<erasure::Watch>, StoreError> {
        Ok(Some(erasure::Watch(Inner::Sqlite(Watch {
            position: self.subscriber_position(subscriber).await?,
            subscriber,
            writer: Arc::clone(&self.log_writer),
        }))))
    }

    pub(in crate::store) async fn destroy_keys_of(
        &self,
        erasure: &Erasure,
        aggregate_type: &str,
        aggregate_id: &str,
        held_by: &[String],
    ) -> Result<bool, StoreError> {
        let destroy = keys_of(erasure, aggregate_type, aggregate_id);
        self.destroy_unless_held(erasure, "keys", destroy, held_by)
            .await
    }

    pub(in crate::store) async fn destroy_copies(
        &self,
        erasure: &Erasure,
    ) -> Result<(), StoreError> {
        // Found by reading all of them (of that time), which should keep nobody from writing.
        let commands: Vec<String> = sqlx::query_scalar(
            "SELECT command_id FROM commands
              WHERE aggregate_type = ? AND aggregate_id = ? AND last_position < ? AND recorded_at < ?",
        )
        .bind(&erasure.aggregate_type)
        .bind(&erasure.aggregate_id)
        .bind(stored(erasure.position))
        .bind(erasure.before.map_or(i64::MAX, beginning_of))
        .fetch_all(&self.log)
        .await
        .map_err(StoreError::of)?;
        self.destroy_commands(erasure, &commands).await?;
        let forget = sqlx::query(
            "DELETE FROM snapshots WHERE aggregate_type = ? AND aggregate_id = ? AND last_sequence < ?
             RETURNING 1",
        );
        let forget = forget
            .bind(&erasure.aggregate_type)
            .bind(&erasure.aggregate_id)
            .bind(stored(erasure.sequence));
        self.destroy(erasure, "snapshots", forget).await
    }

    pub(in crate::store) async fn destroy_commands_of(
        &self,
        erasure: &Erasure,
        aggregate_type: &str,
        ids: &[String],
    ) -> Result<(), StoreError> {
        // Found as the erased one's own.
        let commands: Vec<String> = sqlx::query_scalar(
            "SELECT command_id FROM commands
              WHERE aggregate_type = ? AND aggregate_id IN (SELECT value FROM json_each(?))",
        )
        .bind(aggregate_type)
        .bind(listed(ids)?)
        .fetch_all(&self.log)
        .await
        .map_err(StoreError::of)?;
        self.destroy_commands(erasure, &commands).await
    }

    async fn destroy_commands(
        &self,
        erasure: &Erasure,
        commands: &[String],
    ) -> Result<(), StoreError> {
        let forget = sqlx::query(
            "DELETE FROM commands WHERE command_id IN (SELECT value FROM json_each(?)) RETURNING 1",
        );
        let forget = forget.bind(listed(commands)?);
        self.destroy(erasure, "commands", forget).await
    }

    pub(in crate::store) async fn destroy_credentials(
        &self,
        erasure: &Erasure,
        ids: &[Uuid],
        held_by: &[String],
    ) -> Result<bool, StoreError> {
        let ids: Vec<_> = ids.iter().map(Uuid::to_string).collect();
        let listed =
            serde_json::to_string(&ids).map_err(|error| StoreError::Refused(error.to_string()))?;
        let destroy = sqlx::query(
            "DELETE FROM credentials WHERE id IN (SELECT value FROM json_each(?)) RETURNING 1",
        );
        self.destroy_unless_held(erasure, "credentials", destroy.bind(listed), held_by)
            .await
    }

    /// Destroys, and counts the answered rows in the same transaction.
    pub(super) async fn destroy(
        &self,
        erasure: &Erasure,
        store: &str,
        destruction: Statement<'_>,
    ) -> Result<(), StoreError> {
        let destroyed = self.destroy_unless_held(erasure, store, destruction, &[]);
        destroyed.await.map(drop)
    }

    /// The same, unless one of these threads and users is held; whether it was done.
    async fn destroy_unless_held(
        &self,
        erasure: &Erasure,
        store: &str,
        destruction: Statement<'_>,
        held_by: &[String],
    ) -> Result<bool, StoreError> {
        let held_by = listed(held_by)?;
        let mut writer = self.log_writer.lock().await.map_err(StoreError::of)?;
        let destroying = async {
            writer.run(sqlx::query("BEGIN IMMEDIATE")).await?;
            let held = writer.run(sqlx::query(IS_HELD).bind(held_by)).await?;
            if !held.is_empty() {
                writer.run(sqlx::query("ROLLBACK")).await?;
                return Ok(false);
            }
            let destroyed = writer.run(destruction).await?.len() as u64;
            if destroyed > 0 {
                writer.run(note(erasure, store, destroyed)).await?;
            }
            writer.run(sqlx::query("COMMIT")).await?;
            Ok(true)
        };
        let destroyed = destroying.await.map_err(StoreError::of)?;
        writer.release();
        Ok(destroyed)
    }

    pub(in crate::store) async fn note_destroyed(
        &self,
        erasure: &Erasure,
        store: &str,
        items: u64,
    ) -> Result<(), StoreError> {
        let noted = self.log_writer.run(note(erasure, store, items)).await;
        noted.map(drop).map_err(StoreError::of)
    }

    pub(in crate::store) async fn destroyed(
        &self,
        erasure: &Erasure,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        sqlx::query_as(
            "SELECT store, items FROM destroyed
              WHERE aggregate_type = ? AND aggregate_id = ? AND erasure = ?",
        )
        .bind(&erasure.aggregate_type)
        .bind(&erasure.aggregate_id)
        .bind(stored(erasure.number))
        .fetch_all(&self.log)
        .await
        .map_err(StoreError::of)
    }

    pub(in crate::store) async fn half_destroyed(
        &self,
        aggregate_type: &str,
    ) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar("SELECT DISTINCT aggregate_id FROM destroyed WHERE aggregate_type = ?")
            .bind(aggregate_type)
            .fetch_all(&self.log)
            .await
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn forget_destroyed(
        &self,
        erasure: &Erasure,
    ) -> Result<(), StoreError> {
        let forget = sqlx::query(
            "DELETE FROM destroyed WHERE aggregate_type = ? AND aggregate_id = ? AND erasure <= ?",
        );
        let forget = forget
            .bind(&erasure.aggregate_type)
            .bind(&erasure.aggregate_id)
            .bind(stored(erasure.number));
        let forgotten = self.log_writer.run(forget).await;
        forgotten.map(drop).map_err(StoreError::of)
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

/// The end of an aggregate's keys, or of those of old days.
fn keys_of<'q>(erasure: &Erasure, aggregate_type: &'q str, aggregate_id: &'q str) -> Statement<'q> {
    let (destroy, bound) = match erasure.before {
        None => (
            "DELETE FROM content_keys WHERE subject_kind = ? AND subject = ? AND epoch < ? RETURNING 1",
            erasure.number,
        ),
        Some(day) => (
            "DELETE FROM content_keys WHERE subject_kind = ? AND subject = ? AND day < ? RETURNING 1",
            day,
        ),
    };
    sqlx::query(destroy)
        .bind(aggregate_type)
        .bind(aggregate_id)
        .bind(stored(bound))
}

/// Adds to what was destroyed for it.
fn note<'q>(erasure: &'q Erasure, store: &'q str, items: u64) -> Statement<'q> {
    let note = sqlx::query(
        "INSERT INTO destroyed (aggregate_type, aggregate_id, erasure, store, items)
         VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (aggregate_type, aggregate_id, erasure, store) DO UPDATE SET items = items + excluded.items",
    );
    note.bind(&erasure.aggregate_type)
        .bind(&erasure.aggregate_id)
        .bind(stored(erasure.number))
        .bind(store)
        .bind(stored(items))
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
