//! The table of keys.

use sqlx::{Row, postgres::PgRow};

use super::{
    super::{
        StoreError,
        log::{counted, stored},
        sealing::{KeyName, Keyring, StoredKey},
    },
    PostgresStore, again,
};

impl PostgresStore {
    pub(in crate::store) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    pub(in crate::store) async fn content_keys(
        &self,
        names: &[KeyName],
    ) -> Result<Vec<StoredKey>, StoreError> {
        let kinds: Vec<&str> = names.iter().map(|name| name.kind.as_str()).collect();
        let subjects: Vec<&str> = names.iter().map(|name| name.subject.as_str()).collect();
        let epochs: Vec<i64> = names.iter().map(|name| stored(name.epoch)).collect();
        let periods: Vec<i64> = names.iter().map(|name| stored(name.period)).collect();
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query(
                "SELECT content_keys.* FROM unnest($1, $2, $3, $4) AS asked (subject_kind, subject, epoch, period)
                   JOIN content_keys USING (subject_kind, subject, epoch, period)",
            )
            .bind(&kinds)
            .bind(&subjects)
            .bind(&epochs)
            .bind(&periods)
            .fetch_all(&self.pool)
        );
        let keys: Result<_, sqlx::Error> = rows?.iter().map(key_of).collect();
        keys.map_err(StoreError::of)
    }

    /// Any one that is wrapped, to see whether it can be used: those of before there was a server's key always can.
    pub(super) async fn some_key(&self) -> Result<Option<StoredKey>, StoreError> {
        let row: Result<Option<PgRow>, StoreError> = again!(
            self,
            sqlx::query("SELECT * FROM content_keys WHERE wrapping <> 0 LIMIT 1")
                .fetch_optional(&self.pool)
        );
        row?.as_ref()
            .map(key_of)
            .transpose()
            .map_err(StoreError::of)
    }
}

fn key_of(row: &PgRow) -> Result<StoredKey, sqlx::Error> {
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
