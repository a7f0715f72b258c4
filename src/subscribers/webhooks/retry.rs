//! When a message is tried again, and when its receiver is given up.

use std::time::Duration;

use super::send::{Answer, Outcome};
use crate::{
    audit::MOST_WAITING,
    store::{DeliveryState, Failing, Tried},
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
    /// How long a receiver is left alone that says it has too much to do, where it does not say how long, or that does
    /// not work; twice as long after every further failure, up to five minutes.
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

/// Fewer failures disable nothing.
const FEWEST: u32 = 3;
/// Failures that lie further apart say nothing of the time between them: longer than any wait.
const APART: i64 = 2 * 24 * 60 * 60 * 1_000_000;
/// The longest that a receiver is left alone that does not work.
const LONGEST_QUIET: Duration = Duration::from_secs(5 * MINUTE);
/// The longest wait that a receiver may ask for.
const LONGEST: Duration = Duration::from_secs(24 * HOUR);

impl Patience {
    /// What becomes of a message that was tried `attempts` times before.
    pub(super) fn tried(&self, attempts: u32, answer: &Answer, now: i64, chance: u8) -> Tried {
        let asked_for = answer.retry_after.unwrap_or_default().min(LONGEST);
        let retry = self.retries.get(attempts as usize);
        let (state, wait) = match (&answer.outcome, retry) {
            (Outcome::Taken, _) => (DeliveryState::Delivered, Duration::ZERO),
            // Due at once, for when somebody enables the webhook again.
            (Outcome::Gone, _) => (DeliveryState::Waiting, Duration::ZERO),
            (Outcome::Refused(_), None) => (DeliveryState::Failed, Duration::ZERO),
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

    /// How long its receiver is told nothing else, after so many failures without a success.
    pub(super) fn pause(&self, answer: &Answer, failures: u32) -> Duration {
        let asked_for = answer
            .retry_after
            .map(|time| time.min(Duration::from_secs(HOUR)));
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let quiet = self.quiet.saturating_mul(doubled).min(LONGEST_QUIET);
        match (answer.outcome, answer.status) {
            (Outcome::Refused(_), Some(429)) => asked_for.unwrap_or(self.quiet),
            (Outcome::Refused(_), None | Some(500..)) => quiet.max(asked_for.unwrap_or_default()),
            _ => Duration::ZERO,
        }
    }

    /// Failures before this time count no more; times are in microseconds since 1970.
    pub(super) fn anew(&self, enabled_at: Option<i64>, now: i64) -> i64 {
        enabled_at.unwrap_or(0).max(now.saturating_sub(APART))
    }

    /// Whether a receiver that has taken nothing for so long is given up.
    pub(super) fn is_over(&self, failing: Failing, now: i64) -> bool {
        let is_long = |since: i64| now.saturating_sub(since) >= micros(self.failing);
        failing.times >= FEWEST && failing.since.is_some_and(is_long)
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
    fn what_a_receiver_that_has_gone_did_not_take_waits_however_often_it_was_tried() {
        let gone = Answer {
            outcome: Outcome::Gone,
            ..refused(410, None)
        };
        for attempts in [0, 9, 99] {
            let tried = Patience::default().tried(attempts, &gone, 7, 255);
            assert_eq!((tried.state, tried.due_at), (DeliveryState::Waiting, 7));
        }
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
        let pause = |status, after| patience.pause(&refused(status, after), 9).as_secs();
        assert_eq!(
            [pause(429, Some(9)), pause(429, None), pause(404, None)],
            [9, 5, 0]
        );
        assert_eq!(
            [pause(429, Some(1 << 40)), pause(503, Some(1 << 40))],
            [3_600; 2]
        );
    }

    #[test]
    fn who_does_not_work_is_left_alone_twice_as_long_after_every_failure() {
        let patience = Patience::default();
        let none = Answer {
            status: None,
            ..refused(500, None)
        };
        for answer in [refused(500, None), refused(503, Some(1)), none] {
            let pause = |failures| patience.pause(&answer, failures).as_secs();
            assert_eq!([0, 1, 2, 3, 6, 7].map(pause), [5, 5, 10, 20, 160, 300]);
            assert_eq!(pause(u32::MAX), 300);
        }
        assert_eq!(patience.pause(&refused(503, Some(900)), 1).as_secs(), 900);
    }

    #[test]
    fn five_days_of_failures_are_enough() {
        let patience = Patience::default();
        let days = |days: i64| days * 24 * 3_600 * 1_000_000;
        let failing = |since, times| Failing { since, times };
        assert!(!patience.is_over(failing(None, 9), days(9)));
        assert!(!patience.is_over(failing(Some(1), 9), days(5)));
        assert!(!patience.is_over(failing(Some(0), 2), days(5)));
        assert!(patience.is_over(failing(Some(0), 3), days(5)));
        // No wait between two tries is so long that what was before it would be forgotten.
        let longest = patience.retries.iter().max().unwrap();
        assert!(micros((*longest).max(LONGEST)) * 11 / 10 < APART);
        assert_eq!(patience.anew(Some(days(7)), days(8)), days(7));
        assert_eq!(patience.anew(Some(days(7)), days(10)), days(8));
    }
}
