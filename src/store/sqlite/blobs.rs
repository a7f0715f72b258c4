//! The table of blobs.

use uuid::Uuid;

use super::{
    super::{
        Erasure, StoreError,
        bucket::Bucket,
        log::{counted, stored},
    },
    SqliteStore,
};
use crate::clock;

/// What an aggregate's messages had with them, and the pieces of a document.
const NAMED: &str = r#"
SELECT attached.value ->> 'blob'
  FROM events, json_each(payload, CASE event_type WHEN 'message.sent' THEN '$."message.sent".attachments'
                                                  ELSE '$."ingest.received".pieces' END) AS attached
 WHERE aggregate_type = ?1 AND aggregate_id = ?2 AND event_type IN ('message.sent', 'ingest.received') AND sequence < ?3
 UNION ALL
SELECT attached.value ->> 'blob'
  FROM events, json_each(payload, '$."completion.requested".messages') AS said,
       json_each(said.value, '$.attachments') AS attached
 WHERE aggregate_type = ?1 AND aggregate_id = ?2 AND event_type = 'completion.requested' AND sequence < ?3"#;

// Nobody may name them again: a repeated send would name what is gone.
const DESTROY: &str = "
INSERT INTO doomed_blobs (id, aggregate_type, aggregate_id)
SELECT id, ?, ? FROM blobs WHERE length(bytes) = 0 AND id IN (SELECT value FROM json_each(?)) ON CONFLICT DO NOTHING;
UPDATE reservations SET aggregate_id = '' WHERE kind = 'blob' AND key IN (SELECT value FROM json_each(?));
DELETE FROM blobs WHERE id IN (SELECT value FROM json_each(?)) RETURNING 1;
";

const DESTROY_UNCLAIMED: &str = "
BEGIN IMMEDIATE;
INSERT INTO reservations (kind, key, aggregate_id)
SELECT 'blob', value, '' FROM json_each(?) WHERE true ON CONFLICT DO NOTHING;
INSERT INTO doomed_blobs (id, aggregate_type, aggregate_id)
SELECT id, '', '' FROM blobs WHERE length(bytes) = 0 AND id IN (
    SELECT value FROM json_each(?) JOIN reservations ON kind = 'blob' AND reservations.key = value
     WHERE aggregate_id = '')
ON CONFLICT DO NOTHING;
DELETE FROM blobs WHERE id IN (
    SELECT value FROM json_each(?) JOIN reservations ON kind = 'blob' AND reservations.key = value
     WHERE aggregate_id = '')
RETURNING 1;
COMMIT;
";

impl SqliteStore {
    pub(in crate::store) fn bucket(&self) -> Option<&Bucket> {
        self.bucket.as_ref()
    }

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

    /// Whether a commit has named it.
    pub(in crate::store) async fn is_claimed(&self, id: Uuid) -> Result<bool, StoreError> {
        let claimed = "SELECT EXISTS (SELECT 1 FROM reservations WHERE kind = 'blob' AND key = ? AND aggregate_id <> '')";
        sqlx::query_scalar(claimed)
            .bind(id.to_string())
            .fetch_one(&self.log)
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
        parsed(&ids)
    }

    pub(in crate::store) async fn destroy_unclaimed(
        &self,
        ids: &[Uuid],
    ) -> Result<u64, StoreError> {
        let ids = listed(ids)?;
        let destroy = sqlx::query(DESTROY_UNCLAIMED);
        let destroy = destroy.bind(ids.clone()).bind(ids.clone()).bind(ids);
        let destroyed = self.log_writer.run(destroy).await;
        destroyed
            .map(|rows| rows.len() as u64)
            .map_err(StoreError::of)
    }

    /// Those that an aggregate has named before this sequence.
    pub(in crate::store) async fn destroy_blobs_of(
        &self,
        erasure: &Erasure,
        aggregate_type: &str,
        aggregate_id: &str,
        before: u64,
    ) -> Result<(), StoreError> {
        // Found by reading all that was said, which should keep nobody from writing.
        let named: Vec<String> = sqlx::query_scalar(NAMED)
            .bind(aggregate_type)
            .bind(aggregate_id)
            .bind(stored(before))
            .fetch_all(&self.log)
            .await
            .map_err(StoreError::of)?;
        if named.is_empty() {
            return Ok(());
        }
        let listed = serde_json::to_string(&named)
            .map_err(|error| StoreError::Refused(error.to_string()))?;
        let destroy = sqlx::query(DESTROY)
            .bind(&erasure.aggregate_type)
            .bind(&erasure.aggregate_id)
            .bind(listed.clone())
            .bind(listed.clone())
            .bind(listed);
        self.destroy(erasure, "blobs", destroy).await
    }

