//! Which day it is, as far as that can be believed: a clock that jumps into the future destroys nothing.

use tokio::time::{Duration, Instant};

use crate::{
    clock,
    store::{Store, StoreError, day_of},
};

/// With no other clock to ask, one that jumped is believed after it has gone on for so long.
const LONG_ENOUGH: Duration = Duration::from_secs(24 * 60 * 60);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Today {
    /// The last day that was believed, at first that of the log, and when that was.
    known: Option<(u64, Instant)>,
    warned: bool,
}

impl Today {
    /// The log's last event is of this time, in microseconds since 1970, before this process has written any.
    pub(super) fn after(recorded_at: i64) -> Self {
        let known = (recorded_at > 0).then(|| (day_of(recorded_at), Instant::now()));
        Self {
            known,
            warned: false,
        }
    }

    /// Today; nothing: this node's clock is not believed, and nothing is too old.
    pub(super) async fn ask(&mut self, store: &Store) -> Result<Option<u64>, StoreError> {
        let node = day_of(clock::now_micros());
        let log = day_of(store.last_recorded_at().await?);
        let database = store.database_clock().await?.map(day_of);
        let believed = self.believe(node, log, database, Instant::now());
        if believed.is_none() && !self.warned {
            tracing::warn!(
                "this server's clock is days ahead of the log and of the database: nothing that is too old is \
                 destroyed until they agree; set the clock right"
            );
        }
        self.warned = believed.is_none();
        Ok(believed)
    }

    /// A day more than somebody else's is no jump: it may be midnight, or nobody has said anything since.
    fn believe(&mut self, node: u64, log: u64, database: Option<u64>, now: Instant) -> Option<u64> {
        let first = if log == 0 { node } else { log };
        let (known, since) = *self.known.get_or_insert((first, now));
        let agrees = match database {
            Some(database) => node <= database.max(log).saturating_add(1),
            // What a server with a wrong clock writes into its own log proves nothing.
            None => node <= known.saturating_add(1) || now.duration_since(since) >= LONG_ENOUGH,
        };
        if !agrees {
            return None;
        }
        self.known = Some((node, now));
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_agrees_with_the_database_is_believed_however_long_nobody_has_said_anything() {
        let now = Instant::now();
        let mut today = Today::default();
        assert_eq!(today.believe(140, 100, Some(140), now), Some(140));
        assert_eq!(today.believe(141, 100, Some(140), now), Some(141));
        assert_eq!(today.believe(142, 100, Some(140), now), None);
        assert_eq!(today.believe(47_000, 100, Some(140), now), None);
        let later = now + 2 * LONG_ENOUGH;
        assert_eq!(today.believe(47_000, 100, Some(140), later), None);
    }

    #[test]
    fn a_clock_that_is_behind_is_believed_and_makes_less_too_old() {
        let mut today = Today::default();
        assert_eq!(today.believe(50, 100, None, Instant::now()), Some(50));
    }

    #[test]
    fn a_server_that_starts_in_another_century_destroys_nothing_whatever_it_writes() {
        let now = Instant::now();
        let mut today = Today {
            known: Some((100, now)),
            warned: false,
        };
        assert_eq!(today.believe(47_000, 100, None, now), None);
        assert_eq!(today.believe(47_000, 47_000, None, now), None);
        // Set right.
        assert_eq!(today.believe(101, 47_000, None, now), Some(101));
    }

    #[test]
    fn a_clock_that_jumps_while_the_server_runs_is_not_believed_for_a_day() {
        let now = Instant::now();
        let mut today = Today::default();
        assert_eq!(today.believe(100, 100, None, now), Some(100));
        assert_eq!(today.believe(110, 110, None, now), None);
        let later = now + LONG_ENOUGH;
        assert_eq!(today.believe(111, 110, None, later), Some(111));
        assert_eq!(today.believe(112, 110, None, later), Some(112));
    }

    #[test]
    fn a_server_to_which_nobody_says_anything_still_sees_the_days_go_by() {
        let mut now = Instant::now();
        let mut today = Today::default();
        for day in 100..140 {
            assert_eq!(today.believe(day, 100, None, now), Some(day));
            now += Duration::from_secs(60 * 60);
        }
    }

    #[test]
    fn an_empty_log_has_nothing_to_say() {
        let mut today = Today::after(0);
        assert_eq!(today.believe(20_000, 0, None, Instant::now()), Some(20_000));
    }
}
