//! How one gets in: the first account, and a login.

use bytes::Bytes;
use http::{
    HeaderMap, StatusCode,
    header::{FORWARDED, ORIGIN, VIA},
};
use warp::reply::Response;

use super::{
    call::{Call, casing},
    error::Error,
    reply::{self, Printed},
    request::Fields,
};
use crate::{
    actors::AccountError,
    auth::token::Terms,
    config::{Bootstrap, Secret},
    http::{Api, READ_YOUR_WRITES, guard::Denied},
    views::{Freshness, UserRow},
};

/// `POST /api/v1/users/bootstrap`: the first account, an admin's, while nobody uses one.
pub(super) async fn bootstrap(call: Call, body: Bytes) -> Result<Response, Error> {
    let api = &call.api;
    admits(&call, api.settings.bootstrap)?;
    let (fields, username, password) = credentials(&call.headers, &body)?;
    api.views.have_caught_up()?;
    let _turn = api.rates.login(call.address, &username).await?;
    if api.views.catch_up(READ_YOUR_WRITES).await? == Freshness::Stale {
        return Err(Error::Busy);
    }
    if api.views.has_users().await? {
        return Err(AccountError::Claimed.into());
    }
    let hash = api.auth.passwords.hash_chosen(&password).await?;
    // What the server has made for itself, and nobody has used.
    let users = api.views.users().await?;
    let generated = users.iter().find(|row| row.generated && !row.claimed);
    let generated = generated.and_then(|row| row.user.parse().ok());
    let made = api.accounts.register_first(&username, &hash, generated);
    let (user, position) = made.await?;
    let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
    let row = api.views.user(user.0).await?.ok_or(Error::Busy)?;
    let value = row.print().print(casing(&call.headers, fields.camel));
    Ok(reply::json(
        api,
        StatusCode::CREATED,
        &value,
        position,
        fresh,
    ))
}

/// Whether this one may try. What comes through a proxy is not from this machine, whatever the address; nor is what a
/// page in this machine's browser sends.
fn admits(call: &Call, setting: Bootstrap) -> Result<(), Error> {
    let forwarded = [
        "x-forwarded-for",
        "x-real-ip",
        FORWARDED.as_str(),
        VIA.as_str(),
        ORIGIN.as_str(),
    ]
    .iter()
    .any(|name| call.headers.contains_key(*name));
    let near = call.address.is_some_and(|address| address.0.is_loopback());
    let admitted = match setting {
        Bootstrap::Open => true,
        Bootstrap::Loopback => near && !forwarded,
        Bootstrap::Off => false,
    };
    admitted.then_some(()).ok_or_else(Error::forbidden)
}

/// `POST /api/v1/users/login`
pub(super) async fn login(call: Call, body: Bytes) -> Result<Response, Error> {
    let api = &call.api;
    api.rates.by_address(call.address).map_err(Denied::from)?;
    let (_, username, password) = credentials(&call.headers, &body)?;
    api.views.have_caught_up()?;
    let _turn = api.rates.login(call.address, &username).await?;
    let row = find(api, &username).await?;
    let hash = match &row {
        Some(row) => {
            let credential = row.credential.parse().unwrap_or_default();
            api.views.credential(credential).await?
        }
        None => None,
    };
    // Without a hash it costs the same time: nobody learns which names exist.
    let right = api
        .auth
        .passwords
        .verify(&password, hash.as_deref())
        .await?;
    let row = row.filter(|row| right && !row.disabled);
    let row = row.ok_or(Error::InvalidCredentials)?;
    let user = row.user.parse().map_err(Error::broken)?;
    if row.generated && !row.claimed {
        let position = api.accounts.note_login(user).await?;
        let _ = api.views.wait_for(position, READ_YOUR_WRITES).await;
    }
    let casing = casing(&call.headers, false);
    let token = api.auth.tokens.issue(
        user,
        &row.username,
        row.role(),
        row.password_changed_at.unwrap_or(row.created),
        Terms::week(casing == reply::Casing::Camel),
    );
    let object = row.print().and("token", token.map_err(Error::broken)?);
    let value = object.print(casing);
    Ok(reply::json(
        api,
        StatusCode::OK,
        &value,
        0,
        Freshness::Fresh,
    ))
}

fn credentials(headers: &HeaderMap, body: &Bytes) -> Result<(Fields, String, Secret), Error> {
    let fields = Fields::read(headers, body, &["username", "password"])?;
    let both = fields.required("username").and_then(|username| {
        let password = fields.required("password")?;
        Ok((username, Secret::new(password)))
    });
    let (username, password) =
        both.map_err(|_| Error::invalid("username and password are required"))?;
    Ok((fields, username, password))
}

/// The account of this name; it may have been made a moment ago by another process.
async fn find(api: &Api, username: &str) -> Result<Option<UserRow>, Error> {
    if let Some(row) = api.views.user_by_name(username).await? {
        return Ok(Some(row));
    }
    let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
    Ok(api.views.user_by_name(username).await?)
}
