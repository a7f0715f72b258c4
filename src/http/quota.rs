//! Quotas: how many tokens somebody may use, has used, and until when.

use aggregates::UserId;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate};

use super::Api;
use crate::{clock, views::ViewError};

/// A limit that is none.
const UNLIMITED: i64 = -1;

/// A span that tokens are counted in.
pub(crate) struct Period {
    /// `daily`, `weekly` or `monthly`.
    pub(crate) name: &'static str,
    from: i64,
    pub(crate) until: i64,
    /// The user's own; nothing: the server's.
    pub(crate) limit: Option<i64>,
    /// The server's.
    pub(crate) default: i64,
    pub(crate) usage: i64,
}

impl Period {
    /// What may still be used; nothing where there is no limit.
    pub(crate) fn remaining(&self) -> Option<i64> {
        let limit = self.limit.unwrap_or(self.default);
        (limit != UNLIMITED).then(|| limit.saturating_sub(self.usage).max(0))
    }
}

/// The three periods of now, and what somebody has used in each.
pub(crate) async fn periods(api: &Api, user: UserId) -> Result<[Period; 3], ViewError> {
    let mut periods = limits(api, user).await?;
    count(api, user, &mut periods).await?;
    Ok(periods)
}

/// The three periods of now, nothing counted yet.
async fn limits(api: &Api, user: UserId) -> Result<[Period; 3], ViewError> {
    let defaults = api.settings.quotas;
    let limits = api.views.quota(user.0).await?;
    let today = DateTime::from_timestamp_micros(clock::now_micros())
        .unwrap_or_default()
        .date_naive();
    let monday = today - Days::new(today.weekday().num_days_from_monday().into());
    let first = today.with_day(1).unwrap_or(today);
    let period = |name, from: NaiveDate, until: NaiveDate, limit, default| Period {
        name,
        from: midnight(from),
        until: midnight(until),
        limit,
        default,
        usage: 0,
    };
    Ok([
        period(
            "daily",
            today,
            today + Days::new(1),
            limits.daily,
            defaults.daily,
        ),
        period(
            "weekly",
            monday,
            monday + Days::new(7),
            limits.weekly,
            defaults.weekly,
        ),
        period(
            "monthly",
            first,
            first + Months::new(1),
            limits.monthly,
            defaults.monthly,
        ),
    ])
}

/// Counts what somebody has used in each of these.
async fn count(api: &Api, user: UserId, periods: &mut [Period]) -> Result<(), ViewError> {
    let from = periods.iter().map(|period| period.from).min().unwrap_or(0);
    let until = periods.iter().map(|period| period.until).max().unwrap_or(0);
    for used in api.views.usage(user.0, from, until).await? {
        for period in &mut *periods {
            if (period.from..period.until).contains(&used.day) {
                let tokens = used.prompt_tokens.saturating_add(used.completion_tokens);
                period.usage = period.usage.saturating_add(tokens);
            }
        }
    }
    Ok(())
}

/// Somebody has used up what they may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exhausted {
    /// What they are told.
    pub(crate) sentence: &'static str,
    /// Seconds until they may use something again.
    pub(crate) retry_after: u64,
}

/// Whether somebody has used up what they may use. Every question asks, so nothing is counted for who has no limit.
pub(crate) async fn exhausted(api: &Api, user: UserId) -> Result<Option<Exhausted>, ViewError> {
    let mut periods = limits(api, user).await?;
    if periods.iter().all(|period| period.remaining().is_none()) {
        return Ok(None);
    }
    count(api, user, &mut periods).await?;
    let exhausted = periods
        .iter()
        .filter(|period| period.remaining() == Some(0));
    let Some(first) = exhausted.clone().next() else {
        return Ok(None);
    };
    let until = exhausted.map(|period| period.until).max().unwrap_or(0);
    let left = u64::try_from(until.saturating_sub(clock::now_micros())).unwrap_or(0);
    Ok(Some(Exhausted {
        sentence: match first.name {
            "daily" => "Daily token limit exceeded.",
            "weekly" => "Weekly token limit exceeded.",
            _ => "Monthly token limit exceeded.",
        },
        retry_after: left.div_ceil(1_000_000).max(1),
    }))
}

fn midnight(day: NaiveDate) -> i64 {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    midnight.and_utc().timestamp_micros()
}
