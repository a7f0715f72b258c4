//! Work that takes a core for a while: a few at a time, away from the threads that serve requests, and not
//! without end.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// Why work was not done to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// Too many wait already.
    Busy,
    /// The process is ending.
    Ending,
    /// The work panicked.
    Panicked,
}

/// One sort of work. Clones are handles of the same thing.
#[derive(Clone, Debug)]
pub struct Blocking {
    queue: Arc<Semaphore>,
    slots: Arc<Semaphore>,
}

impl Blocking {
    /// So much of it is done at once; as much as `in_the_queue` waits or is being done, and more is turned away.
    #[must_use]
    pub fn new(at_once: usize, in_the_queue: usize) -> Self {
        Self {
            queue: Arc::new(Semaphore::new(in_the_queue)),
            slots: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// Does the work when it is its turn.
    ///
    /// # Errors
    /// When too many wait, the process is ending, or the work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Undone> {
        let place = match self.queue.clone().try_acquire_owned() {
            Ok(place) => place,
            Err(TryAcquireError::NoPermits) => return Err(Undone::Busy),
            Err(TryAcquireError::Closed) => return Err(Undone::Ending),
        };
        let slot = self.slots.clone().acquire_owned().await;
        let slot = slot.map_err(|_| Undone::Ending)?;
        // The permits go with the work: a client that leaves ends the waiting, not the computing. A runtime
        // that is going down drops work it has not begun, which shows as an error here, not as a panic.
        let held: [OwnedSemaphorePermit; 2] = [place, slot];
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(held);
            result
        })
        .await
        .map_err(|error| match error.is_panic() {
            true => Undone::Panicked,
            false => Undone::Ending,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flood_has_an_end() {
        let blocking = Blocking::new(2, 3);
        let waiting = blocking.queue.clone().try_acquire_many_owned(3).unwrap();
        assert_eq!(blocking.run(|| 1).await, Err(Undone::Busy));
        drop(waiting);
        assert_eq!(blocking.run(|| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn somebody_who_leaves_while_waiting_gives_the_place_back() {
        let blocking = Blocking::new(2, 3);
        let working = blocking.slots.clone().try_acquire_many_owned(2).unwrap();
        {
            let mut waiting = std::pin::pin!(blocking.run(|| ()));
            assert!(futures_util::poll!(waiting.as_mut()).is_pending());
            assert_eq!(blocking.queue.available_permits(), 2);
        }
        assert_eq!(blocking.queue.available_permits(), 3);
        drop(working);
        assert_eq!(blocking.slots.available_permits(), 2);
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back() {
        let blocking = Blocking::new(1, 1);
        let undone = blocking.run(|| panic!("on purpose")).await;
        assert_eq!(undone, Err::<(), _>(Undone::Panicked));
        assert_eq!(blocking.run(|| 1).await, Ok(1));
    }
}
