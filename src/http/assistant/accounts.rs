//! Who one is: login, registration, password, and the end of an account.

use aggregates::{UserId, user::Role};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use warp::reply::Response;

use super::{
    error::{Error, wrong_password},
    reply, request,
};
use crate::{
    actors::{AccountEnd, Origin},
    auth::{Principal, token::Terms},
    config::Secret,
    http::{
        Api, READ_YOUR_WRITES,
        address::Address,
        idempotency::{self, Named},
        last_admin, registration,
    },
    views::{Freshness, UserRow},
};

/// Said to who repeats a request whose account is there no more.
const ENDED: &str = "The account that this request has made was deleted since; to make it again, use another Idempotency-Key";

/// `POST /api/auth/login`
pub(super) async fn login(
    api: Api,
    body: Bytes,
    address: Option<Address>,
) -> Result<Response, Error> {
    let (username, password) = both(&body, "username", "password")?;
    api.views.have_caught_up()?;
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
    let right = api
        .auth
        .passwords
        .verify(&Secret::new(password), hash.as_deref())
        .await?;
    match row.filter(|_| right) {
        // Only who knows the password learns that the account is there.
        Some(row) if row.disabled => Err(Error::Plain(
            StatusCode::FORBIDDEN,
            "This account is disabled".into(),
        )),
        Some(row) => welcome(&api, &row).await,
        None => Err(Error::Plain(
            StatusCode::UNAUTHORIZED,
            "Invalid username or password".into(),
        )),
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
        let position = api.accounts.note_login(user).await?;
        let _ = api.views.wait_for(position, READ_YOUR_WRITES).await;
    }
    let token = api
        .auth
        .tokens
        .issue(
            user,
            &row.username,
            row.role(),
            row.password_changed_at.unwrap_or(row.created),
            Terms::MONTH,
        )
        .map_err(Error::broken)?;
    let user = json!({ "id": row.user, "username": row.username, "role": row.role });
    let value = json!({ "access_token": token, "user": user });
    Ok(reply::ok(&value, api.views.position(), Freshness::Fresh))
}

/// `POST /api/auth/register`
pub(super) async fn register(
    api: Api,
    headers: HeaderMap,
    body: Bytes,
    address: Option<Address>,
) -> Result<Response, Error> {
    let (username, password) = both(&body, "username", "password")?;
    api.views.have_caught_up()?;
    let _turn = api.rates.login(address, &username).await?;
    if !api.settings.registration || !api.views.has_users().await? {
        return Err(Error::Plain(
            StatusCode::FORBIDDEN,
            "Registration is not available".into(),
        ));
    }
    let named = named(&api, &headers, &username)?;
    let (password, named) = (Secret::new(password), named.as_ref());
    let made = registration::register::<Error>(&api, &username, &password, Role::User, named);
    // The views may not know the account yet.
    let (user, position) = made.await?.ok_or_else(|| Error::not_found(ENDED))?;
    let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
    let user = json!({ "id": user, "username": username, "role": Role::User });
    Ok(reply::ok(&json!({ "user": user }), position, fresh))
}

/// The name of a request to make this account: nobody is known yet, so that it belongs to the account's name. The password
/// leaves no fingerprint, which would be quicker to try than its hash.
fn named(api: &Api, headers: &HeaderMap, username: &str) -> Result<Option<Named>, Error> {
    let (nobody, route) = (
        UserId(Uuid::nil()),
        format!("POST /api/auth/register {username}"),
    );
    Ok(idempotency::named(
        api,
        headers,
        nobody,
        &route,
        username.as_bytes(),
    )?)
}

/// `POST /api/auth/change-password`: the tokens that were issued before end, this request's among them.
pub(super) async fn change_password(
    api: Api,
    who: Principal,
    body: Bytes,
    address: Option<Address>,
) -> Result<Response, Error> {
    let (current, new) = both(&body, "current_password", "new_password")?;
    let row = proved(&api, &who, current, address).await?;
    let hash = api.auth.passwords.hash_chosen(&Secret::new(new)).await?;
    let instead_of = row.credential.parse().ok();
    let position = api
        .accounts
        .change_password(who.user, &hash, instead_of, Origin::user(who.user))
        .await?;
    done(&api, position).await
}

