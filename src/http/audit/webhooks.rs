//! Webhooks: set up, changed, tried, and what became of what they were told.

mod wish;

use aggregates::{
    CommandId, ThreadId, WebhookId,
    case::SaidIn,
    webhook::{Webhook, WebhookCommand, WebhookMade},
};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value, json};
use warp::{Reply, reply::Response};

pub(super) use self::wish::LONGEST_URL;
use self::wish::{Changed, Made, Replay};
use super::{
    error::Error,
    request::{self, Access, READ_METADATA, WEBHOOKS},
    routes::{Call, caught_up, recent},
};
use crate::{
    actors::{ConfigurationError, Origin},
    audit::{
        self, DeliveryRow, DeliveryState, Told,
        shown::{message_id, time},
    },
    auth::webhook::fresh_secret,
    clock,
    config::Secret,
    http::READ_YOUR_WRITES,
    views::{Freshness, Replaced, WebhookRow},
};

/// Webhooks of a page, and deliveries, when nobody says how many; and at most.
const PAGE: (u64, u64) = (50, 200);
/// The states of deliveries that can be asked for.
pub(super) const STATES: [&str; 4] = ["waiting", "delivered", "failed", "all"];
/// Secrets that were replaced and sign.
const MOST_REPLACED: usize = 3;
const BEHIND: &str = "It is done; it cannot be shown yet. A secret that you did not see is replaced by \
                      another one with rotate";

/// `GET /api/audit/webhooks`
pub(super) async fn list(call: &Call) -> Result<Response, Error> {
    let access = call.access().await?;
    may_read(call, &access, None).await?;
    let after = request::position(&call.query, "after")?.unwrap_or(0);
    let limit = request::limit(&call.query, PAGE.0, PAGE.1)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let views = &call.api.views;
    // There are so few that they are read whole; two that were made at once may be more than are possible.
    let mut rows: Vec<WebhookRow> = views.list_configured(None, u32::MAX, 0).await?;
    rows.reverse();
    rows.retain(|row| row.number.unsigned_abs() > after);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more);
    let next = next.map(|last| last.number.to_string());
    let mut webhooks = Vec::with_capacity(rows.len());
    for row in &rows {
        webhooks.push(Value::Object(shown(call, &access, row).await?));
    }
    Ok(warp::reply::json(&json!({ "webhooks": webhooks, "next": next })).into_response())
}

/// `GET /api/audit/webhooks/{id}`
pub(super) async fn get(call: &Call, id: &str) -> Result<Response, Error> {
    let access = call.access().await?;
    let row = find(call, &access, id).await?;
    Ok(warp::reply::json(&shown(call, &access, &row).await?).into_response())
}

/// `POST /api/audit/webhooks`
pub(super) async fn create(call: &Call, body: Bytes) -> Result<Response, Error> {
    let access = call.access().await?;
    may_change(call, &access, wish::thread_of(&body)).await?;
    let wish = Made::read(&body, call.api.settings.webhook_networks)?;
    let fresh = fresh_secret().map_err(|_| Error::busy())?;
    let secret = &fresh;
    let make = move |origin| make(call, wish, secret, origin);
    let made = call
        .once(&access, "POST /api/audit/webhooks", &body, make)
        .await?;
    let id = made_by(call, made.command).await?.to_string();
    answer(
        call,
        &access,
        &id,
        made.position,
        StatusCode::CREATED,
        Some(secret),
    )
    .await
}

async fn make(call: &Call, wish: Made, secret: &Secret, origin: Origin) -> Result<u64, Error> {
    let known = call.api.views.count_configured::<WebhookRow>(None).await?;
    if known >= audit::MOST_WEBHOOKS {
        return Err(Error::conflict(format!(
            "There are {known} webhooks already, and no more are possible; delete one first"
        )));
    }
    let webhook = made_by(call, origin.command).await?;
    let id = webhook.to_string();
    let made = WebhookMade {
        webhook,
        url: wish.url,
        description: wish.description,
        secret: lock(call, &id, secret)?,
        events: wish.events,
        thread: wish.thread,
        user: wish.user,
    };
    let configuration = &call.api.configuration;
    match configuration.create::<Webhook>(&id, made, origin).await {
        // What the request has made is deleted, and not erased yet.
        Err(ConfigurationError::Exists) if look_for(call, &id).await?.is_none() => {
            Err(no_webhook())
        }
        created => Ok(created?),
    }
}

