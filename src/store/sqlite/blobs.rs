//! The table of blobs.

use uuid::Uuid;

use super::{
    super::{Erasure, StoreError, log::stored},
    SqliteStore,
};
use crate::clock;

/// What an aggregate's messages had with them, and the pieces of a document.
const NAMED: &str = r#"
SELECT attached.value ->> 'blob'
  FROM events, json_each(payload, CASE event_type WHEN 'message.sent' THEN '$."message.sent".attachments'
                                                  ELSE '$."ingest.received".pieces' END) AS attached
 WHERE aggregate_type = ? AND aggregate_id = ? AND event_type IN ('message.sent', 'ingest.received') AND sequence < ?"#;

// Nobody may name them again: a repeated send would name what is gone.
const DESTROY: &str = "
UPDATE reservations SET aggregate_id = '' WHERE kind = 'blob' AND key IN (SELECT value FROM json_each(?));
DELETE FROM blobs WHERE id IN (SELECT value FROM json_each(?)) RETURNING 1;
";

const DESTROY_UNCLAIMED: &str = "
BEGIN IMMEDIATE;
INSERT INTO reservations (kind, key, aggregate_id)
SELECT 'blob', value, '' FROM json_each(?) WHERE true ON CONFLICT DO NOTHING;
DELETE FROM blobs WHERE id IN (
    SELECT value FROM json_each(?) JOIN reservations ON kind = 'blob' AND reservations.key = value
     WHERE aggregate_id = '')
RETURNING 1;
COMMIT;
";

impl SqliteStore {
    pub(in crate::store) async fn put_blob(
        &self,
        id: Uuid,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        let put = sqlx::query("INSERT INTO blobs (id, written_at, bytes) VALUES (?, ?, ?)")
            .bind(id.to_string())
            .bind(clock::now_micros())
            .bind(sealed);
        let put = self.log_writer.run(put).await;
        put.map(drop).map_err(StoreError::of)
    }

    pub(in crate::store) async fn blob(&self, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar("SELECT bytes FROM blobs WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.log)
            .await
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn unclaimed(
        &self,
        from: i64,
        to: i64,
        limit: u32,
    ) -> Result<Vec<Uuid>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM blobs WHERE written_at >= ? AND written_at < ?
                AND NOT EXISTS (SELECT 1 FROM reservations WHERE kind = 'blob' AND key = blobs.id)
              LIMIT ?",
        )
        .bind(from)
        .bind(to)
        .bind(limit)
        .fetch_all(&self.log)
        .await
        .map_err(StoreError::of)?;
        ids.iter()
            .map(|id| id.parse())
            .collect::<Result<_, uuid::Error>>()
            .map_err(|error| StoreError::Unreadable(error.to_string()))
    }

    pub(in crate::store) async fn destroy_unclaimed(
        &self,
        ids: &[Uuid],
    ) -> Result<u64, StoreError> {
        let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        let ids =
            serde_json::to_string(&ids).map_err(|error| StoreError::Refused(error.to_string()))?;
        let destroy = sqlx::query(DESTROY_UNCLAIMED).bind(ids.clone()).bind(ids);
        let destroyed = self.log_writer.run(destroy).await;
        destroyed
            .map(|rows| rows.len() as u64)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn destroy_blobs(
        &self,
        erasure: &Erasure,
    ) -> Result<(), StoreError> {
        // Found by reading all that was said, which should keep nobody from writing.
        let named: Vec<String> = sqlx::query_scalar(NAMED)
            .bind(&erasure.aggregate_type)
            .bind(&erasure.aggregate_id)
            .bind(stored(erasure.sequence))
            .fetch_all(&self.log)
            .await
            .map_err(StoreError::of)?;
        if named.is_empty() {
            return Ok(());
        }
        let listed = serde_json::to_string(&named)
            .map_err(|error| StoreError::Refused(error.to_string()))?;
        let destroy = sqlx::query(DESTROY).bind(listed.clone()).bind(listed);
        self.destroy(erasure, "blobs", destroy).await
    }
}
