//! How far each subscriber is.

use uuid::Uuid;

use super::{
    super::{
        StoreError,
        log::{counted, stored},
    },
    PostgresStore, again,
};

impl PostgresStore {
    pub(in crate::store) async fn hold_subscription(
        &self,
        subscriber: &str,
        node: Uuid,
        seconds: u32,
    ) -> Result<Option<u64>, StoreError> {
        let position: Result<Option<i64>, StoreError> = again!(
            self,
            sqlx::query_scalar(
                "INSERT INTO subscriptions AS held (name, position, holder, held_until)
                 VALUES ($1, 0, $2, extract(epoch FROM clock_timestamp())::bigint + $3)
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
                 WHERE held.holder = excluded.holder
                    OR held.held_until < extract(epoch FROM clock_timestamp())::bigint
                 RETURNING position"
            )
            .bind(subscriber)
            .bind(node)
            .bind(i64::from(seconds))
            .fetch_optional(&self.pool)
        );
        Ok(position?.map(counted))
    }

    pub(in crate::store) async fn release_subscription(
        &self,
        subscriber: &str,
        node: Uuid,
        position: u64,
    ) -> Result<(), StoreError> {
        let released = again!(
            self,
            sqlx::query(
                "UPDATE subscriptions SET position = greatest(position, $1), held_until = 0
                 WHERE name = $2 AND holder = $3"
            )
            .bind(stored(position))
            .bind(subscriber)
            .bind(node)
            .execute(&self.pool)
        );
        released.map(drop)
    }
}
