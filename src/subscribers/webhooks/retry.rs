//! When a message is tried again, and when its receiver is given up.

use std::time::Duration;

use super::send::{Answer, Outcome};
use crate::{
    audit::MOST_WAITING,
    store::{DeliveryState, Tried},
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// How patient it is with receivers.
#[derive(Clone, Debug)]
pub struct Patience {
    /// The waits before every further try of a message; then it is given up.
    pub retries: Vec<Duration>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// How long a receiver is left alone that says it has too much to do, where it does not say how long.
    pub quiet: Duration,
    /// A receiver that has taken nothing for so long is told no more.
    pub failing: Duration,
    /// Messages that may wait for one receiver; what comes then waits in the log.
    pub backlog: u64,
}

impl Default for Patience {
    /// As Standard Webhooks recommends it.
    fn default() -> Self {
        let retries = [
            5,
            5 * MINUTE,
            30 * MINUTE,
            2 * HOUR,
            5 * HOUR,
            10 * HOUR,
            14 * HOUR,
            20 * HOUR,
            24 * HOUR,
        ];
        Self {
            retries: retries.into_iter().map(Duration::from_secs).collect(),
            timeout: Duration::from_secs(15),
            quiet: Duration::from_secs(5),
            failing: Duration::from_secs(5 * 24 * HOUR),
            backlog: MOST_WAITING,
        }
    }
}

/// The longest wait that a receiver may ask for.
const LONGEST: Duration = Duration::from_secs(24 * HOUR);

impl Patience {
    /// What becomes of a message that was tried `attempts` times before.
    pub(super) fn tried(&self, attempts: u32, answer: &Answer, now: i64, chance: u8) -> Tried {
        let asked_for = answer.retry_after.unwrap_or_default().min(LONGEST);
        let retry = self.retries.get(attempts as usize);
        let (state, wait) = match (&answer.outcome, retry) {
            (Outcome::Taken, _) => (DeliveryState::Delivered, Duration::ZERO),
            (Outcome::Gone, _) | (Outcome::Refused(_), None) => {
                (DeliveryState::Failed, Duration::ZERO)
            }
            (Outcome::Refused(_), Some(wait)) => {
                // Up to a tenth more, so that not everything comes back at once.
                let jitter = wait.mul_f64(f64::from(chance) / 2_550.0);
                (DeliveryState::Waiting, (*wait + jitter).max(asked_for))
            }
        };
        Tried {
            state,
            due_at: now.saturating_add(micros(wait)),
            tried_at: now,
            status: answer.status,
            error: answer.sentence(),
        }
    }

    /// How long its receiver is told nothing else.
    pub(super) fn pause(&self, answer: &Answer) -> Duration {
        match (answer.status, answer.retry_after) {
            (Some(429 | 503), Some(asked_for)) => asked_for.min(Duration::from_secs(HOUR)),
            (Some(429 | 502..=504), _) => self.quiet,
            _ => Duration::ZERO,
        }
    }

    /// Whether a receiver that has taken nothing since then is given up.
    pub(super) fn is_over(&self, failing_since: Option<i64>, now: i64) -> bool {
        failing_since.is_some_and(|since| now.saturating_sub(since) >= micros(self.failing))
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn refused(status: u16, retry_after: Option<u64>) -> Answer {
        Answer {
            outcome: Outcome::Refused("It answered."),
            status: Some(status),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn a_message_is_tried_ten_times_within_some_four_days() {
        let patience = Patience::default();
        let mut waits = vec![];
        for attempts in 0.. {
            let tried = patience.tried(attempts, &refused(500, None), 0, 0);
            if tried.state == DeliveryState::Failed {
                break;
            }
            waits.push(tried.due_at / 1_000_000);
        }
        assert_eq!(waits.len(), 9);
        assert_eq!(waits[..3], [5, 300, 1_800]);
        // The table of the specification: 75:35:05.
        assert_eq!(waits.iter().sum::<i64>(), 75 * 3_600 + 35 * 60 + 5);
    }

    #[test]
    fn jitter_adds_a_tenth_at_most_and_a_receiver_may_ask_for_more() {
        let patience = Patience::default();
        let due = |answer: &Answer, chance| patience.tried(1, answer, 0, chance).due_at / 1_000_000;
        assert_eq!(due(&refused(500, None), 255), 330);
        assert_eq!(due(&refused(503, Some(1_000)), 0), 1_000);
        assert_eq!(due(&refused(503, Some(10)), 0), 300);
        assert_eq!(due(&refused(503, Some(u64::MAX / 4)), 0), 86_400);
    }

    #[test]
    fn who_has_too_much_to_do_is_left_alone() {
        let patience = Patience::default();
        let pause = |status, after| patience.pause(&refused(status, after)).as_secs();
        assert_eq!(
            [pause(429, Some(9)), pause(429, None), pause(504, Some(9))],
            [9, 5, 5]
        );
        assert_eq!([pause(500, Some(9)), pause(404, None)], [0, 0]);
        assert_eq!(pause(503, Some(1 << 40)), 3_600);
    }

    #[test]
    fn five_days_of_failures_are_enough() {
        let patience = Patience::default();
        let days = |days: i64| days * 24 * 3_600 * 1_000_000;
        assert!(!patience.is_over(None, days(9)));
        assert!(!patience.is_over(Some(1), days(5)));
        assert!(patience.is_over(Some(0), days(5)));
    }
}
