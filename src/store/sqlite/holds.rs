//! Legal holds.

use sqlx::{Row, sqlite::SqliteRow};

use super::{
    super::{
        StoreError,
        holds::HeldErasure,
        log::{counted, stored},
    },
    SqliteStore,
    writer::Statement,
};

/// Whether one of a JSON list of ids is held.
pub(super) const IS_HELD: &str = "SELECT 1 FROM reservations
    WHERE kind = 'hold' AND aggregate_id IN (SELECT value FROM json_each(?)) LIMIT 1";

impl SqliteStore {
    pub(in crate::store) async fn is_held(&self, ids: &[String]) -> Result<bool, StoreError> {
        let held = sqlx::query(IS_HELD).bind(listed(ids)?);
        let held = held.fetch_optional(&self.log).await;
        Ok(held.map_err(StoreError::of)?.is_some())
    }

    pub(in crate::store) async fn is_waiting(
        &self,
        aggregate_type: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM held_erasures WHERE aggregate_type = ? AND aggregate_id = ?)",
        )
        .bind(aggregate_type)
        .bind(id)
        .fetch_one(&self.log)
        .await
        .map_err(StoreError::of)
    }

    pub(in crate::store) async fn note_held(
        &self,
        waiting: &HeldErasure,
    ) -> Result<(), StoreError> {
        let note: Statement<'_> = sqlx::query(
            "INSERT INTO held_erasures (aggregate_type, aggregate_id, position, sequence, requested_at, owner)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET position = excluded.position,
                 sequence = excluded.sequence, requested_at = excluded.requested_at, owner = excluded.owner
              WHERE excluded.position >= held_erasures.position",
        );
        let note = note
            .bind(&waiting.aggregate_type)
            .bind(&waiting.aggregate_id)
            .bind(stored(waiting.position))
            .bind(stored(waiting.sequence))
            .bind(waiting.requested_at)
            .bind(&waiting.owner);
        let noted = self.log_writer.run(note).await;
        noted.map(drop).map_err(StoreError::of)
    }

    pub(in crate::store) async fn forget_held(&self, done: &HeldErasure) -> Result<(), StoreError> {
        let forget = sqlx::query(
            "DELETE FROM held_erasures WHERE aggregate_type = ? AND aggregate_id = ? AND position <= ?",
        );
        let forget = forget
            .bind(&done.aggregate_type)
            .bind(&done.aggregate_id)
            .bind(stored(done.position));
        let forgotten = self.log_writer.run(forget).await;
        forgotten.map(drop).map_err(StoreError::of)
    }

    pub(in crate::store) async fn released_erasures(
        &self,
        limit: u32,
    ) -> Result<Vec<HeldErasure>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM held_erasures AS waiting
              WHERE NOT EXISTS (SELECT 1 FROM reservations WHERE kind = 'hold'
                                   AND aggregate_id IN (waiting.aggregate_id, waiting.owner))
              ORDER BY position LIMIT ?",
        );
        let rows = rows.bind(limit).fetch_all(&self.log).await;
        rows.and_then(|rows| rows.iter().map(waiting).collect())
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn erasures_held_by(
        &self,
        subject: &str,
        limit: u32,
    ) -> Result<(Vec<HeldErasure>, u64), StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM held_erasures WHERE aggregate_id = ?1 OR owner = ?1 ORDER BY position LIMIT ?2",
        );
        let rows = rows.bind(subject).bind(limit).fetch_all(&self.log).await;
        let rows: Result<_, sqlx::Error> = rows.and_then(|rows| rows.iter().map(waiting).collect());
        let count = sqlx::query_scalar(
            "SELECT count(*) FROM held_erasures WHERE aggregate_id = ?1 OR owner = ?1",
        );
        let count = count.bind(subject).fetch_one(&self.log).await;
        Ok((
            rows.map_err(StoreError::of)?,
            counted(count.map_err(StoreError::of)?),
        ))
    }
}

/// A list of ids as JSON.
pub(super) fn listed(ids: &[String]) -> Result<String, StoreError> {
    serde_json::to_string(ids).map_err(|error| StoreError::Refused(error.to_string()))
}

fn waiting(row: &SqliteRow) -> Result<HeldErasure, sqlx::Error> {
    Ok(HeldErasure {
        aggregate_type: row.try_get("aggregate_type")?,
        aggregate_id: row.try_get("aggregate_id")?,
        position: counted(row.try_get("position")?),
        sequence: counted(row.try_get("sequence")?),
        requested_at: row.try_get("requested_at")?,
        owner: row.try_get("owner")?,
    })
}
