//! The table of blobs.

use uuid::Uuid;

use super::{
    super::{Erasure, StoreError, log::stored},
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
), released AS (
    -- Nobody may name them again: a repeated send would name what is gone.
    UPDATE reservations SET aggregate_id = '' FROM named WHERE kind = 'blob' AND key = named.id
)
DELETE FROM blobs USING named WHERE blobs.id = named.id::uuid";

const DESTROY_UNCLAIMED: &str = "
WITH taken AS (
    INSERT INTO reservations (kind, key, aggregate_id)
    SELECT 'blob', orphan.id::text, '' FROM unnest($1) AS orphan (id)
        ON CONFLICT DO NOTHING RETURNING key
)
DELETE FROM blobs USING taken WHERE blobs.id = taken.key::uuid";

impl PostgresStore {
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

    pub(in crate::store) async fn destroy_blobs(
        &self,
        erasure: &Erasure,
    ) -> Result<(), StoreError> {
        let destroy = sqlx::query(DESTROY)
            .bind(&erasure.aggregate_type)
            .bind(&erasure.aggregate_id)
            .bind(stored(erasure.sequence));
        self.destroy(erasure, "blobs", destroy).await
    }
}
