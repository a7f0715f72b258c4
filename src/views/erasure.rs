//! What views keep of erased contents beside their rows.

use super::{ViewError, Views, database::Database, tables};
use crate::store::empty_wal_of;

impl Views {
    /// Forgets what databases said about an aggregate's events, because they may have quoted them; of how
    /// many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_faults(&self, aggregate_id: &str) -> Result<u64, ViewError> {
        let mut tx = self.database.begin().await?;
        let forgotten = tx
            .run(
                r#"UPDATE "projection_faults" SET "error" = 'erased'
                   WHERE "aggregate_id" = $1 AND "error" <> 'erased'"#,
                &[aggregate_id.into()],
            )
            .await?;
        tx.commit().await?;
        Ok(forgotten)
    }

    /// Removes the table of a rebuild that was broken off. One that goes on all the same is told that another
    /// has taken its place.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn discard_rebuild(&self, stored_as: &str) -> Result<(), ViewError> {
        let live = self.definitions.iter().any(|view| view.name() == stored_as);
        if live {
            return Ok(());
        }
        let mut tx = self.database.begin().await?;
        tables::remove(&mut tx, stored_as).await?;
        tx.commit().await
    }

    /// See [`crate::store::Store::empty_wal`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn empty_wal(&self) -> Result<Option<u64>, ViewError> {
        match &self.database {
            Database::Sqlite { write, .. } => {
                let emptied = empty_wal_of(&write.connect_options()).await?;
                Ok(emptied.then_some(1))
            }
            Database::Postgres(_) => Ok(Some(0)),
        }
    }
}
