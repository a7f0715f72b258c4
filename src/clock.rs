//! The wall clock: the only place that reads it.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// How far this process's clock is behind, in microseconds.
static BEHIND: AtomicI64 = AtomicI64::new(0);

/// Now.
#[must_use]
pub fn now() -> DateTime<Utc> {
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    let now = Utc::now();
    now - TimeDelta::microseconds(BEHIND.load(Ordering::Relaxed))
}

/// Now, in microseconds since 1970.
#[must_use]
pub fn now_micros() -> i64 {
    now().timestamp_micros()
}

/// Lets this process live so many days ago, from now on: for tests of what takes days, each in a process of its own.
#[doc(hidden)]
pub fn live_days_ago(days: i64) {
    BEHIND.store(
        TimeDelta::days(days).num_microseconds().unwrap_or(0),
        Ordering::Relaxed,
    );
}
