//! Who one is: login and me.

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

use super::{error::Error, reply, request};
use crate::{
    auth::Principal,
    config::Secret,
    http::{Api, READ_YOUR_WRITES, address::Address},
    views::{Freshness, UserRow},
};

/// `POST /api/auth/login`
pub(super) async fn login(
    api: Api,
    body: Bytes,
    address: Option<Address>,
) -> Result<Response, Error> {
    let fields = request::object(&body).map_err(Error::without_input)?;
    let mut faults = vec![];
    let username = request::required(&fields, "username", &mut faults);
    let password = request::required(&fields, "password", &mut faults);
    let (Some(username), Some(password)) = (username, password) else {
        return Err(Error::Invalid(faults).without_input());
    };
    let _turn = api.rates.login(address, &username).await?;
    let row = find(&api, &username).await?;
    let hash = match &row {
        Some(row) => {
            api.views
                .credential(row.credential.parse().unwrap_or_default())
                .await?
        }
        None => None,
    };
    // Without a hash it costs the same time: nobody learns which names exist.
    match (
        api.auth
            .passwords
            .verify(&Secret::new(password), hash.as_deref())
            .await,
        row,
    ) {
        (Ok(true), Some(row)) => welcome(&api, &row).await,
        (Ok(_), _) => Err(Error::Plain(
            StatusCode::UNAUTHORIZED,
            "Invalid username or password".into(),
        )),
        (Err(error), _) => Err(error.into()),
    }
}

/// The account of this name; it may have been made a moment ago by another process.
async fn find(api: &Api, username: &str) -> Result<Option<UserRow>, Error> {
    // No name has it, and no database takes it.
    if username.contains('\0') {
        return Ok(None);
    }
    if let Some(row) = api.views.user_by_name(username).await? {
        return Ok(Some(row));
    }
    let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
    Ok(api.views.user_by_name(username).await?)
}

/// A token for somebody whose password was right.
async fn welcome(api: &Api, row: &UserRow) -> Result<Response, Error> {
    let user = row
        .user
        .parse()
        .map_err(|_| Error::broken("a user has no readable id"))?;
    if row.generated && !row.claimed {
        api.accounts.note_login(user).await?;
    }
    let token = api
        .auth
        .tokens
        .issue(
            user,
            &row.username,
            row.role(),
            row.password_changed_at.unwrap_or(row.created),
        )
        .map_err(Error::broken)?;
    let value = json!({ "access_token": token, "user": user_json(row) });
    Ok(reply::ok(&value, api.views.position(), Freshness::Fresh))
}

/// `GET /api/auth/me`
pub(super) async fn me(api: Api, who: Principal) -> Result<Response, Error> {
    let value = json!({ "id": who.user, "username": who.username, "role": who.role });
    Ok(reply::ok(&value, api.views.position(), Freshness::Fresh))
}

/// `GET /api/providers`
pub(super) async fn providers(api: Api) -> Result<Response, Error> {
    Ok(reply::ok(
        &json!({ "providers": api.directory.providers() }),
        api.views.position(),
        Freshness::Fresh,
    ))
}

fn user_json(row: &UserRow) -> Value {
    json!({ "id": row.user, "username": row.username, "role": row.role })
}
