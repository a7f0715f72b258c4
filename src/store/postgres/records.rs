//! The small tables beside the log.

use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{
    super::{
        CommandRecord, StoreError,
        log::{counted, stored},
    },
    PostgresStore, again,
};

impl PostgresStore {
    pub(in crate::store) async fn command(
        &self,
        id: Uuid,
    ) -> Result<Option<CommandRecord>, StoreError> {
        let row: Result<_, StoreError> = again!(
            self,
            sqlx::query("SELECT * FROM commands WHERE command_id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
        );
        row?.as_ref()
            .map(command_of)
            .transpose()
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn note_command(
        &self,
        record: &CommandRecord,
    ) -> Result<(), StoreError> {
        let noted = again!(
            self,
            sqlx::query(
                "INSERT INTO commands (command_id, submission, fingerprint, aggregate_type, aggregate_id,
                                       first_position, last_position, first_sequence, recorded_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING"
            )
            .bind(record.command_id)
            .bind(Uuid::new_v4())
            .bind(record.fingerprint.map(|bytes| bytes.to_vec()))
            .bind(record.aggregate_type.as_str())
            .bind(record.aggregate_id.as_str())
            .bind(stored(record.first_position))
            .bind(stored(record.last_position))
            .bind(stored(record.first_sequence))
            .bind(record.recorded_at)
            .execute(&self.pool)
        );
        noted.map(drop)
    }

    pub(in crate::store) async fn forget_commands(
        &self,
        older_than: i64,
    ) -> Result<u64, StoreError> {
        let forgotten = again!(
            self,
            sqlx::query("DELETE FROM commands WHERE recorded_at < $1")
                .bind(older_than)
                .execute(&self.pool)
        );
        forgotten.map(|done| done.rows_affected())
    }

    pub(in crate::store) async fn reservation(
        &self,
        kind: &str,
        key: &str,
    ) -> Result<Option<String>, StoreError> {
        again!(
            self,
            sqlx::query_scalar(
                "SELECT aggregate_id FROM reservations WHERE kind = $1 AND key = $2"
            )
            .bind(kind)
            .bind(key)
            .fetch_optional(&self.pool)
        )
    }

    pub(in crate::store) async fn count_reservations(&self, kind: &str) -> Result<u64, StoreError> {
        let count: Result<i64, StoreError> = again!(
            self,
            sqlx::query_scalar("SELECT count(*) FROM reservations WHERE kind = $1")
                .bind(kind)
                .fetch_one(&self.pool)
        );
        count.map(counted)
    }

    pub(in crate::store) async fn put_credential(
        &self,
        id: Uuid,
        hash: &str,
    ) -> Result<(), StoreError> {
        let put = again!(
            self,
            sqlx::query(
                "INSERT INTO credentials (id, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING"
            )
            .bind(id)
            .bind(hash)
            .execute(&self.pool)
        );
        put.map(drop)
    }

    pub(in crate::store) async fn credential(
        &self,
        id: Uuid,
    ) -> Result<Option<String>, StoreError> {
        again!(
            self,
            sqlx::query_scalar("SELECT hash FROM credentials WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
        )
    }

    pub(in crate::store) async fn forget_credential(&self, id: Uuid) -> Result<(), StoreError> {
        let forgotten = again!(
            self,
            sqlx::query("DELETE FROM credentials WHERE id = $1")
                .bind(id)
                .execute(&self.pool)
        );
        forgotten.map(drop)
    }

    pub(in crate::store) async fn save_snapshot(
        &self,
        aggregate_type: &str,
        id: &str,
        sequence: u64,
        state_json: &str,
    ) -> Result<(), StoreError> {
        let saved = again!(
            self,
            sqlx::query(
                "INSERT INTO snapshots AS kept
                        (aggregate_type, aggregate_id, last_sequence, current_snapshot, payload)
                 VALUES ($1, $2, $3, 1, $4::text::json)
                 ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE
                 SET last_sequence = excluded.last_sequence, current_snapshot = kept.current_snapshot + 1,
                     payload = excluded.payload
                 WHERE excluded.last_sequence > kept.last_sequence",
            )
            .bind(aggregate_type)
            .bind(id)
            .bind(stored(sequence))
            .bind(state_json)
            .execute(&self.pool)
        );
        saved.map(drop)
    }
}

/// A row of `commands`.
fn command_of(row: &PgRow) -> Result<CommandRecord, sqlx::Error> {
    Ok(CommandRecord {
        command_id: row.try_get("command_id")?,
        fingerprint: fingerprint(row)?,
        aggregate_type: row.try_get("aggregate_type")?,
        aggregate_id: row.try_get("aggregate_id")?,
        first_position: counted(row.try_get("first_position")?),
        last_position: counted(row.try_get("last_position")?),
        first_sequence: counted(row.try_get("first_sequence")?),
        recorded_at: row.try_get("recorded_at")?,
    })
}

/// The row's fingerprint, when there is one.
pub(super) fn fingerprint(row: &PgRow) -> Result<Option<[u8; 32]>, sqlx::Error> {
    let bytes: Option<Vec<u8>> = row.try_get("fingerprint")?;
    let wrong = |_| sqlx::Error::Decode("a fingerprint has 32 bytes".into());
    bytes
        .map(|bytes| bytes.try_into().map_err(wrong))
        .transpose()
}
