//! `server.jsonl`: what a server needs beside the events to go on with them, row by row.

use std::path::Path;

use tokio::time::{Duration, Instant, sleep};

use super::{ExportError, SERVER, files::Writer};
use crate::store::{BesideRow, SignedCheckpoint, Store};

/// How long the notary gets to sign the last events; it takes a second at most.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// Writes it, as it was when the last signed event was the log's last: its names, and what is under way, are those of
/// just these events. The checkpoint of that moment.
pub(super) async fn write(store: &Store, dir: &Path) -> Result<SignedCheckpoint, ExportError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let signed = store.last_checkpoint().await?;
        let signed = signed.ok_or(ExportError::NothingSigned)?;
        let mut head = store.head().await?;
        if head == signed.size {
            let mut file = Writer::create(dir, SERVER)?;
            head = store.read_beside(|row: BesideRow| file.line(&row)).await?;
            file.finish()?;
            if head == signed.size {
                return Ok(signed);
            }
        }
        if Instant::now() > deadline {
            return Err(ExportError::Unsigned {
                signed: signed.size,
                head,
            });
        }
        sleep(PAUSE).await;
    }
}
