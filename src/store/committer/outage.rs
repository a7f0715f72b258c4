//! The time between a lost connection and a known outcome.

use std::time::Duration;

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{CommitError, queue::Request};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A shorter outage only delays; after this newcomers are told to come back later.
const PATIENCE: Duration = Duration::from_secs(2);

/// Backs off, and keeps the queue's newcomers from waiting for nothing: what was never sent is
/// known not to be written.
pub(super) struct Outage {
    began: Instant,
    pause: Duration,
    tries: u32,
    why: String,
}

impl Outage {
    pub(super) fn new(why: String) -> Self {
        Self {
            began: Instant::now(),
            pause: FIRST_PAUSE,
            tries: 1,
            why,
        }
    }

    pub(super) fn goes_on(&mut self, why: String) {
        self.why = why;
        self.tries += 1;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    pub(super) fn tries(&self) -> u32 {
        self.tries
    }

    pub(super) fn why(&self) -> String {
        self.why.clone()
    }

    /// Until the next try is due, or the process is to end.
    pub(super) async fn wait(
        &self,
        queue: &mut mpsc::Receiver<Request>,
        ending: &CancellationToken,
    ) {
        let due = Instant::now() + self.pause;
        let patience = self.began + PATIENCE;
        loop {
            tokio::select! {
                () = sleep_until(due) => return,
                () = ending.cancelled() => return,
                newcomer = queue.recv(), if Instant::now() >= patience && !queue.is_empty() => {
                    if let Some(request) = newcomer {
                        request.answer(Err(CommitError::Unavailable(self.why.clone())));
                    }
                }
                () = sleep_until(patience), if Instant::now() < patience => {}
            }
        }
    }
}
