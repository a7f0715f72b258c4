//! Users and what is attached to them: for admins only.

use aggregates::{UserId, ids::is_short_id, user::Role};
use http::StatusCode;
use warp::reply::Response;

use super::{
    api_keys,
    call::Admitted,
    error::Error,
    listing::{self, Window},
    reply,
};
use crate::{
    actors::{AccountEnd, Origin},
    config::Secret,
    http::{
        READ_YOUR_WRITES,
        access::Target,
        idempotency::{self, Named},
        last_admin, registration,
    },
    views::{PolicyRow, UserRow},
};

const TYPE: &str = "user";

/// `POST /api/v1/users`
pub(super) async fn create(call: &Admitted) -> Result<Response, Error> {
    for_admins(call, "users:CreateUser", "*")?;
    let fields = call.fields(&["username", "password", "role"])?;
    let username = fields.required("username")?;
    let password = Secret::new(fields.required("password")?);
    let role = match fields.optional("role")?.as_deref() {
        None | Some("user") => Role::User,
        Some("admin") => Role::Admin,
        Some(_) => return Err(Error::invalid("role must be one of: admin, user")),
    };
    let api = &call.api;
    let named = named(call, &username, role)?;
    let named = named.as_ref();
    let made = registration::register::<Error>(api, &username, &password, role, named).await?;
    let (user, position) = made.ok_or_else(Error::gone)?;
    let fresh = call.written(position).await;
    let row = api.views.user(user.0).await?.ok_or(Error::Busy)?;
    let casing = call.casing(Some(&fields));
    Ok(call.show(StatusCode::CREATED, &row, casing, fresh))
}

/// The name of a request to make this account. The password leaves no fingerprint, which would be quicker to try than its
/// hash.
fn named(call: &Admitted, username: &str, role: Role) -> Result<Option<Named>, Error> {
    let (api, user) = (&call.api, call.who.user);
    let what = format!("{role:?} {username}");
    let route = "POST /api/v1/users";
    let named = idempotency::named(api, &call.headers, user, route, what.as_bytes());
    Ok(named?)
}

/// `GET /api/v1/users`
pub(super) async fn list(call: &Admitted) -> Result<Response, Error> {
    for_admins(call, "users:ListUsers", "*")?;
    let fresh = call.caught_up().await?;
    let window = Window::of(call, 1_000)?;
    let rows = call
        .api
        .views
        .list_users(window.limit, window.offset)
        .await?;
    let total = call.api.views.count_users().await?;
    Ok(listing::bare(call, &rows, total, fresh))
}

/// `GET /api/v1/users/{id}`
pub(super) async fn get(call: &Admitted, id: &str) -> Result<Response, Error> {
    let fresh = call.caught_up().await?;
    let row = find(call, "users:GetUser", id).await?;
    Ok(call.show(StatusCode::OK, &row, call.casing(None), fresh))
}

/// `DELETE /api/v1/users/{id}`: for ever, with everything they said. Some admin stays.
pub(super) async fn delete(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row = find(call, "users:DeleteUser", id).await?;
    let (user, origin) = (user_of(&row)?, Origin::user(call.who.user));
    let ended = last_admin::end::<Error>(&call.api, &row, user, AccountEnd::Deleted, origin);
    let position = ended.await?;
    let fresh = call.written(position).await;
    Ok(reply::empty(&call.api, position, fresh))
}

/// `GET /api/v1/users/{id}/policies`
pub(super) async fn policies(call: &Admitted, id: &str) -> Result<Response, Error> {
    let fresh = call.caught_up().await?;
    let row = find(call, "users:GetUserPolicies", id).await?;
    let mut rows: Vec<PolicyRow> = vec![];
    for id in row.policies() {
        rows.extend(call.api.views.policy(id.as_str()).await?);
    }
    Ok(listing::bare(call, &rows, rows.len() as u64, fresh))
}

/// `PUT /api/v1/users/{id}/policies`: these and no others.
pub(super) async fn attach(call: &Admitted, id: &str) -> Result<Response, Error> {
    let row = find(call, "users:AttachUserPolicies", id).await?;
    let fields = call.fields(&["policy_ids"])?;
    let ids = fields.list("policy_ids")?;
    let ids = ids.ok_or_else(|| Error::invalid("policyIds is required"))?;
    let policies = api_keys::policies(call, &ids).await?;
    let (user, origin) = (user_of(&row)?, Origin::user(call.who.user));
    let attached = call.api.accounts.attach_policies(user, policies, origin);
    let position = attached.await?;
    let fresh = call.written(position).await;
    Ok(reply::empty(&call.api, position, fresh))
}

fn for_admins(call: &Admitted, action: &str, id: &str) -> Result<(), Error> {
    match call
        .rights
        .allow_admin(action, &Target::new(TYPE, None, id))
    {
        true => Ok(()),
        false => Err(Error::forbidden()),
    }
}

async fn find(call: &Admitted, action: &str, id: &str) -> Result<UserRow, Error> {
    for_admins(call, action, id)?;
    if !is_short_id(id, "user_") {
        return Err(Error::not_found("User", id));
    }
    let views = &call.api.views;
    if let Some(row) = views.user_by_short(id).await? {
        return Ok(row);
    }
    let _ = views.catch_up(READ_YOUR_WRITES).await?;
    let row = views.user_by_short(id).await?;
    row.ok_or_else(|| Error::not_found("User", id))
}

fn user_of(row: &UserRow) -> Result<UserId, Error> {
    row.user.parse().map_err(Error::broken)
}