/// What this request makes: under its own name the same one again, unless that was erased.
async fn made_by(call: &Call, request: CommandId) -> Result<WebhookId, Error> {
    let id = |name| WebhookId(name).to_string();
    let configuration = &call.api.configuration;
    let name = configuration.name_of_new::<Webhook>(request.0, id).await?;
    Ok(WebhookId(name))
}

/// `PATCH /api/audit/webhooks/{id}`
pub(super) async fn change(call: &Call, id: &str, body: Bytes) -> Result<Response, Error> {
    let access = call.access().await?;
    let row = find_to_change(call, &access, id).await?;
    let wish = Changed::read(&body, call.api.settings.webhook_networks)?;
    let thread = match wish.change.thread {
        Some(thread) => thread,
        None => judged_by(&row),
    };
    let has_user = wish
        .change
        .user
        .map_or(row.user.is_some(), |user| user.is_some());
    // Who may change it as it is may have no right to what it shall tell.
    may_change(call, &access, thread).await?;
    let command = || match thread.is_some() && has_user {
        true => Err(Error::bad(wish::EITHER.to_owned())),
        false => Ok(WebhookCommand::Change {
            change: wish.change,
            enabled: wish.enabled,
            of: judged_by(&row),
        }),
    };
    let position = execute(call, &access, "PATCH", &row, &body, command).await?;
    answer(call, &access, &row.webhook, position, StatusCode::OK, None).await
}

