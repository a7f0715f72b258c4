//! Periods: what grows too old is sealed with another key each day, so that the keys of old days can be destroyed and
//! the others stay.
//!
//! A day is that of the clock when the commit is sealed, which is always, whether or not anything is ever to go: a
//! retention that is set later counts for what was said before. A commit that is sealed just before midnight and
//! appended after it keeps the key of the day before. A clock that is behind the log's is not believed: what is said now
//! would be too old at once.

use aggregates::stays;
use tokio::time::{Duration, Instant};

use super::keyring::KeyName;
use crate::{
    clock,
    store::{Store, StoreError},
};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// How long it is known that the log is not ahead of this node's clock.
const KNOWN: Duration = Duration::from_secs(60);

/// The day on which is sealed: this node's, but never one before the log's, its database's, or one on which this
/// process has sealed.
#[derive(Debug, Default)]
pub(in crate::store) struct SealingDay {
    /// The latest that was seen.
    last: u64,
    /// When the log, which had an event, was asked.
    asked: Option<Instant>,
}

impl SealingDay {
    /// Today.
    pub(in crate::store) async fn today(&mut self, store: &Store) -> Result<u64, StoreError> {
        if self.asked.is_none_or(|asked| asked.elapsed() >= KNOWN) {
            let log = store.last_recorded_at().await?;
            // What is recorded next has the time of this one.
            let database = store.database_clock().await?.unwrap_or(0);
            self.last = self.last.max(day_of(log.max(database)));
            // Another node may write into an empty log at any time.
            self.asked = (log > 0).then(Instant::now);
        }
        self.last = self.last.max(day_of(clock::now_micros()));
        Ok(self.last)
    }
}

/// The day of a time in microseconds since 1970: how many (UTC) were over by then.
#[must_use]
pub fn day_of(micros: i64) -> u64 {
    u64::try_from(micros.div_euclid(DAY)).unwrap_or(0)
}

/// When a day begins, in microseconds since 1970.
#[must_use]
pub fn beginning_of(day: u64) -> i64 {
    i64::try_from(day).map_or(i64::MAX, |day| day.saturating_mul(DAY))
}

/// A day before which nothing is ever too old.
const NEVER: u64 = 1 << 40;

/// The period in which a field of an event is sealed on this day; 0: one key has all of what this kind of thing has of
/// such fields. Only conversations go on for longer than a moment, and what they are called goes on with them.
pub(super) fn period(kind: &str, event_type: &str, field: &str, day: u64) -> u64 {
    match kind {
        "thread" if !stays(kind, event_type, field) => day,
        _ => 0,
    }
}

/// The day by which a key that seals today is too old one day; `None`: age is no matter. What is configured does not
/// grow old, and what is written about a message goes with it.
pub(super) fn ages(name: &KeyName, today: u64) -> Option<u64> {
    match (name.kind.as_str(), name.period) {
        ("thread", 0) => Some(NEVER),
        ("thread" | "completion" | "embedding" | "ingest", _) => Some(today),
        _ => None,
    }
}
