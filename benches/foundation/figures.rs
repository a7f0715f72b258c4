//! What is measured: latencies and rates, and how they are printed.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::Outcome;

/// How often something happened, and how long it took each time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Rate {
    pub(crate) fn of(latencies: &Latencies, within: Duration) -> Self {
        Self {
            per_second: latencies.count() as f64 / within.as_secs_f64(),
            p50: latencies.quantile(0.5),
            p99: latencies.quantile(0.99),
        }
    }

    /// The three cells it takes in a table.
    pub(crate) fn cells(&self) -> [String; 3] {
        [number(self.per_second), time(self.p50), time(self.p99)]
    }
}

/// Durations, to a microsecond and a thousandth.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(crate) fn new() -> Outcome<Self> {
        Ok(Self(Histogram::new_with_bounds(1, 600_000_000, 3)?))
    }

    pub(crate) fn record(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.0.saturating_record(micros.max(1));
    }

    pub(crate) fn add(&mut self, other: &Self) -> Outcome {
        Ok(self.0.add(&other.0)?)
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    pub(crate) fn quantile(&self, quantile: f64) -> Duration {
        Duration::from_micros(self.0.value_at_quantile(quantile))
    }
}

/// `12,345`, or with a decimal when it is small.
pub(crate) fn number(value: f64) -> String {
    if value.abs() < 100.0 && value.fract() != 0.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value < 0.0 {
        format!("-{grouped}")
    } else {
        grouped
    }
}

/// `47 µs`, `3.21 ms`, `1.2 s`.
pub(crate) fn time(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    if micros < 1_000.0 {
        format!("{micros:.0} µs")
    } else if micros < 100_000.0 {
        format!("{:.2} ms", micros / 1e3)
    } else if micros < 1e6 {
        format!("{:.0} ms", micros / 1e3)
    } else {
        format!("{:.1} s", micros / 1e6)
    }
}

/// What `duration` is over `base`; they may be in any order.
pub(crate) fn added(duration: Duration, base: Duration) -> String {
    match duration.checked_sub(base) {
        Some(more) => time(more),
        None => format!("-{}", time(base.saturating_sub(duration))),
    }
}

/// `1.53×`
pub(crate) fn times(value: f64, base: f64) -> String {
    if base > 0.0 {
        format!("{:.2}×", value / base)
    } else {
        "–".to_owned()
    }
}

/// `38.2 MiB`, `3.1 KiB`; negative when something shrank.
pub(crate) fn bytes(bytes: f64) -> String {
    if bytes.abs() >= 1024.0 * 1024.0 * 1024.0 {
        format!("{:.1} GiB", bytes / 1024.0 / 1024.0 / 1024.0)
    } else if bytes.abs() >= 1024.0 * 1024.0 {
        format!("{:.1} MiB", bytes / 1024.0 / 1024.0)
    } else {
        format!("{:.1} KiB", bytes / 1024.0)
    }
}
