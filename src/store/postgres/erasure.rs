//! Erasures.

use sqlx::{Postgres, Transaction, postgres::PgArguments, query::Query};
use uuid::Uuid;

use super::{
    super::{
        StoreError,
        erasure::{self, Erasure, Inner},
        log::{counted, stored},
        sealing::beginning_of,
    },
    PostgresStore, again,
    holds::IS_HELD,
};

type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// The subscriber's row is locked as long as this lives.
#[derive(Debug)]
pub(in crate::store) struct Watch {
    pub(in crate::store) position: u64,
    subscriber: &'static str,
    lock: Transaction<'static, Postgres>,
}

impl Watch {
    pub(in crate::store) async fn move_to(mut self, position: u64) -> Result<(), StoreError> {
        sqlx::query("UPDATE subscribers SET position = greatest(position, $1) WHERE name = $2")
            .bind(stored(position))
            .bind(self.subscriber)
            .execute(&mut *self.lock)
            .await
            .map_err(StoreError::of)?;
        self.lock.commit().await.map_err(StoreError::of)
    }
}

impl PostgresStore {
    pub(in crate::store) async fn subscriber_position(
        &self,
        subscriber: &str,
    ) -> Result<u64, StoreError> {
        let position = again!(
            self,
            sqlx::query_scalar("SELECT position FROM subscribers WHERE name = $1")
                .bind(subscriber)
                .fetch_one(&self.pool)
        );
        position.map(counted)
    }

    pub(in crate::store) async fn watch(
        &self,
        subscriber: &'static str,
    ) -> Result<Option<erasure::Watch>, StoreError> {
        let mut lock: Transaction<'static, Postgres> = again!(self, self.pool.begin())?;
        let position: Option<i64> = sqlx::query_scalar(
            "SELECT position FROM subscribers WHERE name = $1 FOR UPDATE SKIP LOCKED",
        )
        .bind(subscriber)
        .fetch_optional(&mut *lock)
        .await
        .map_err(StoreError::of)?;
        Ok(position.map(|position| {
            erasure::Watch(Inner::Postgres(Watch {
                position: counted(position),
                subscriber,
                lock,
            }))
        }))
    }

    pub(in crate::store) async fn destroy_keys_of(
        &self,
        erasure: &Erasure,
        aggregate_type: &str,
        aggregate_id: &str,
        held_by: &[String],
    ) -> Result<bool, StoreError> {
        let destroy = keys_of(erasure, aggregate_type, aggregate_id);
        self.destroy_unless_held(erasure, "keys", destroy, held_by)
            .await
    }

    pub(in crate::store) async fn destroy_copies(
        &self,
        erasure: &Erasure,
    ) -> Result<(), StoreError> {
        let forget = sqlx::query(
            "DELETE FROM commands WHERE aggregate_type = $1 AND aggregate_id = $2 AND last_position < $3
                AND recorded_at < $4",
        );
        let forget = forget
            .bind(&erasure.aggregate_type)
            .bind(&erasure.aggregate_id)
            .bind(stored(erasure.position))
            .bind(erasure.before.map_or(i64::MAX, beginning_of));
        self.destroy(erasure, "commands", forget).await?;
        let forget = sqlx::query(
            "DELETE FROM snapshots WHERE aggregate_type = $1 AND aggregate_id = $2 AND last_sequence < $3",
        );
        let forget = forget
            .bind(&erasure.aggregate_type)
            .bind(&erasure.aggregate_id)
            .bind(stored(erasure.sequence));
        self.destroy(erasure, "snapshots", forget).await
    }

    pub(in crate::store) async fn destroy_commands_of(
        &self,
        erasure: &Erasure,
        aggregate_type: &str,
        ids: &[String],
    ) -> Result<(), StoreError> {
        let forget = sqlx::query(
            "DELETE FROM commands WHERE aggregate_type = $1 AND aggregate_id = ANY($2)",
        );
        let forget = forget.bind(aggregate_type).bind(ids);
        self.destroy(erasure, "commands", forget).await
    }

    pub(in crate::store) async fn destroy_credentials(
        &self,
        erasure: &Erasure,
        ids: &[Uuid],
        held_by: &[String],
    ) -> Result<bool, StoreError> {
        let destroy = sqlx::query("DELETE FROM credentials WHERE id = ANY($1)");
        self.destroy_unless_held(erasure, "credentials", destroy.bind(ids), held_by)
            .await
    }

