//! Moves what was written from a write-ahead log into its file, beside those who write.
//!
//! SQLite would leave it to whoever commits when the log has [`SQLITE_CHECKPOINT`](super::super::config) pages, and all
//! who write wait for as long: tens of milliseconds, for two flushes and thousands of pages. Most of it is done here
//! before that, by a connection that nobody waits for; what is left then is little.

use std::time::Duration;

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often it looks; when nothing is new, that is all it does.
const LOOK: Duration = Duration::from_millis(250);

/// Moves the pages of this file until the process ends.
pub(crate) async fn keep_moving(options: SqliteConnectOptions, token: CancellationToken) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut open, mut failed) = (None, false);
    loop {
        tokio::select! {
            () = token.cancelled() => break,
            _ = ticks.tick() => {}
        }
        match look(&mut open, &options).await {
            Ok(()) => failed = false,
            Err(error) => {
                open = None;
                // Whoever commits does it instead.
                if !failed {
                    let file = options.get_filename().display();
                    tracing::warn!(%error, %file, "what was written stays in the write-ahead log");
                }
                failed = true;
            }
        }
    }
    if let Some(connection) = open {
        let _ = connection.close().await;
    }
}

async fn look(
    open: &mut Option<SqliteConnection>,
    options: &SqliteConnectOptions,
) -> Result<(), sqlx::Error> {
    let connection = match open {
        Some(connection) => connection,
        None => open.insert(options.connect().await?),
    };
    // It waits for nobody: what a reader still needs, or another one is moving, comes the next time.
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
        .fetch_one(connection)
        .await
        .map(drop)
}
