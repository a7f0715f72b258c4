//! Copying the record's files while they are written to.

use std::path::Path;

use super::{Store, StoreError};

impl Store {
    /// Writes what is durable now as `log.db` and `drafts.db` into this directory, each of one moment, and flushes them;
    /// `progress` is told of bytes and of how many there will be, roughly. `false`: PostgreSQL, which has tools for that.
    ///
    /// # Errors
    /// When the database does not answer, or a file cannot be written.
    pub async fn copy_into(
        &self,
        dir: &Path,
        progress: impl Fn(u64, u64),
    ) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(database) => database.copy_into(dir, progress).await.map(|()| true),
            Self::Postgres(_) => Ok(false),
        }
    }
}
