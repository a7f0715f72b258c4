//! The small tables beside the log.

use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    super::{
        CommandRecord, StoreError,
        log::{counted, stored},
    },
    SqliteStore,
};

impl SqliteStore {
    pub(in crate::store) async fn command(
        &self,
        id: Uuid,
    ) -> Result<Option<CommandRecord>, StoreError> {
        let row = sqlx::query("SELECT * FROM commands WHERE command_id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.log)
            .await
            .map_err(StoreError::of)?;
        row.as_ref()
            .map(command_of)
            .transpose()
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn note_command(
        &self,
        record: &CommandRecord,
    ) -> Result<(), StoreError> {
        let note = sqlx::query(
            "INSERT INTO commands (command_id, submission, fingerprint, aggregate_type, aggregate_id,
                                   first_position, last_position, first_sequence, recorded_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        );
        let note = note
            .bind(record.command_id.to_string())
            .bind(Uuid::new_v4().to_string())
            .bind(record.fingerprint.map(|bytes| bytes.to_vec()))
            .bind(record.aggregate_type.as_str())
            .bind(record.aggregate_id.as_str())
            .bind(stored(record.first_position))
            .bind(stored(record.last_position))
            .bind(stored(record.first_sequence))
            .bind(record.recorded_at);
        self.log_writer
            .run(note)
            .await
            .map(drop)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn forget_commands(
        &self,
        older_than: i64,
    ) -> Result<u64, StoreError> {
        let forget = sqlx::query("DELETE FROM commands WHERE recorded_at < ? RETURNING 1");
        let forgotten = self.log_writer.run(forget.bind(older_than)).await;
        forgotten
            .map(|rows| rows.len() as u64)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn reservation(
        &self,
        kind: &str,
        key: &str,
    ) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar("SELECT aggregate_id FROM reservations WHERE kind = ? AND key = ?")
            .bind(kind)
            .bind(key)
            .fetch_optional(&self.log)
            .await
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn count_reservations(&self, kind: &str) -> Result<u64, StoreError> {
        sqlx::query_scalar("SELECT count(*) FROM reservations WHERE kind = ?")
            .bind(kind)
            .fetch_one(&self.log)
            .await
            .map(counted)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn put_credential(
        &self,
        id: Uuid,
        hash: &str,
    ) -> Result<(), StoreError> {
        let put =
            sqlx::query("INSERT INTO credentials (id, hash) VALUES (?, ?) ON CONFLICT DO NOTHING");
        let put = put.bind(id.to_string()).bind(hash);
        self.log_writer
            .run(put)
            .await
            .map(drop)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn credential(
        &self,
        id: Uuid,
    ) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar("SELECT hash FROM credentials WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.log)
            .await
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn forget_credential(&self, id: Uuid) -> Result<(), StoreError> {
        let forget = sqlx::query("DELETE FROM credentials WHERE id = ?");
        self.log_writer
            .run(forget.bind(id.to_string()))
            .await
            .map(drop)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn save_snapshot(
        &self,
        aggregate_type: &str,
        id: &str,
        sequence: u64,
        state_json: &str,
    ) -> Result<(), StoreError> {
        let save = sqlx::query(
            "INSERT INTO snapshots (aggregate_type, aggregate_id, last_sequence, current_snapshot, payload)
             VALUES (?, ?, ?, 1, ?)
             ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE
             SET last_sequence = excluded.last_sequence, current_snapshot = current_snapshot + 1,
                 payload = excluded.payload
             WHERE excluded.last_sequence > last_sequence",
        );
        let save = save
            .bind(aggregate_type)
            .bind(id)
            .bind(stored(sequence))
            .bind(state_json);
        self.log_writer
            .run(save)
            .await
            .map(drop)
            .map_err(StoreError::of)
    }
}

/// A row of `commands`.
pub(super) fn command_of(row: &SqliteRow) -> Result<CommandRecord, sqlx::Error> {
    let fingerprint: Option<Vec<u8>> = row.try_get("fingerprint")?;
    Ok(CommandRecord {
        command_id: uuid(row, "command_id")?,
        fingerprint: fingerprint
            .map(|bytes| {
                <[u8; 32]>::try_from(bytes)
                    .map_err(|_| sqlx::Error::Decode("a fingerprint has 32 bytes".into()))
            })
            .transpose()?,
        aggregate_type: row.try_get("aggregate_type")?,
        aggregate_id: row.try_get("aggregate_id")?,
        first_position: counted(row.try_get("first_position")?),
        last_position: counted(row.try_get("last_position")?),
        first_sequence: counted(row.try_get("first_sequence")?),
        recorded_at: row.try_get("recorded_at")?,
    })
}

/// Ids are text here, so that JSON parameters can carry them.
pub(super) fn uuid(row: &SqliteRow, column: &str) -> Result<Uuid, sqlx::Error> {
    Uuid::parse_str(row.try_get(column)?).map_err(|error| sqlx::Error::Decode(error.into()))
}
