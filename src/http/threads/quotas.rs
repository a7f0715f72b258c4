//! Quotas: how many tokens somebody may use, has used, and until when; and who may set that.

use aggregates::{UserId, quota::QuotaLimits};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate};
use http::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

use super::{
    access::{caught_up, sees_everything},
    error::Error,
    params::{Filters, Params},
    reply::{self, Fields},
    request::{self, BodyFields},
};
use crate::{
    auth::Principal,
    clock,
    http::{Api, READ_YOUR_WRITES},
};

/// A limit that is none.
const UNLIMITED: i64 = -1;

/// A span that tokens are counted in.
struct Period {
    name: &'static str,
    from: i64,
    until: i64,
    /// The user's own; nothing: the server's.
    limit: Option<i64>,
    /// The server's.
    default: i64,
    usage: i64,
}

impl Period {
    /// What may still be used; nothing where there is no limit.
    fn remaining(&self) -> Option<i64> {
        let limit = self.limit.unwrap_or(self.default);
        (limit != UNLIMITED).then(|| limit.saturating_sub(self.usage).max(0))
    }
}

/// The three periods of now, and what somebody has used in each.
async fn periods(api: &Api, user: UserId) -> Result<[Period; 3], Error> {
    let defaults = api.settings.quotas;
    let limits = api.views.quota(user.0).await?.unwrap_or_default();
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
    let mut periods = [
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
    ];
    let from = periods.iter().map(|period| period.from).min().unwrap_or(0);
    let until = periods.iter().map(|period| period.until).max().unwrap_or(0);
    for used in api.views.usage(user.0, from, until).await? {
        for period in &mut periods {
            if (period.from..period.until).contains(&used.day) {
                let tokens = used.prompt_tokens.saturating_add(used.completion_tokens);
                period.usage = period.usage.saturating_add(tokens);
            }
        }
    }
    Ok(periods)
}

/// Somebody who has used up what they may use is told so.
pub(super) async fn check(api: &Api, who: &Principal) -> Result<(), Error> {
    for period in periods(api, who.user).await? {
        if period.remaining() == Some(0) {
            let sentence = match period.name {
                "daily" => "Daily token limit exceeded.",
                "weekly" => "Weekly token limit exceeded.",
                _ => "Monthly token limit exceeded.",
            };
            return Err(Error::detail(StatusCode::CONFLICT, sentence));
        }
    }
    Ok(())
}

/// `GET /api/chat-quota/usage/`
pub(super) async fn usage(api: Api, who: Principal, params: &Params) -> Result<Response, Error> {
    let mut filters = Filters::new(params);
    let user = filters.uuid("user_uuid").map(UserId);
    let user = filters.checked(user)?.unwrap_or(who.user);
    if user != who.user && !sees_everything(&who) {
        return Err(Error::detail(
            StatusCode::FORBIDDEN,
            "You can only view your own usage.",
        ));
    }
    let fresh = caught_up(&api, params).await?;
    known(&api, user).await?;
    let periods = periods(&api, user).await?;
    let mut fields: Vec<(&'static str, Value)> = vec![];
    for period in periods {
        let names = names(period.name);
        let values = [
            json!(period.limit),
            json!(period.usage),
            json!(period.remaining()),
            reply::time(period.until),
            json!(period.default),
        ];
        fields.extend(names.into_iter().zip(values));
    }
    Ok(reply::ok(&Fields(fields), api.views.position(), fresh))
}

/// `POST /api/chat-quota/set_quota/`
pub(super) async fn set(api: Api, who: Principal, body: &BodyFields) -> Result<Response, Error> {
    if !sees_everything(&who) {
        return Err(Error::detail(
            StatusCode::FORBIDDEN,
            "You do not have permission to perform this action.",
        ));
    }
    let (user, limits): (UserId, QuotaLimits) = request::quota(body)?;
    known(&api, user).await?;
    let position = api.records.set_quota(user, limits, who.user).await?;
    let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
    Ok(reply::empty(position, fresh))
}

async fn known(api: &Api, user: UserId) -> Result<(), Error> {
    match api.views.user(user.0).await? {
        Some(_) => Ok(()),
        None => Err(Error::not_found("No User matches the given query.")),
    }
}

fn names(period: &str) -> [&'static str; 5] {
    match period {
        "daily" => [
            "daily_limit",
            "daily_usage",
            "daily_remaining",
            "daily_reset_at",
            "daily_system_default",
        ],
        "weekly" => [
            "weekly_limit",
            "weekly_usage",
            "weekly_remaining",
            "weekly_reset_at",
            "weekly_system_default",
        ],
        _ => [
            "monthly_limit",
            "monthly_usage",
            "monthly_remaining",
            "monthly_reset_at",
            "monthly_system_default",
        ],
    }
}

fn midnight(day: NaiveDate) -> i64 {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    midnight.and_utc().timestamp_micros()
}