    pub(in crate::store) async fn set_blob(
        &self,
        id: Uuid,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        let set = sqlx::query("UPDATE blobs SET bytes = ? WHERE id = ?");
        let set = self
            .log_writer
            .change(set.bind(sealed).bind(id.to_string()));
        set.await.map(drop).map_err(StoreError::of)
    }

    pub(in crate::store) async fn drop_blob(&self, id: Uuid) -> Result<(), StoreError> {
        let drop_it = sqlx::query("DELETE FROM blobs WHERE id = ?").bind(id.to_string());
        let dropped = self.log_writer.change(drop_it).await;
        dropped.map(drop).map_err(StoreError::of)
    }

    pub(in crate::store) async fn count_blobs(&self, elsewhere: bool) -> Result<u64, StoreError> {
        let count = match elsewhere {
            true => "SELECT count(*) FROM blobs WHERE length(bytes) = 0",
            false => "SELECT count(*) FROM blobs WHERE length(bytes) > 0",
        };
        sqlx::query_scalar(count)
            .fetch_one(&self.log)
            .await
            .map(counted)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn some_blobs(
        &self,
        elsewhere: bool,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<Uuid>, StoreError> {
        let some = match elsewhere {
            true => "SELECT id FROM blobs WHERE length(bytes) = 0 AND id > ? ORDER BY id LIMIT ?",
            false => "SELECT id FROM blobs WHERE length(bytes) > 0 AND id > ? ORDER BY id LIMIT ?",
        };
        let ids: Vec<String> = sqlx::query_scalar(some)
            .bind(after.to_string())
            .bind(limit)
            .fetch_all(&self.log)
            .await
            .map_err(StoreError::of)?;
        parsed(&ids)
    }

    pub(in crate::store) async fn doom_blob(&self, id: Uuid) -> Result<(), StoreError> {
        let doom = sqlx::query(
            "INSERT INTO doomed_blobs (id, aggregate_type, aggregate_id) VALUES (?, '', '') ON CONFLICT DO NOTHING",
        );
        let doomed = self.log_writer.run(doom.bind(id.to_string())).await;
        doomed.map(drop).map_err(StoreError::of)
    }

    pub(in crate::store) async fn doomed(
        &self,
        of: Option<&Erasure>,
        limit: u32,
    ) -> Result<Vec<Uuid>, StoreError> {
        let doomed = match of {
            None => sqlx::query_scalar("SELECT id FROM doomed_blobs LIMIT ?"),
            Some(erasure) => sqlx::query_scalar(
                "SELECT id FROM doomed_blobs WHERE aggregate_type = ? AND aggregate_id = ? LIMIT ?",
            )
            .bind(&erasure.aggregate_type)
            .bind(&erasure.aggregate_id),
        };
        let doomed = doomed.bind(limit).fetch_all(&self.log).await;
        let ids: Vec<String> = doomed.map_err(StoreError::of)?;
        parsed(&ids)
    }

    pub(in crate::store) async fn forget_doomed(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        let forget =
            sqlx::query("DELETE FROM doomed_blobs WHERE id IN (SELECT value FROM json_each(?))");
        let forgotten = self.log_writer.run(forget.bind(listed(ids)?)).await;
        forgotten.map(drop).map_err(StoreError::of)
    }
}

fn listed(ids: &[Uuid]) -> Result<String, StoreError> {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    serde_json::to_string(&ids).map_err(|error| StoreError::Refused(error.to_string()))
}

fn parsed(ids: &[String]) -> Result<Vec<Uuid>, StoreError> {
    ids.iter()
        .map(|id| id.parse())
        .collect::<Result<_, uuid::Error>>()
        .map_err(|error| StoreError::Unreadable(error.to_string()))
}
