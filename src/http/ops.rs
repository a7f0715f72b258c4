//! What operators ask: does it live, is it ready, how is it doing.

pub(super) mod document;

use std::{future::Future, pin::Pin, sync::Arc};

use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use warp::{Filter, Reply, filters::BoxedFilter, reply::Response};

use super::method;
use crate::{
    audit::shown,
    views::{Standstill, Views},
};

/// Asks the database whether it is there.
pub type Ping =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// What the answers are made from.
#[derive(Clone)]
pub struct Ops {
    /// The log's database.
    pub ping: Ping,
    /// Since when nothing can be written to it, in microseconds since 1970, where that is so for long.
    pub unwritten: Arc<dyn Fn() -> Option<i64> + Send + Sync>,
    /// The views and their projector.
    pub views: Views,
    /// Prometheus text.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// `/livez`, `/readyz`, `/metrics`.
#[must_use]
pub fn routes(ops: &Ops) -> BoxedFilter<(Response,)> {
    let with = {
        let ops = ops.clone();
        warp::any().map(move || ops.clone())
    };
    let live = warp::path!("livez")
        .and(method::get_or_head())
        .map(|| json_reply(StatusCode::OK, &json!({ "status": "ok" })));
    let ready = warp::path!("readyz")
        .and(method::get_or_head())
        .and(with.clone())
        .then(ready);
    let metrics = warp::path!("metrics")
        .and(method::get())
        .and(with)
        .map(|ops: Ops| {
            let mut response = (ops.metrics)().into_response();
            let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        });
    live.or(ready).unify().or(metrics).unify().boxed()
}

async fn ready(ops: Ops) -> Response {
    let database = (ops.ping)().await;
    // Of a database that is away nothing more is asked: whoever wants to know is not to wait.
    let (lag, faults) = match &database {
        Ok(()) => (ops.views.lag().await.ok(), ops.views.faults().await.ok()),
        Err(_) => (None, None),
    };
    let unwritten = (ops.unwritten)().map(unwritten);
    let standstill = ops.views.standstill();
    let ready = lag.is_some() && faults.is_some() && unwritten.is_none() && standstill.is_none();
    let mut projector = json!({
        "lag_events": lag,
        "faults": faults.map(|(count, _)| count),
    });
    if let Some(standstill) = standstill {
        projector["standstill"] = sentence(&standstill).into();
    }
    let body = json!({
        "status": if ready { "ready" } else { "not ready" },
        "database": database.err().or(unwritten).unwrap_or_else(|| "ok".to_owned()),
        "projector": projector,
    });
    json_reply(
        if ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        },
        &body,
    )
}

/// A database that answers and takes nothing.
fn unwritten(since: i64) -> String {
    format!(
        "nothing can be written to the log since {}: the server's log says why (\"the database is away\"), mostly a disk \
         that is full; it goes on when that is mended",
        shown::time(since).unwrap_or_default()
    )
}

/// Without the database's own words, which may quote people's: those are for the log.
fn sentence(standstill: &Standstill) -> String {
    let who = match &standstill.view {
        Some(view) => format!("the view {view} has stood still, and with it all others,"),
        None => "the views have stood still".to_owned(),
    };
    format!(
        "{who} since {} at position {}: the server's log says why (\"the projector has to try again\"), and they go on when \
         that is mended; what is damaged in them is made anew by a start without views.db (with PostgreSQL: without the \
         schema views)",
        shown::time(standstill.since).unwrap_or_default(),
        standstill.position
    )
}

fn json_reply(status: StatusCode, body: &Value) -> Response {
    let mut response = warp::reply::with_status(warp::reply::json(body), status).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
