//! The table of blobs.

use uuid::Uuid;

use super::{
    super::{
        Erasure, StoreError,
        bucket::Bucket,
        log::{counted, stored},
    },
    PostgresStore, again,
};

/// What an aggregate's messages had with them, and the pieces of a document.
const DESTROY: &str = "
WITH named AS (
    SELECT attached ->> 'blob' AS id
      FROM events, json_array_elements(CASE event_type WHEN 'message.sent' THEN payload -> 'message.sent' -> 'attachments'
                                                       ELSE payload -> 'ingest.received' -> 'pieces' END) AS attached
     WHERE aggregate_type = $1 AND aggregate_id = $2 AND event_type IN ('message.sent', 'ingest.received')
       AND sequence < $3
     UNION ALL
    SELECT attached ->> 'blob'
      FROM events, json_array_elements(payload -> 'completion.requested' -> 'messages') AS said,
           json_array_elements(said -> 'attachments') AS attached
     WHERE aggregate_type = $1 AND aggregate_id = $2 AND event_type = 'completion.requested' AND sequence < $3
), released AS (
    -- Nobody may name them again: a repeated send would name what is gone.
    UPDATE reservations SET aggregate_id = '' FROM named WHERE kind = 'blob' AND key = named.id
), gone AS (
    DELETE FROM blobs USING named WHERE blobs.id = named.id::uuid
    RETURNING blobs.id, octet_length(bytes) = 0 AS elsewhere
), doomed AS (
    INSERT INTO doomed_blobs (id, aggregate_type, aggregate_id)
    SELECT id, $4, $5 FROM gone WHERE elsewhere ON CONFLICT DO NOTHING
)
SELECT 1 FROM gone";

const DESTROY_UNCLAIMED: &str = "
WITH taken AS (
    INSERT INTO reservations (kind, key, aggregate_id)
    SELECT 'blob', orphan.id::text, '' FROM unnest($1) AS orphan (id)
        ON CONFLICT DO NOTHING RETURNING key
), gone AS (
    DELETE FROM blobs USING taken WHERE blobs.id = taken.key::uuid
    RETURNING blobs.id, octet_length(bytes) = 0 AS elsewhere
), doomed AS (
    INSERT INTO doomed_blobs (id, aggregate_type, aggregate_id)
    SELECT id, '', '' FROM gone WHERE elsewhere ON CONFLICT DO NOTHING
)
SELECT 1 FROM gone";

impl PostgresStore {
    pub(in crate::store) fn bucket(&self) -> Option<&Bucket> {
        self.bucket.as_ref()
    }

    pub(in crate::store) async fn put_blob(
        &self,
        id: Uuid,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        let put = again!(
            self,
            sqlx::query(
                "INSERT INTO blobs (id, written_at, bytes)
                 VALUES ($1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, $2)
                     ON CONFLICT DO NOTHING"
            )
            .bind(id)
            .bind(sealed)
            .execute(&self.pool)
        );
        put.map(drop)
    }

