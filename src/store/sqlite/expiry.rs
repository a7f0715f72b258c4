//! What has grown too old.

use sqlx::Row;

use super::{
    super::{
        Recorded, StoreError,
        expiry::{Aged, AgedKey},
        log::{counted, stored},
    },
    SqliteStore,
    log::events,
};

impl SqliteStore {
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
        let read = sqlx::query(
            "SELECT day, subject_kind, subject FROM content_keys
              WHERE day < ? AND (day, subject_kind, subject) > (?, ?, ?)
                AND NOT EXISTS (SELECT 1 FROM held_erasures
                                 WHERE aggregate_type = subject_kind AND aggregate_id = subject)
              ORDER BY day, subject_kind, subject LIMIT ?",
        );
        let rows = read
            .bind(stored(before))
            .bind(day)
            .bind(kind)
            .bind(subject)
            .bind(limit)
            .fetch_all(&self.log)
            .await
            .map_err(StoreError::of)?;
        let keys: Result<_, sqlx::Error> = rows
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
        let read = sqlx::query(
            "SELECT subject_kind, count(DISTINCT subject), min(day) FROM content_keys
              WHERE day < ? AND ? = EXISTS (SELECT 1 FROM held_erasures
                                             WHERE aggregate_type = subject_kind AND aggregate_id = subject)
              GROUP BY subject_kind ORDER BY subject_kind",
        );
        let rows = read
            .bind(stored(before))
            .bind(held)
            .fetch_all(&self.log)
            .await
            .map_err(StoreError::of)?;
        let aged: Result<_, sqlx::Error> = rows
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
        let read = sqlx::query(events!(
            "WHERE event_type IN ('content.expired', 'expiry.confirmed') AND global_position > ?
             ORDER BY global_position LIMIT ?"
        ));
        self.events(read.bind(stored(position)).bind(limit)).await
    }

    pub(in crate::store) async fn expiries_back(
        &self,
        aggregate_type: &str,
        id: &str,
        before_sequence: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let read = sqlx::query(events!(
            "WHERE aggregate_type = ? AND aggregate_id = ? AND sequence < ?
               AND +event_type IN ('content.expired', 'expiry.confirmed') ORDER BY sequence DESC LIMIT ?"
        ));
        let read = read.bind(aggregate_type).bind(id);
        self.events(read.bind(stored(before_sequence)).bind(limit))
            .await
    }
}
