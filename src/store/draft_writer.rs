//! The draft writer: one task that writes the chunks of all running replies, together.

use std::{mem, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Chunk, DraftError, Store, StoreError};
use crate::shutdown::Shutdown;

/// Chunks that may wait.
const QUEUE: usize = 4096;
/// Chunks in one transaction.
const BATCH: usize = 1024;
/// How often a chunk is tried, and the pause after the first failure; it doubles.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(50);

/// The way into the drafts. Clones are handles of the same queue; the task ends when all are
/// dropped, or after [`Self::close`].
#[derive(Clone, Debug)]
pub struct Drafts {
    queue: mpsc::Sender<Job>,
    closed: CancellationToken,
}

#[derive(Debug)]
enum Job {
    Write(Chunk, oneshot::Sender<Result<(), DraftError>>),
    Remove(Uuid),
}

impl Drafts {
    /// Starts the task. It goes on when `shutdown` begins, for the replies that are still running.
    #[must_use]
    pub fn start(store: Store, shutdown: &Shutdown) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let closed = CancellationToken::new();
        shutdown.spawn(run(store, receiver, closed.clone()));
        Self {
            queue: sender,
            closed,
        }
    }

    /// Returns when the chunk is kept: only then may anybody be shown it.
    ///
    /// # Errors
    /// When the turn is not ours any more, or the database does not answer.
    pub async fn write(&self, chunk: Chunk) -> Result<(), DraftError> {
        let stopping = || DraftError::Unavailable("the server is stopping".to_owned());
        let (reply, outcome) = oneshot::channel();
        let sent = self.queue.send(Job::Write(chunk, reply)).await;
        sent.map_err(|_| stopping())?;
        outcome.await.map_err(|_| stopping())?
    }

    /// Removes the draft of a closed turn, some time soon. What is missed here, because the queue is
    /// full, [`Store::forget_drafts`] finds.
    pub fn remove(&self, turn: Uuid) {
        let _ = self.queue.try_send(Job::Remove(turn));
    }

    /// Takes nothing more, writes what is queued, and ends.
    pub fn close(&self) {
        self.closed.cancel();
    }
}

async fn run(store: Store, mut queue: mpsc::Receiver<Job>, closed: CancellationToken) {
    let mut waiting = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            () = closed.cancelled(), if !queue.is_closed() => queue.close(),
            count = queue.recv_many(&mut waiting, BATCH) => {
                if count == 0 {
                    return;
                }
                work(&store, mem::take(&mut waiting)).await;
            }
        }
    }
}

async fn work(store: &Store, jobs: Vec<Job>) {
    let (mut chunks, mut replies, mut removed) = (vec![], vec![], vec![]);
    for job in jobs {
        match job {
            Job::Write(chunk, reply) => {
                chunks.push(chunk);
                replies.push(reply);
            }
            Job::Remove(turn) => removed.push(turn),
        }
    }
    if !chunks.is_empty() {
        metrics::histogram!("colloquy_draft_batch_size").record(chunks.len() as f64);
        match write(store, chunks).await {
            Ok(outcomes) => {
                for (reply, written) in replies.into_iter().zip(outcomes) {
                    // A turn that waits no longer is being stopped.
                    let _ = reply.send(if written {
                        Ok(())
                    } else {
                        Err(DraftError::Fenced)
                    });
                }
            }
            Err(error) => {
                for reply in replies {
                    let _ = reply.send(Err(DraftError::Unavailable(error.to_string())));
                }
            }
        }
    }
    if !removed.is_empty()
        && let Err(error) = store.remove_drafts(&removed).await
    {
        tracing::warn!(%error, turns = removed.len(), "drafts of closed turns were left behind");
    }
}

/// Writing again is harmless, so a lost connection is met by repeating.
async fn write(store: &Store, chunks: Vec<Chunk>) -> Result<Vec<bool>, StoreError> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match store.write_chunks(&chunks).await {
            Err(StoreError::Unavailable(_)) => sleep(pause).await,
            known => return known,
        }
        pause *= 2;
    }
    store.write_chunks(&chunks).await
}
