//! Erasures.

use sqlx::{Postgres, Transaction};

use super::{
    super::{
        StoreError,
        erasure::{self, Copies, Inner},
        log::{counted, stored},
    },
    PostgresStore, again,
};

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

    pub(in crate::store) async fn destroy_copies(
        &self,
        aggregate_type: &str,
        id: &str,
        position: u64,
        sequence: u64,
    ) -> Result<Copies, StoreError> {
        let commands: Result<_, StoreError> = again!(
            self,
            sqlx::query(
                "DELETE FROM commands WHERE aggregate_type = $1 AND aggregate_id = $2 AND last_position < $3"
            )
            .bind(aggregate_type)
            .bind(id)
            .bind(stored(position))
            .execute(&self.pool)
        );
        let snapshots: Result<_, StoreError> = again!(
            self,
            sqlx::query(
                "DELETE FROM snapshots WHERE aggregate_type = $1 AND aggregate_id = $2 AND last_sequence < $3"
            )
            .bind(aggregate_type)
            .bind(id)
            .bind(stored(sequence))
            .execute(&self.pool)
        );
        Ok(Copies {
            commands: commands?.rows_affected(),
            snapshots: snapshots?.rows_affected(),
        })
    }
}
