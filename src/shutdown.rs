//! The one place where tasks are started and stopped: nothing runs that nobody waits for.

use std::{future::Future, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Shared by everything that runs in the background. Clones are handles of the same thing.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    tracker: TaskTracker,
    token: CancellationToken,
}

impl Shutdown {
    /// Runs `task` until it ends; [`Self::finish`] waits for it. Must be called on a tokio runtime.
    pub fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tracker.spawn(task);
    }

    /// Cancelled when the process is to end; long-lived tasks watch it.
    #[must_use]
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Says that the process is to end.
    pub fn begin(&self) {
        self.token.cancel();
    }

    /// Waits until all tasks have ended, at most `at_most`; `false` when some had not.
    pub async fn finish(&self, at_most: Duration) -> bool {
        self.begin();
        self.tracker.close();
        tokio::time::timeout(at_most, self.tracker.wait())
            .await
            .is_ok()
    }
}
