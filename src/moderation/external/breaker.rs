//! A breaker: who has failed several times in a row is left alone for a while, and then tried once.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Failures in a row after which it opens.
const FAILURES: u32 = 5;
/// How long nobody is asked then.
const REST: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    failures: u32,
    /// Nobody is asked before this; whoever comes first then tries it, and it is put off for the others.
    closed_from: Option<Instant>,
}

impl Breaker {
    /// Whether to ask now.
    pub(super) fn lets_pass(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.closed_from {
            None => true,
            Some(from) if Instant::now() < from => false,
            Some(_) => {
                state.closed_from = Some(Instant::now() + REST);
                true
            }
        }
    }

    /// How it went; whether it is open now.
    pub(super) fn note(&self, went_well: bool) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if went_well {
            *state = State::default();
            return false;
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.closed_from = Some(Instant::now() + REST);
        }
        state.closed_from.is_some()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_failures_in_a_row_and_lets_one_try_later() {
        let breaker = Breaker::default();
        for _ in 1..FAILURES {
            assert!(!breaker.note(false));
        }
        assert!(!breaker.note(true));
        for _ in 1..FAILURES {
            assert!(breaker.lets_pass() && !breaker.note(false));
        }
        assert!(breaker.note(false));
        assert!(!breaker.lets_pass());
        tokio::time::advance(REST).await;
        assert!(breaker.lets_pass());
        assert!(!breaker.lets_pass(), "one is enough to try");
        assert!(breaker.note(false));
        tokio::time::advance(REST - Duration::from_millis(1)).await;
        assert!(!breaker.lets_pass());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(breaker.lets_pass() && !breaker.note(true));
        assert!(breaker.lets_pass() && breaker.lets_pass());
    }
}
