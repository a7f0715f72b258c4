//! What has grown too old.

use sqlx::{Row, postgres::PgRow};

use super::{
    super::{
        Recorded, StoreError,
        expiry::{Aged, AgedKey},
        log::{counted, stored},
    },
    PostgresStore, again,
    log::{columns, events},
};

impl PostgresStore {
    pub(in crate::store) async fn aged_keys(
        &self,
        before: u64,
        after: Option<&AgedKey>,
        limit: u32,
    ) -> Result<Vec<AgedKey>, StoreError> {
        let (day, kind, subject) = after.map_or((-1, "", ""), |key| {
            (
                stored(key.day),
                key.aggregate_type.as_str(),
                key.aggregate_id.as_str(),
            )
        });
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query(
                "SELECT day, subject_kind, subject FROM content_keys
                  WHERE day < $1 AND (day, subject_kind, subject) > ($2, $3, $4)
                    AND NOT EXISTS (SELECT 1 FROM held_erasures
                                     WHERE aggregate_type = subject_kind AND aggregate_id = subject)
                  ORDER BY day, subject_kind, subject LIMIT $5",
            )
            .bind(stored(before))
            .bind(day)
            .bind(kind)
            .bind(subject)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
        );
        let keys: Result<_, sqlx::Error> = rows?
            .iter()
            .map(|row| {
                Ok(AgedKey {
                    day: counted(row.try_get(0)?),
                    aggregate_type: row.try_get(1)?,
                    aggregate_id: row.try_get(2)?,
                })
            })
            .collect();
        keys.map_err(StoreError::of)
    }

    pub(in crate::store) async fn aged(
        &self,
        before: u64,
        held: bool,
    ) -> Result<Vec<Aged>, StoreError> {
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query(
                "SELECT subject_kind, count(DISTINCT subject), min(day) FROM content_keys
                  WHERE day < $1 AND $2 = EXISTS (SELECT 1 FROM held_erasures
                                                   WHERE aggregate_type = subject_kind AND aggregate_id = subject)
                  GROUP BY subject_kind ORDER BY subject_kind",
            )
            .bind(stored(before))
            .bind(held)
            .fetch_all(&self.pool)
        );
        let aged: Result<_, sqlx::Error> = rows?
            .iter()
            .map(|row| {
                Ok(Aged {
                    aggregate_type: row.try_get(0)?,
                    count: counted(row.try_get(1)?),
                    oldest: counted(row.try_get(2)?),
                })
            })
            .collect();
        aged.map_err(StoreError::of)
    }

    pub(in crate::store) async fn expiries_after(
        &self,
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.events(|| {
            events!(
                "WHERE event_type IN ('content.expired', 'expiry.confirmed') AND global_position > $1
                 ORDER BY global_position LIMIT $2"
            )
            .bind(stored(position))
            .bind(i64::from(limit))
        })
        .await
    }

    pub(in crate::store) async fn expiries_back(
        &self,
        aggregate_type: &str,
        id: &str,
        before_sequence: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.events(|| {
            events!(
                "WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence < $3
                   AND event_type IN ('content.expired', 'expiry.confirmed') ORDER BY sequence DESC LIMIT $4"
            )
            .bind(aggregate_type)
            .bind(id)
            .bind(stored(before_sequence))
            .bind(i64::from(limit))
        })
        .await
    }
}
