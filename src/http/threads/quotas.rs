//! Quotas in this dialect's words: what somebody may use, has used, and until when; and who may set that.

use aggregates::{
    UserId,
    quota::{Quota, QuotaLimits},
};
use cqrs_es::Aggregate;
use http::{HeaderMap, StatusCode};
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
    actors::Origin,
    auth::Principal,
    http::{
        Api, READ_YOUR_WRITES, idempotency,
        quota::{exhausted, periods},
    },
};

/// Where quotas are set, as names of requests have it.
const SET: &str = "POST /api/chat-quota/set_quota";

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

/// `POST /api/chat-quota/set_quota/`, once for its `Idempotency-Key`.
pub(super) async fn set(
    api: Api,
    who: Principal,
    headers: &HeaderMap,
    body: &BodyFields,
) -> Result<Response, Error> {
    if !sees_everything(&who) {
        return Err(Error::detail(
            StatusCode::FORBIDDEN,
            "You do not have permission to perform this action.",
        ));
    }
    let (user, limits): (UserId, QuotaLimits) = request::quota(body)?;
    let named = idempotency::named(&api, headers, who.user, SET, &body.as_json())?;
    known(&api, user).await?;
    let records = &api.records;
    let carry_out = move |origin: Origin| async move {
        let position = records.set_quota(user, limits, origin).await?;
        Ok::<_, Error>(position)
    };
    let quota = user.to_string();
    let of = (Quota::TYPE, quota.as_str());
    let once = idempotency::once(&api, named.as_ref(), who.user, of, carry_out).await?;
    let fresh = api.views.wait_for(once.position, READ_YOUR_WRITES).await;
    Ok(reply::empty(once.position, fresh))
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
