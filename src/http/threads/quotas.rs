//! Quotas in this dialect's words: what somebody may use, has used, and until when; and who may set that.

use aggregates::{UserId, quota::QuotaLimits};
use http::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

use super::{
    access::{self, caught_up, sees_everything},
    error::Error,
    params::{Filters, Params},
    reply::{self, Fields},
    request::{self, BodyFields},
};
use crate::{
    auth::Principal,
    http::{
        Api, READ_YOUR_WRITES,
        quota::{exhausted, periods},
    },
};

/// Somebody who may not write, or has used up what they may use, is told so.
pub(super) async fn check(api: &Api, who: &Principal) -> Result<(), Error> {
    access::may_write(who)?;
    match exhausted(api, who.user).await? {
        Some(exhausted) => Err(Error::detail(StatusCode::CONFLICT, exhausted.sentence)),
        None => Ok(()),
    }
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
    if api.views.user(user.0).await?.is_some() {
        return Ok(());
    }
    // Another process may have made the account a moment ago.
    let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
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
