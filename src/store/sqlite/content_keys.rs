//! The table of keys.

use sqlx::{Row, sqlite::SqliteRow};

use super::{
    super::{
        StoreError,
        log::{counted, stored},
        sealing::{KeyName, Keyring, StoredKey},
    },
    SqliteStore,
};

impl SqliteStore {
    pub(in crate::store) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    pub(in crate::store) async fn content_keys(
        &self,
        names: &[KeyName],
    ) -> Result<Vec<StoredKey>, StoreError> {
        let names: Vec<_> = names
            .iter()
            .map(|name| {
                let (epoch, period) = (stored(name.epoch), stored(name.period));
                (&name.kind, &name.subject, epoch, period)
            })
            .collect();
        let names = serde_json::to_string(&names)
            .map_err(|error| StoreError::Refused(error.to_string()))?;
        self.keys(
            sqlx::query(
                "SELECT content_keys.* FROM json_each(?) AS asked JOIN content_keys
                     ON subject_kind = asked.value ->> 0 AND subject = asked.value ->> 1
                    AND epoch = asked.value ->> 2 AND period = asked.value ->> 3",
            )
            .bind(names),
        )
        .await
    }

    /// Any one, to see whether it can be used.
    pub(super) async fn some_key(&self) -> Result<Option<StoredKey>, StoreError> {
        let keys = self.keys(sqlx::query("SELECT * FROM content_keys LIMIT 1"));
        Ok(keys.await?.pop())
    }

    async fn keys(&self, read: super::writer::Statement<'_>) -> Result<Vec<StoredKey>, StoreError> {
        let rows = read.fetch_all(&self.log).await.map_err(StoreError::of)?;
        let keys: Result<_, sqlx::Error> = rows.iter().map(key_of).collect();
        keys.map_err(StoreError::of)
    }
}

fn key_of(row: &SqliteRow) -> Result<StoredKey, sqlx::Error> {
    Ok(StoredKey {
        name: KeyName {
            kind: row.try_get("subject_kind")?,
            subject: row.try_get("subject")?,
            epoch: counted(row.try_get("epoch")?),
            period: counted(row.try_get("period")?),
        },
        key: row.try_get("key")?,
        wrapping: row.try_get("wrapping")?,
    })
}
