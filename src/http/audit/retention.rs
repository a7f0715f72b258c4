//! How long content is kept: the server's days, and those of projects.

use aggregates::{
    ProjectId,
    project::{Project, ProjectChange, ProjectCommand},
};
use bytes::Buf;
use futures_util::Stream;
use serde_json::{Map, Value, json};
use warp::{Reply, reply::Response};

use super::{
    error::Error,
    request::{LONGEST_BODY, RETAIN, project_target, whole_record},
    routes::Call,
};
use crate::{
    actors::Origin,
    audit::{retention::TooOld, shown::time},
    http::body,
};

/// The longest that a project can say; who wants to keep content for longer says nothing.
pub(super) const MOST_DAYS: u32 = 36_500;

/// `GET /api/audit/retention`
pub(super) async fn show(call: &Call) -> Result<Response, Error> {
    call.reads(&whole_record()).await?;
    let days = call.api.settings.retention_days;
    let too_old = match days {
        Some(days) => call.api.trail.too_old(days).await?,
        None => vec![],
    };
    let projects = call.api.views.projects_that_forget().await?;
    let projects: Vec<Value> = projects
        .iter()
        .map(|row| json!({ "project": row.project, "content_days": row.retention_days }))
        .collect();
    let listed = |held: bool| -> Vec<Value> {
        let these = too_old.iter().filter(|of| of.held == held);
        these.map(printed).collect()
    };
    Ok(warp::reply::json(&json!({
        "content_days": days,
        "projects": projects,
        "due": listed(false),
        "held": listed(true),
    }))
    .into_response())
}

/// `PUT /api/audit/retention/projects/{id}`
pub(super) async fn set<S, B>(call: &Call, id: &str, body: S) -> Result<Response, Error>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let access = call.access().await?;
    access.may_configure(RETAIN, &project_target(id))?;
    let body = body::read(&call.headers, body, LONGEST_BODY).await?;
    let days = days(&body)?;
    let id: ProjectId = id.parse().map_err(|_| Error::no_project())?;
    let route = format!("PUT /api/audit/retention/projects/{id}");
    let project = id.as_str();
    let keep = move |origin: Origin| async move {
        if call.api.views.project(project).await?.is_none() {
            return Err(Error::no_project());
        }
        let command = ProjectCommand::Change(ProjectChange {
            retention_days: Some(days),
        });
        let configuration = &call.api.configuration;
        let set = configuration.execute::<Project>(project, command, origin);
        set.await.map_err(Error::from)
    };
    let set = call.once(&access, &route, &body, keep).await?;
    Ok(warp::reply::json(&json!({
        "project": id,
        "content_days": days,
        "position": set.position.to_string(),
    }))
    .into_response())
}

/// `{"content_days": 30}`; `null` takes it away.
fn days(body: &[u8]) -> Result<Option<u32>, Error> {
    let wrong = || {
        Error::bad(format!(
            "The body must be {{\"content_days\": days}}, with 1 to {MOST_DAYS} days, or null for as long as the server keeps \
             content"
        ))
    };
    let mut fields: Map<String, Value> = serde_json::from_slice(body).map_err(|_| wrong())?;
    let days = fields.remove("content_days").ok_or_else(wrong)?;
    if !fields.is_empty() {
        return Err(wrong());
    }
    if days.is_null() {
        return Ok(None);
    }
    let days = days.as_u64().and_then(|days| u32::try_from(days).ok());
    let days = days.filter(|days| (1..=MOST_DAYS).contains(days));
    days.map(Some).ok_or_else(wrong)
}

fn printed(of: &TooOld) -> Value {
    json!({ "kind": of.kind, "count": of.count, "oldest": time(of.oldest) })
}
