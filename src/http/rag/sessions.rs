//! `/api/v1/session`: sessions by the names that their user knows them by.

use aggregates::{RagSessionId, rag_session::RagSession, user::User};
use cqrs_es::Aggregate;
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use warp::reply::Response;

use super::{call::Admitted, error::Error, reply, request};
use crate::{actors::Origin, http::idempotency, views::RagSessionRow};

/// Sessions that are listed.
const MOST: u32 = 1_000;
const UNKNOWN: &str = "There is no such session";
/// The name for `Idempotency-Key` of the route that makes one.
const MAKE: &str = "POST /api/v1/session";

/// All of one's own, newest first.
pub(super) async fn list(call: &Admitted) -> Result<Response, Error> {
    let fresh = call.caught_up().await?;
    let rows = call.api.views.rag_sessions(call.who.user.0, MOST).await?;
    let value = Value::Array(rows.iter().map(reply::session).collect());
    Ok(reply::json(&call.api, StatusCode::OK, &value, 0, fresh))
}

/// Makes one with a new name; the same request makes the same one.
pub(super) async fn create(call: &Admitted) -> Result<Response, Error> {
    let label = request::label(&call.body)?;
    let (api, user) = (&call.api, call.who.user);
    let named = idempotency::named(api, &call.headers, user, MAKE, &call.body)?;
    let seed = named
        .as_ref()
        .map_or_else(Uuid::new_v4, |named| named.command.0);
    let mut name = format!("sess_{}", seed.simple());
    name.truncate("sess_".len() + 16);
    let known_as = name.as_str();
    let make = move |origin: Origin| async move {
        let opened = api.rag_sessions.open_as(user, known_as, label, origin);
        let (_, position) = opened.await?;
        Ok::<_, Error>(position)
    };
    let id = user.to_string();
    let made = idempotency::once(api, named.as_ref(), user, (User::TYPE, &id), make);
    let position = made.await?.position;
    let fresh = call.written(position).await;
    let Some(row) = own(call, &name).await? else {
        let session = api.rag_sessions.find(user, &name).await?;
        return Err(session.map_or_else(Error::gone, |_| behind()));
    };
    let value = json!({ "data": reply::session(&row) });
    Ok(reply::json(
        &call.api,
        StatusCode::CREATED,
        &value,
        position,
        fresh,
    ))
}

/// Labels one; the same request does it once.
pub(super) async fn change(call: &Admitted, name: &str) -> Result<Response, Error> {
    let label = request::label(&call.body)?;
    let label = label.ok_or_else(|| Error::bad("label is required"))?;
    let (named, known) = call.named(&format!("PATCH /api/v1/session/{name}")).await?;
    let session = found(call, name).await?;
    let id = session.to_string();
    // Of this name there may be another session by now.
    if known.is_some_and(|record| record.aggregate_id != id) {
        return Err(Error::gone());
    }
    let (api, user) = (&call.api, call.who.user);
    let rename = move |origin: Origin| async move {
        let renamed = api.rag_sessions.rename(session, label, origin).await?;
        renamed.ok_or_else(|| Error::not_found(UNKNOWN))
    };
    let of = (RagSession::TYPE, &*id);
    let renamed = idempotency::once(api, named.as_ref(), user, of, rename);
    let position = renamed.await?.position;
    let fresh = call.written(position).await;
    let row = own(call, name).await?.ok_or_else(behind)?;
    let value = json!({ "data": reply::session(&row) });
    Ok(reply::json(
        &call.api,
        StatusCode::OK,
        &value,
        position,
        fresh,
    ))
}

/// Ends one, with everything in it.
pub(super) async fn delete(call: &Admitted, name: &str) -> Result<Response, Error> {
    let session = found(call, name).await?;
    let origin = Origin::user(call.who.user);
    let position = call.api.rag_sessions.delete(session, origin).await?;
    let fresh = call.written(position).await;
    Ok(reply::nothing(&call.api, position, fresh))
}

async fn found(call: &Admitted, name: &str) -> Result<RagSessionId, Error> {
    let found = call.api.rag_sessions.find(call.who.user, name).await?;
    found.ok_or_else(|| Error::not_found(UNKNOWN))
}

async fn own(call: &Admitted, name: &str) -> Result<Option<RagSessionRow>, Error> {
    Ok(call.api.views.rag_session(call.who.user.0, name).await?)
}

fn behind() -> Error {
    Error::busy("The session is made; it cannot be shown at the moment")
}