/// `DELETE /api/audit/webhooks/{id}`
pub(super) async fn delete(call: &Call, id: &str) -> Result<Response, Error> {
    let access = &call.access().await?;
    access.may_some(WEBHOOKS)?;
    let route = format!("DELETE /api/audit/webhooks/{id}");
    // Looked for only then: whoever has deleted it by this very request finds it no more.
    let delete = move |origin: Origin| async move {
        let row = find_to_change(call, access, id).await?;
        let configuration = &call.api.configuration;
        let deleted = configuration.delete::<Webhook>(&row.webhook, origin).await;
        deleted.map_err(Error::from)
    };
    let deleted = call.once(access, &route, b"", delete).await?;
    let views = &call.api.views;
    let _ = views.wait_for(deleted.position, READ_YOUR_WRITES).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /api/audit/webhooks/{id}/rotate`
pub(super) async fn rotate(call: &Call, id: &str, body: Bytes) -> Result<Response, Error> {
    let access = call.access().await?;
    access.may_some(WEBHOOKS)?;
    // Which secrets sign is known to the views.
    caught_up(&call.api).await?;
    let row = find_to_change(call, &access, id).await?;
    wish::nothing(&body)?;
    let secret = fresh_secret().map_err(|_| Error::busy())?;
    let command = || {
        let replaced = row.replaced(clock::now_micros());
        if replaced.len() >= MOST_REPLACED {
            let first = replaced.first().map_or(0, |first| first.at);
            let ends = time(first + Replaced::SIGNS).unwrap_or_default();
            return Err(Error::conflict(format!(
                "{MOST_REPLACED} secrets that were replaced still sign, so that no receiver misses one; the next can be \
                 replaced at {ends}"
            )));
        }
        Ok(WebhookCommand::Rotate {
            secret: lock(call, &row.webhook, &secret)?,
            of: judged_by(&row),
        })
    };
    let position = execute(call, &access, "rotate", &row, &body, command).await?;
    answer(
        call,
        &access,
        &row.webhook,
        position,
        StatusCode::OK,
        Some(&secret),
    )
    .await
}

/// `POST /api/audit/webhooks/{id}/replay`
pub(super) async fn replay(call: &Call, id: &str, body: Bytes) -> Result<Response, Error> {
    let access = call.access().await?;
    let row = find_to_change(call, &access, id).await?;
    let Replay { from } = Replay::read(&body)?;
    let command = || Ok(WebhookCommand::Replay { from });
    let position = execute(call, &access, "replay", &row, &body, command).await?;
    let body = json!({
        "webhook": row.webhook,
        "from": from.to_string(),
        "position": position.to_string(),
    });
    let _ = call.api.views.wait_for(position, READ_YOUR_WRITES).await;
    Ok(warp::reply::with_status(warp::reply::json(&body), StatusCode::ACCEPTED).into_response())
}

/// `POST /api/audit/webhooks/{id}/test`
pub(super) async fn test(call: &Call, id: &str, body: Bytes) -> Result<Response, Error> {
    let access = call.access().await?;
    let row = find_to_change(call, &access, id).await?;
    wish::nothing(&body)?;
    let command = || match row.disabled {
        Some(_) => Err(Error::conflict(
            "This webhook is disabled; enable it first".to_owned(),
        )),
        None => Ok(WebhookCommand::Test),
    };
    let position = execute(call, &access, "test", &row, &body, command).await?;
    let body = json!({ "webhook": row.webhook, "position": position.to_string() });
    Ok(warp::reply::with_status(warp::reply::json(&body), StatusCode::ACCEPTED).into_response())
}

/// `GET /api/audit/webhooks/{id}/deliveries`
pub(super) async fn deliveries(call: &Call, id: &str) -> Result<Response, Error> {
    let access = call.access().await?;
    let row = find(call, &access, id).await?;
    let state = match call.query.get("state").unwrap_or("all") {
        "all" | "" => None,
        name => Some(DeliveryState::of(name).ok_or_else(|| {
            let states = STATES.join(", ");
            Error::bad(format!("state must be one of {states}"))
        })?),
    };
    let after = request::position(&call.query, "after")?.unwrap_or(0);
    let limit = request::limit(&call.query, PAGE.0, PAGE.1)?;
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let trail = &call.api.trail;
    let rows = trail.deliveries(&row.webhook, state, after, limit).await?;
    let more = rows.len() >= limit as usize;
    let next = rows.last().filter(|_| more);
    let next = next.map(|last| last.position.to_string());
    let rows: Vec<Value> = rows.iter().map(delivery).collect();
    Ok(warp::reply::json(&json!({ "deliveries": rows, "next": next })).into_response())
}

/// What a webhook tells is what the feed tells: of a thread, or of all.
async fn may_read(call: &Call, access: &Access, thread: Option<ThreadId>) -> Result<(), Error> {
    may_do(call, access, READ_METADATA, thread).await
}

async fn may_change(call: &Call, access: &Access, thread: Option<ThreadId>) -> Result<(), Error> {
    may_do(call, access, WEBHOOKS, thread).await?;
    may_read(call, access, thread).await
}

async fn may_do(
    call: &Call,
    access: &Access,
    action: &str,
    thread: Option<ThreadId>,
) -> Result<(), Error> {
    match thread.map(SaidIn::Thread) {
        Some(said_in) => access.may_in(&call.api, action, said_in).await,
        None => access.may_whole(action),
    }
}

/// The webhook with this id, for who may read what it tells. Nobody else learns which there are.
async fn find(call: &Call, access: &Access, id: &str) -> Result<WebhookRow, Error> {
    access.may_some(READ_METADATA)?;
    let row = look_for(call, id).await?;
    may_read(call, access, row.as_ref().and_then(judged_by)).await?;
    row.ok_or_else(no_webhook)
}

/// The same for who may change it.
async fn find_to_change(call: &Call, access: &Access, id: &str) -> Result<WebhookRow, Error> {
    access.may_some(WEBHOOKS)?;
    let row = look_for(call, id).await?;
    may_change(call, access, row.as_ref().and_then(judged_by)).await?;
    row.ok_or_else(no_webhook)
}

fn no_webhook() -> Error {
    Error::not_found("There is no such webhook")
}

async fn look_for(call: &Call, id: &str) -> Result<Option<WebhookRow>, Error> {
    let Ok(id) = id.parse::<WebhookId>() else {
        return Ok(None);
    };
    let (id, views) = (id.to_string(), &call.api.views);
    recent(&call.api, || views.configured::<WebhookRow>(&id)).await
}

/// Somebody may turn it to another thread meanwhile, of which whoever asks knows nothing.
fn judged_by(row: &WebhookRow) -> Option<ThreadId> {
    row.thread.as_deref().and_then(|thread| thread.parse().ok())
}

/// Carries a command out, once under the request's own name; the position. What speaks against it is asked for only where it
/// was not carried out before.
async fn execute(
    call: &Call,
    access: &Access,
    verb: &str,
    row: &WebhookRow,
    body: &Bytes,
    command: impl FnOnce() -> Result<WebhookCommand, Error>,
) -> Result<u64, Error> {
    let route = format!("{verb} /api/audit/webhooks/{}", row.webhook);
    let carry_out = move |origin: Origin| async move {
        let command = command()?;
        let configuration = &call.api.configuration;
        let executed = configuration.execute::<Webhook>(&row.webhook, command, origin);
        executed.await.map_err(Error::from)
    };
    let executed = call.once(access, &route, body, carry_out).await?;
    Ok(executed.position)
}

fn lock(call: &Call, id: &str, secret: &Secret) -> Result<String, Error> {
    let locked = call.api.auth.vault.lock(id, secret);
    locked.map_err(|error| {
        tracing::warn!(%error, "a secret cannot be locked away");
        Error::busy()
    })
}

/// Shows it, with its new secret if that is what it signs with now: of two requests of one name, one alone has made it.
async fn answer(
    call: &Call,
    access: &Access,
    id: &str,
    position: u64,
    status: StatusCode,
    secret: Option<&Secret>,
) -> Result<Response, Error> {
    let views = &call.api.views;
    let fresh = views.wait_for(position, READ_YOUR_WRITES).await;
    let row: Option<WebhookRow> = views.configured(id).await?;
    if fresh == Freshness::Stale {
        return Err(Error::behind(BEHIND));
    }
    // Somebody may have deleted it since.
    let row = row.ok_or_else(no_webhook)?;
    let mut body = shown(call, access, &row).await?;
    let signs = call.api.auth.vault.open(&row.webhook, &row.secret).ok();
    if let Some(secret) = secret.filter(|secret| signs.as_ref() == Some(*secret)) {
        body.insert("secret".to_owned(), secret.expose().into());
    }
    Ok(warp::reply::with_status(warp::reply::json(&body), status).into_response())
}

async fn shown(
    call: &Call,
    access: &Access,
    row: &WebhookRow,
) -> Result<Map<String, Value>, Error> {
    let told: Told = call.api.trail.told(&row.webhook).await?;
    let events: Value = serde_json::from_str(&row.events).unwrap_or_default();
    let disabled = row.disabled.as_ref().zip(row.disabled_at);
    let disabled = disabled.map(|(why, at)| json!({ "why": why, "at": time(at) }));
    let replay = told
        .replay
        .map(|(after, until)| json!({ "after": after.to_string(), "until": until.to_string() }));
    // An address may hold what opens it.
    let whole = may_change(call, access, judged_by(row)).await.is_ok();
    let body = json!({
        "webhook": row.webhook,
        "url": if whole { row.url.clone() } else { wish::origin(&row.url) },
        "description": row.description,
        "events": events,
        "thread": row.thread,
        "user": row.user,
        "enabled": row.disabled.is_none(),
        "disabled": disabled,
        "created_at": time(row.created),
        "updated_at": time(row.updated),
        "rotated_at": row.rotated.and_then(time),
        "position": row.number.to_string(),
        "told": told.position.map(|position| position.to_string()),
        "replay": replay,
        "waiting": told.waiting,
        "full": told.waiting >= audit::MOST_WAITING,
        // What was before it was enabled counts no more.
        "failing_since": told.failing_since.filter(|since| Some(*since) >= row.enabled_at).and_then(time),
    });
    match body {
        Value::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

fn delivery(row: &DeliveryRow) -> Value {
    let waits = row.state == DeliveryState::Waiting;
    json!({
        "id": message_id(row.id),
        "position": row.position.to_string(),
        "type": row.event_type,
        "state": row.state.as_str(),
        "attempts": row.attempts,
        "next_attempt": waits.then(|| time(row.due_at)).flatten(),
        "last_attempt": row.tried_at.and_then(time),
        "status": row.status,
        "error": row.error,
    })
}
