//! Copies of the files: `VACUUM INTO` reads one moment of a file, whoever writes meanwhile, and leaves out what was
//! deleted.

use std::{fs, path::Path, pin::pin, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions, Connection,
    sqlite::{SqliteConnectOptions, SqlitePool},
};

use super::{
    super::{StoreError, log::counted},
    SqliteStore,
};
use crate::files;

/// How often the progress is told.
const LOOK: Duration = Duration::from_millis(100);

impl SqliteStore {
    pub(in crate::store) async fn copy_into(
        &self,
        dir: &Path,
        progress: impl Fn(u64, u64),
    ) -> Result<(), StoreError> {
        let (drafts, log) = (hand(&self.drafts), hand(&self.log));
        let total = size(&drafts).await? + size(&log).await?;
        // The drafts first: a reply that runs in the log's copy has all of its draft that was there when this began. The
        // other way round it could have ended meanwhile, its draft be gone, and the log not know its text.
        let mut done = 0;
        for (from, name) in [(drafts, "drafts.db"), (log, "log.db")] {
            let to = dir.join(name);
            let before = done;
            copy(&from, &to, |bytes| {
                progress((before + bytes).min(total), total)
            })
            .await?;
            done += length(&to);
        }
        progress(total, total);
        Ok(())
    }
}

/// A connection of its own, which reads as long as it takes. `VACUUM INTO` counts as writing.
fn hand(pool: &SqlitePool) -> SqliteConnectOptions {
    let options: Arc<SqliteConnectOptions> = pool.connect_options();
    (*options).clone().pragma("query_only", "off")
}

async fn size(file: &SqliteConnectOptions) -> Result<u64, StoreError> {
    let mut connection = file.connect().await.map_err(StoreError::of)?;
    let bytes: Result<i64, _> = sqlx::query_scalar(
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    )
    .fetch_one(&mut connection)
    .await;
    let _ = connection.close().await;
    bytes.map(counted).map_err(StoreError::of)
}

async fn copy(
    from: &SqliteConnectOptions,
    to: &Path,
    progress: impl Fn(u64),
) -> Result<(), StoreError> {
    let failed = |error| StoreError::Unavailable(format!("{}: {error}", to.display()));
    // SQLite takes an empty file that is there, and so nobody else ever reads it.
    let file = files::private(to).map_err(failed)?;
    let mut connection = from.connect().await.map_err(StoreError::of)?;
    {
        let path = to.to_string_lossy().into_owned();
        let copying = sqlx::query("VACUUM INTO ?").bind(path);
        let mut copying = pin!(copying.execute(&mut connection));
        let mut looks = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                copied = &mut copying => break copied.map(drop),
                _ = looks.tick() => progress(length(to)),
            }
        }
    }
    .map_err(StoreError::of)?;
    let _ = connection.close().await;
    // SQLite does not flush what it has vacuumed.
    file.sync_all().map_err(failed)
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}
