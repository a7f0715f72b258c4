//! How far each subscriber is.

use sqlx::Row;
use uuid::Uuid;

use super::{
    super::{
        StoreError,
        log::{counted, stored},
    },
    SqliteStore,
};

impl SqliteStore {
    pub(in crate::store) async fn hold_subscription(
        &self,
        subscriber: &str,
        node: Uuid,
        seconds: u32,
    ) -> Result<Option<u64>, StoreError> {
        let hold = sqlx::query(
            "INSERT INTO subscriptions (name, position, holder, held_until)
             VALUES (?, 0, ?, unixepoch() + ?)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
             WHERE subscriptions.holder = excluded.holder OR subscriptions.held_until < unixepoch()
             RETURNING position",
        );
        let hold = hold.bind(subscriber).bind(node.to_string()).bind(seconds);
        let rows = self.log_writer.run(hold).await.map_err(StoreError::of)?;
        let position = rows.first().map(|row| row.try_get(0)).transpose();
        Ok(position.map_err(StoreError::of)?.map(counted))
    }

    pub(in crate::store) async fn release_subscription(
        &self,
        subscriber: &str,
        node: Uuid,
        position: u64,
    ) -> Result<(), StoreError> {
        let release = sqlx::query(
            "UPDATE subscriptions SET position = max(position, ?), held_until = 0 WHERE name = ? AND holder = ?",
        );
        let release = release.bind(stored(position)).bind(subscriber);
        let release = release.bind(node.to_string());
        self.log_writer
            .run(release)
            .await
            .map(drop)
            .map_err(StoreError::of)
    }
}