    /// Destroys, and counts the removed rows in the same transaction.
    pub(super) async fn destroy(
        &self,
        erasure: &Erasure,
        store: &str,
        destruction: Statement<'_>,
    ) -> Result<(), StoreError> {
        let destroyed = self.destroy_unless_held(erasure, store, destruction, &[]);
        destroyed.await.map(drop)
    }

    /// The same, unless one of these threads and users is held; whether it was done.
    async fn destroy_unless_held(
        &self,
        erasure: &Erasure,
        store: &str,
        destruction: Statement<'_>,
        held_by: &[String],
    ) -> Result<bool, StoreError> {
        let mut tx: Transaction<'static, Postgres> = again!(self, self.pool.begin())?;
        let destroying = async {
            if !held_by.is_empty() {
                // A hold is an append, and none can come in between.
                let alone = sqlx::query("SELECT 1 FROM log_head FOR UPDATE");
                alone.execute(&mut *tx).await?;
                let held = sqlx::query(IS_HELD).bind(held_by);
                if held.fetch_optional(&mut *tx).await?.is_some() {
                    tx.rollback().await?;
                    return Ok(false);
                }
            }
            let destroyed = destruction.execute(&mut *tx).await?.rows_affected();
            if destroyed > 0 {
                note(erasure, store, destroyed).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(true)
        };
        destroying.await.map_err(StoreError::of)
    }

    pub(in crate::store) async fn note_destroyed(
        &self,
        erasure: &Erasure,
        store: &str,
        items: u64,
    ) -> Result<(), StoreError> {
        let noted = note(erasure, store, items).execute(&self.pool).await;
        noted.map(drop).map_err(StoreError::of)
    }

    pub(in crate::store) async fn destroyed(
        &self,
        erasure: &Erasure,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        again!(
            self,
            sqlx::query_as(
                "SELECT store, items FROM destroyed
              WHERE aggregate_type = $1 AND aggregate_id = $2 AND erasure = $3",
            )
            .bind(&erasure.aggregate_type)
            .bind(&erasure.aggregate_id)
            .bind(stored(erasure.number))
            .fetch_all(&self.pool)
        )
    }

    pub(in crate::store) async fn half_destroyed(
        &self,
        aggregate_type: &str,
    ) -> Result<Vec<String>, StoreError> {
        again!(
            self,
            sqlx::query_scalar(
                "SELECT DISTINCT aggregate_id FROM destroyed WHERE aggregate_type = $1"
            )
            .bind(aggregate_type)
            .fetch_all(&self.pool)
        )
    }

    pub(in crate::store) async fn forget_destroyed(
        &self,
        erasure: &Erasure,
    ) -> Result<(), StoreError> {
        let forgotten: Result<_, StoreError> = again!(
            self,
            sqlx::query(
            "DELETE FROM destroyed WHERE aggregate_type = $1 AND aggregate_id = $2 AND erasure <= $3",
        )
            .bind(&erasure.aggregate_type)
            .bind(&erasure.aggregate_id)
            .bind(stored(erasure.number))
            .execute(&self.pool)
        );
        forgotten.map(drop)
    }
}

/// The end of an aggregate's keys, or of those of old days.
fn keys_of<'q>(erasure: &Erasure, aggregate_type: &'q str, aggregate_id: &'q str) -> Statement<'q> {
    let (destroy, bound) = match erasure.before {
        None => (
            "DELETE FROM content_keys WHERE subject_kind = $1 AND subject = $2 AND epoch < $3",
            erasure.number,
        ),
        Some(day) => (
            "DELETE FROM content_keys WHERE subject_kind = $1 AND subject = $2 AND day < $3",
            day,
        ),
    };
    sqlx::query(destroy)
        .bind(aggregate_type)
        .bind(aggregate_id)
        .bind(stored(bound))
}

/// Adds to what was destroyed for it.
fn note<'q>(erasure: &'q Erasure, store: &'q str, items: u64) -> Statement<'q> {
    let note = sqlx::query(
        "INSERT INTO destroyed AS noted (aggregate_type, aggregate_id, erasure, store, items)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (aggregate_type, aggregate_id, erasure, store) DO UPDATE SET items = noted.items + excluded.items",
    );
    note.bind(&erasure.aggregate_type)
        .bind(&erasure.aggregate_id)
        .bind(stored(erasure.number))
        .bind(store)
        .bind(stored(items))
}
