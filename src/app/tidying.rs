//! What the store forgets by itself: old idempotency keys, attachments of messages that were never sent, and what of
//! destroyed ones is still in a bucket.

use std::time::Duration;

use crate::{
    clock,
    shutdown::Shutdown,
    store::{Store, StoreError},
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// How long an `Idempotency-Key` is remembered.
const REMEMBER: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long a message may take from its attachment to its commit, which is then refused.
const UNSENT: Duration = Duration::from_secs(60 * 60);

/// Tidies until the process ends.
pub(super) async fn run(store: Store, shutdown: Shutdown) {
    let mut ticks = tokio::time::interval(EVERY);
    // Which attachments of before were sent is known.
    let mut swept = 0;
    loop {
        tokio::select! {
            () = shutdown.token().cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = store.forget_commands(ago(REMEMBER)).await {
            tracing::warn!(%error, "old idempotency keys could not be forgotten; trying again in an hour");
        }
        match sweep(&store, swept).await {
            Ok(now) => swept = now,
            Err(error) => {
                tracing::warn!(%error, "attachments that nobody needs could not be swept out; trying again in an hour");
            }
        }
        if let Err(error) = store.delete_doomed().await {
            tracing::warn!(%error, "attachments that were destroyed are still in the bucket; trying again in an hour");
        }
    }
}

/// Sweeps what was written since; the answer is up to when.
async fn sweep(store: &Store, since: i64) -> Result<i64, StoreError> {
    let until = ago(UNSENT);
    let swept = store.sweep_blobs(since, until).await?;
    if swept > 0 {
        tracing::info!(
            swept,
            "swept out attachments of messages that were never sent"
        );
    }
    Ok(until)
}

fn ago(time: Duration) -> i64 {
    clock::now_micros() - i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
