//! Legal holds.

use sqlx::{Row, postgres::PgRow};

use super::{
    super::{
        StoreError,
        holds::HeldErasure,
        log::{counted, stored},
    },
    PostgresStore, again,
};

/// Whether one of these ids is held.
pub(super) const IS_HELD: &str =
    "SELECT 1 FROM reservations WHERE kind = 'hold' AND aggregate_id = ANY($1) LIMIT 1";

impl PostgresStore {
    pub(in crate::store) async fn is_held(&self, ids: &[String]) -> Result<bool, StoreError> {
        let held: Result<Option<PgRow>, StoreError> = again!(
            self,
            sqlx::query(IS_HELD).bind(ids).fetch_optional(&self.pool)
        );
        Ok(held?.is_some())
    }

    pub(in crate::store) async fn is_waiting(
        &self,
        aggregate_type: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        again!(
            self,
            sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM held_erasures WHERE aggregate_type = $1 AND aggregate_id = $2)"
            )
            .bind(aggregate_type)
            .bind(id)
            .fetch_one(&self.pool)
        )
    }

    pub(in crate::store) async fn note_held(
        &self,
        waiting: &HeldErasure,
    ) -> Result<(), StoreError> {
        let noted: Result<_, StoreError> = again!(
            self,
            sqlx::query(
                "INSERT INTO held_erasures (aggregate_type, aggregate_id, position, sequence, requested_at, owner)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET position = excluded.position,
                     sequence = excluded.sequence, requested_at = excluded.requested_at, owner = excluded.owner
                  WHERE excluded.position >= held_erasures.position",
            )
            .bind(&waiting.aggregate_type)
            .bind(&waiting.aggregate_id)
            .bind(stored(waiting.position))
            .bind(stored(waiting.sequence))
            .bind(waiting.requested_at)
            .bind(&waiting.owner)
            .execute(&self.pool)
        );
        noted.map(drop)
    }

    pub(in crate::store) async fn forget_held(&self, done: &HeldErasure) -> Result<(), StoreError> {
        let forgotten: Result<_, StoreError> = again!(
            self,
            sqlx::query(
                "DELETE FROM held_erasures WHERE aggregate_type = $1 AND aggregate_id = $2 AND position <= $3",
            )
            .bind(&done.aggregate_type)
            .bind(&done.aggregate_id)
            .bind(stored(done.position))
            .execute(&self.pool)
        );
        forgotten.map(drop)
    }

    pub(in crate::store) async fn released_erasures(
        &self,
        limit: u32,
    ) -> Result<Vec<HeldErasure>, StoreError> {
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query(
                "SELECT * FROM held_erasures AS waiting
                  WHERE NOT EXISTS (SELECT 1 FROM reservations WHERE kind = 'hold'
                                       AND aggregate_id IN (waiting.aggregate_id, waiting.owner))
                  ORDER BY position LIMIT $1",
            )
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
        );
        let rows: Result<_, sqlx::Error> = rows?.iter().map(waiting).collect();
        rows.map_err(StoreError::of)
    }

    pub(in crate::store) async fn erasures_held_by(
        &self,
        subject: &str,
        limit: u32,
    ) -> Result<(Vec<HeldErasure>, u64), StoreError> {
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query(
                "SELECT * FROM held_erasures WHERE aggregate_id = $1 OR owner = $1 ORDER BY position LIMIT $2",
            )
            .bind(subject)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
        );
        let rows: Result<_, sqlx::Error> = rows?.iter().map(waiting).collect();
        let count: Result<i64, StoreError> = again!(
            self,
            sqlx::query_scalar(
                "SELECT count(*) FROM held_erasures WHERE aggregate_id = $1 OR owner = $1"
            )
            .bind(subject)
            .fetch_one(&self.pool)
        );
        Ok((rows.map_err(StoreError::of)?, counted(count?)))
    }
}

fn waiting(row: &PgRow) -> Result<HeldErasure, sqlx::Error> {
    Ok(HeldErasure {
        aggregate_type: row.try_get("aggregate_type")?,
        aggregate_id: row.try_get("aggregate_id")?,
        position: counted(row.try_get("position")?),
        sequence: counted(row.try_get("sequence")?),
        requested_at: row.try_get("requested_at")?,
        owner: row.try_get("owner")?,
    })
}