    pub(in crate::store) async fn blob(&self, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        again!(
            self,
            sqlx::query_scalar("SELECT bytes FROM blobs WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
        )
    }

    /// Whether a commit has named it.
    pub(in crate::store) async fn is_claimed(&self, id: Uuid) -> Result<bool, StoreError> {
        let claimed = "SELECT EXISTS (SELECT 1 FROM reservations WHERE kind = 'blob' AND key = $1 AND aggregate_id <> '')";
        again!(
            self,
            sqlx::query_scalar(claimed)
                .bind(id.to_string())
                .fetch_one(&self.pool)
        )
    }

    pub(in crate::store) async fn unclaimed(
        &self,
        from: i64,
        to: i64,
        limit: u32,
    ) -> Result<Vec<Uuid>, StoreError> {
        again!(
            self,
            sqlx::query_scalar(
                "SELECT id FROM blobs WHERE written_at >= $1 AND written_at < $2
                    AND NOT EXISTS (SELECT 1 FROM reservations WHERE kind = 'blob' AND key = blobs.id::text)
                  LIMIT $3"
            )
            .bind(from)
            .bind(to)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
        )
    }

    pub(in crate::store) async fn destroy_unclaimed(
        &self,
        ids: &[Uuid],
    ) -> Result<u64, StoreError> {
        let mut transaction = again!(self, self.pool.begin())?;
        // An append looks at a name before it takes it: between the two nobody else may.
        sqlx::query("SELECT 1 FROM log_head FOR UPDATE")
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::of)?;
        let destroyed = sqlx::query(DESTROY_UNCLAIMED)
            .bind(ids)
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::of)?;
        transaction.commit().await.map_err(StoreError::of)?;
        Ok(destroyed.rows_affected())
    }

    /// Those that an aggregate has named before this sequence.
    pub(in crate::store) async fn destroy_blobs_of(
        &self,
        erasure: &Erasure,
        aggregate_type: &str,
        aggregate_id: &str,
        before: u64,
    ) -> Result<(), StoreError> {
        let destroy = sqlx::query(DESTROY)
            .bind(aggregate_type)
            .bind(aggregate_id)
            .bind(stored(before))
            .bind(&erasure.aggregate_type)
            .bind(&erasure.aggregate_id);
        self.destroy(erasure, "blobs", destroy).await
    }

    pub(in crate::store) async fn set_blob(
        &self,
        id: Uuid,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        let set = again!(
            self,
            sqlx::query("UPDATE blobs SET bytes = $1 WHERE id = $2")
                .bind(sealed)
                .bind(id)
                .execute(&self.pool)
        );
        set.map(drop)
    }

    pub(in crate::store) async fn drop_blob(&self, id: Uuid) -> Result<(), StoreError> {
        let dropped = again!(
            self,
            sqlx::query("DELETE FROM blobs WHERE id = $1")
                .bind(id)
                .execute(&self.pool)
        );
        dropped.map(drop)
    }

    pub(in crate::store) async fn count_blobs(&self, elsewhere: bool) -> Result<u64, StoreError> {
        let count = match elsewhere {
            true => "SELECT count(*) FROM blobs WHERE octet_length(bytes) = 0",
            false => "SELECT count(*) FROM blobs WHERE octet_length(bytes) > 0",
        };
        again!(self, sqlx::query_scalar(count).fetch_one(&self.pool)).map(counted)
    }

    pub(in crate::store) async fn some_blobs(
        &self,
        elsewhere: bool,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<Uuid>, StoreError> {
        let some = match elsewhere {
            true => {
                "SELECT id FROM blobs WHERE octet_length(bytes) = 0 AND id > $1 ORDER BY id LIMIT $2"
            }
            false => {
                "SELECT id FROM blobs WHERE octet_length(bytes) > 0 AND id > $1 ORDER BY id LIMIT $2"
            }
        };
        again!(
            self,
            sqlx::query_scalar(some)
                .bind(after)
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
        )
    }

    pub(in crate::store) async fn doom_blob(&self, id: Uuid) -> Result<(), StoreError> {
        let doomed = again!(
            self,
            sqlx::query(
                "INSERT INTO doomed_blobs (id, aggregate_type, aggregate_id) VALUES ($1, '', '') ON CONFLICT DO NOTHING"
            )
            .bind(id)
            .execute(&self.pool)
        );
        doomed.map(drop)
    }

    pub(in crate::store) async fn doomed(
        &self,
        of: Option<&Erasure>,
        limit: u32,
    ) -> Result<Vec<Uuid>, StoreError> {
        let limit = i64::from(limit);
        match of {
            None => again!(
                self,
                sqlx::query_scalar("SELECT id FROM doomed_blobs LIMIT $1")
                    .bind(limit)
                    .fetch_all(&self.pool)
            ),
            Some(erasure) => again!(
                self,
                sqlx::query_scalar(
                    "SELECT id FROM doomed_blobs WHERE aggregate_type = $1 AND aggregate_id = $2 LIMIT $3"
                )
                .bind(&erasure.aggregate_type)
                .bind(&erasure.aggregate_id)
                .bind(limit)
                .fetch_all(&self.pool)
            ),
        }
    }

    pub(in crate::store) async fn forget_doomed(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        let forgotten = again!(
            self,
            sqlx::query("DELETE FROM doomed_blobs WHERE id = ANY($1)")
                .bind(ids)
                .execute(&self.pool)
        );
        forgotten.map(drop)
    }
}
