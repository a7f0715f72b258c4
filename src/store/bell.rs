//! The bell: rung when there is something new in the log.

use tokio::sync::watch;

/// Carries the highest position known to be committed. It wakes; it never promises completeness.
#[derive(Clone, Debug)]
pub struct Bell(watch::Sender<u64>);

impl Bell {
    /// A silent bell.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Says that the log reaches `position`. Lower positions than the highest so far are not news.
    pub fn ring(&self, position: u64) {
        self.0.send_if_modified(|highest| {
            let news = position > *highest;
            if news {
                *highest = position;
            }
            news
        });
    }

    /// A listener; it sees the latest position, not each one.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

impl Default for Bell {
    fn default() -> Self {
        Self::new()
    }
}