/// `DELETE /api/auth/me`: the account ends for ever. Some admin stays.
pub(super) async fn leave(
    api: Api,
    who: Principal,
    body: Bytes,
    address: Option<Address>,
) -> Result<Response, Error> {
    let fields = request::object(&body).map_err(Error::without_input)?;
    let mut faults = vec![];
    let Some(password) = request::required(&fields, "password", &mut faults) else {
        return Err(Error::Invalid(faults).without_input());
    };
    let row = proved(&api, &who, password, address).await?;
    let origin = Origin::user(who.user);
    let ended = last_admin::end::<Error>(&api, &row, who.user, AccountEnd::Deleted, origin);
    done(&api, ended.await?).await
}

/// `POST /api/auth/users/{id}/disable` and `/enable`. Some admin stays.
pub(super) async fn let_in(
    api: Api,
    who: Principal,
    id: String,
    enabled: bool,
) -> Result<Response, Error> {
    if !who.may_manage(Role::User) {
        return Err(Error::Plain(
            StatusCode::FORBIDDEN,
            "Only staff may do this".into(),
        ));
    }
    let row = match id.parse() {
        Ok(id) => user(&api, id).await?,
        Err(_) => None,
    };
    let Some(row) = row else {
        return Err(Error::not_found("User not found"));
    };
    let id = row.user.parse().map_err(Error::broken)?;
    if id == who.user {
        return Err(Error::Plain(
            StatusCode::BAD_REQUEST,
            "You cannot do this to your own account".into(),
        ));
    }
    if !who.may_manage(row.role()) {
        return Err(Error::Plain(
            StatusCode::FORBIDDEN,
            "Only an admin may do this".into(),
        ));
    }
    let origin = Origin::user(who.user);
    let position = if enabled {
        api.accounts.enable(id, origin).await?
    } else {
        last_admin::end::<Error>(&api, &row, id, AccountEnd::Disabled, origin).await?
    };
    done(&api, position).await
}

/// An account by its id; it may have been made a moment ago by another process.
async fn user(api: &Api, id: Uuid) -> Result<Option<UserRow>, Error> {
    if let Some(row) = api.views.user(id).await? {
        return Ok(Some(row));
    }
    let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
    Ok(api.views.user(id).await?)
}

/// `GET /api/auth/me`
pub(super) async fn me(api: Api, who: Principal) -> Result<Response, Error> {
    let value = json!({ "id": who.user, "username": who.username, "role": who.role });
    Ok(reply::ok(&value, api.views.position(), Freshness::Fresh))
}

/// The row of somebody who has shown a way in, and now the password too.
async fn proved(
    api: &Api,
    who: &Principal,
    password: String,
    address: Option<Address>,
) -> Result<UserRow, Error> {
    let row = user(api, who.user.0).await?.ok_or_else(wrong_password)?;
    let _turn = api.rates.login(address, &row.username).await?;
    let credential = row.credential.parse().unwrap_or_default();
    let right = is_right(api, credential, password).await?;
    right.then_some(row).ok_or_else(wrong_password)
}

/// Whether this is the password of an account with this hash.
async fn is_right(api: &Api, credential: Uuid, password: String) -> Result<bool, Error> {
    let hash = api.views.credential(credential).await?;
    let passwords = &api.auth.passwords;
    Ok(passwords
        .verify(&Secret::new(password), hash.as_deref())
        .await?)
}

async fn done(api: &Api, position: u64) -> Result<Response, Error> {
    let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
    Ok(reply::ok(&json!({ "ok": true }), position, fresh))
}

/// Two texts that must be there. What was sent instead is not sent back: it may be a password.
fn both(body: &[u8], first: &str, second: &str) -> Result<(String, String), Error> {
    let fields: Map<String, Value> = request::object(body).map_err(Error::without_input)?;
    let mut faults = vec![];
    let one = request::required(&fields, first, &mut faults);
    let other = request::required(&fields, second, &mut faults);
    one.zip(other)
        .ok_or_else(|| Error::Invalid(faults).without_input())
}
