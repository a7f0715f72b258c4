//! Who is asking: one principal for every dialect, from a token or a key.

use std::time::Duration;

use aggregates::{UserId, key::KeyScope};
use http::HeaderMap;

use super::{Api, READ_YOUR_WRITES, address::Address, query::Query, rates::TooOften};
use crate::{
    auth::{Presented, Principal, Via, key},
    views::{UserRow, ViewError},
};

/// What is said to who shows a key that may do less than its owner, where nobody asks policies.
pub(crate) const LIMITED: &str = "This API key is limited to /mcp, /v1/chat/completions, /v1/embeddings and the paths \
    below /api/v1 and /api/audit";

/// An answer that goes on hands out nothing to whom was last looked at longer ago: whether they may still read.
pub(crate) const RENEW: Duration = Duration::from_secs(1);

/// Why nobody could be recognised.
#[derive(Debug)]
pub(crate) enum Denied {
    /// Nothing was presented.
    Missing,
    /// What was presented is wrong, expired, revoked, or its user is gone.
    Invalid,
    /// It was too often.
    TooOften(TooOften),
    /// The key may do less than its owner, and here nobody would ask what.
    Limited,
    /// The accounts cannot be read at the moment.
    Unavailable(ViewError),
}

impl From<TooOften> for Denied {
    fn from(error: TooOften) -> Self {
        Self::TooOften(error)
    }
}

impl From<ViewError> for Denied {
    fn from(error: ViewError) -> Self {
        Self::Unavailable(error)
    }
}

/// The principal of `Authorization: Bearer …`, or of `?token=…` for clients that cannot set headers.
pub(crate) async fn principal(
    api: &Api,
    headers: &HeaderMap,
    query: &Query,
    address: Option<Address>,
) -> Result<Principal, Denied> {
    let presented = Presented::read(authorization(headers)?, query.get("token"));
    unlimited(admit(api, presented, address).await?)
}

/// The principal of `Authorization: Bearer …`, and of the query's `token` where there is one, where every request is judged by policies: keys that may do less than
/// their owners are let in, too.
pub(crate) async fn principal_with_policies(
    api: &Api,
    headers: &HeaderMap,
    query: Option<&Query>,
    address: Option<Address>,
) -> Result<Principal, Denied> {
    let in_query = query.and_then(|query| query.get("token"));
    let presented = Presented::read(authorization(headers)?, in_query);
    admit(api, presented, address).await
}

/// The same once more, of a request that was let in and goes on: no limit counts it.
pub(crate) async fn still_with_policies(
    api: &Api,
    headers: &HeaderMap,
    query: &Query,
) -> Result<Principal, Denied> {
    let presented = Presented::read(authorization(headers)?, query.get("token"));
    recognize(api, presented.ok_or(Denied::Missing)?).await
}

fn unlimited(who: Principal) -> Result<Principal, Denied> {
    match who.is_limited() {
        true => Err(Denied::Limited),
        false => Ok(who),
    }
}

/// The principal of `Authorization: Token …`, or of a bearer; where there is a query, of its `token`, too.
pub(crate) async fn principal_of_token(
    api: &Api,
    headers: &HeaderMap,
    query: Option<&Query>,
    address: Option<Address>,
) -> Result<Principal, Denied> {
    let in_query = || Presented::read(None, query?.get("token"));
    let presented = Presented::read_token(authorization(headers)?).or_else(in_query);
    unlimited(admit(api, presented, address).await?)
}

/// The same once more, of a request without a query's `token` that was let in and goes on: no limit counts it.
pub(crate) async fn still_of_token(api: &Api, headers: &HeaderMap) -> Result<Principal, Denied> {
    let presented = Presented::read_token(authorization(headers)?);
    unlimited(recognize(api, presented.ok_or(Denied::Missing)?).await?)
}

fn authorization(headers: &HeaderMap) -> Result<Option<&str>, Denied> {
    let value = headers.get(http::header::AUTHORIZATION);
    value
        .map(|value| value.to_str().map_err(|_| Denied::Invalid))
        .transpose()
}

async fn admit(
    api: &Api,
    presented: Option<Presented<'_>>,
    address: Option<Address>,
) -> Result<Principal, Denied> {
    api.rates.by_address(address)?;
    let principal = recognize(api, presented.ok_or(Denied::Missing)?).await?;
    api.rates.by_user(principal.user)?;
    Ok(principal)
}

async fn recognize(api: &Api, presented: Presented<'_>) -> Result<Principal, Denied> {
    api.views.have_caught_up()?;
    if let Presented::Token(token) = &presented
        && api.auth.tokens.verify(token).is_err()
    {
        return Err(Denied::Invalid);
    }
    if let Some(principal) = look_up(api, &presented).await? {
        return Ok(principal);
    }
    // It may have been made a moment ago by another process: look once more when the views have caught up.
    let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
    look_up(api, &presented).await?.ok_or(Denied::Invalid)
}

/// Whether this user is let in, where something else than a token or a key says that it was theirs.
pub(crate) async fn lets_in(api: &Api, user: UserId) -> Result<bool, ViewError> {
    api.views.have_caught_up()?;
    let lets_in = |row: Option<UserRow>| row.is_some_and(|row| !row.disabled);
    if lets_in(api.views.user(user.0).await?) {
        return Ok(true);
    }
    // As above.
    let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
    Ok(lets_in(api.views.user(user.0).await?))
}

async fn look_up(api: &Api, presented: &Presented<'_>) -> Result<Option<Principal>, ViewError> {
    match presented {
        Presented::Token(token) => {
            let Ok(claims) = api.auth.tokens.verify(token) else {
                return Ok(None);
            };
            let row = api.views.user(claims.sub.0).await?;
            let row = row.filter(|row| {
                claims.outlives_password_change(row.password_changed_at.unwrap_or(row.created))
            });
            let scope = KeyScope {
                camel: claims.camel,
                ..KeyScope::default()
            };
            Ok(row.and_then(|row| principal_of(&row, scope, Via::Token)))
        }
        Presented::Key { digest } => {
            let Some(found) = api.views.key_by_digest(digest).await? else {
                return Ok(None);
            };
            if found.revoked.is_some() || !key::same_digest(&found.digest, digest) {
                return Ok(None);
            }
            let (Ok(owner), Ok(id)) = (found.owner.parse::<UserId>(), found.key.parse()) else {
                return Ok(None);
            };
            let row = api.views.user(owner.0).await?;
            Ok(row.and_then(|row| principal_of(&row, found.scope(), Via::Key(id))))
        }
    }
}

fn principal_of(row: &UserRow, scope: KeyScope, via: Via) -> Option<Principal> {
    if row.disabled {
        return None;
    }
    Some(Principal {
        user: row.user.parse().ok()?,
        username: row.username.clone(),
        role: row.role(),
        preferences: row.preferences(),
        policies: row.policies(),
        scope,
        restricted_until: row.restricted_until(),
        via,
    })
}
