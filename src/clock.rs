//! The wall clock: the only place that reads it.

use chrono::{DateTime, Utc};

/// Now.
#[must_use]
pub fn now() -> DateTime<Utc> {
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    Utc::now()
}

/// Now, in microseconds since 1970.
#[must_use]
pub fn now_micros() -> i64 {
    now().timestamp_micros()
}
