//! Lists: what the caller may see, newest first, in pages where pages are asked for.

use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use warp::reply::Response;

use super::{
    call::Admitted,
    configured::Thing,
    error::Error,
    reply::{self, Casing, Printed},
};
use crate::{
    http::access::Target,
    views::{ConfiguredRow, DocumentRow, Freshness, ProjectRow},
};

/// Rows of a list whose length nobody has limited.
const MOST: u32 = 1_000;
/// Rows that are looked through together for those that somebody may see.
const BATCH: u32 = 500;
/// Documents of a page, unless more or fewer are asked for.
const DOCUMENTS: u32 = 50;

/// Which part of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) limit: u32,
    pub(super) offset: u64,
}

impl Window {
    /// `limit` (1 to 100) and `offset`.
    pub(super) fn of(call: &Admitted, otherwise: u32) -> Result<Self, Error> {
        let limit = match call.parameter("limit") {
            None => otherwise,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=100).contains(limit))
                .ok_or_else(|| Error::invalid("limit must be a number from 1 to 100"))?,
        };
        let offset = match call.parameter("offset") {
            None => 0,
            Some(text) => text
                .parse()
                .ok()
                .filter(|offset| i64::try_from(*offset).is_ok())
                .ok_or_else(|| Error::invalid("offset must be a number from 0 on"))?,
        };
        Ok(Self { limit, offset })
    }
}

/// `GET …?project_id=`: a bare list.
pub(super) async fn list<T: Thing>(call: &Admitted) -> Result<Response, Error> {
    let fresh = call.caught_up().await?;
    let window = Window::of(call, MOST)?;
    let (rows, total) = visible::<T>(call, window).await?;
    Ok(bare(call, &rows, total, fresh))
}

/// `GET /api/v1/documents`: a list with what is known of it.
pub(super) async fn documents(call: &Admitted) -> Result<Response, Error> {
    let fresh = call.caught_up().await?;
    let window = Window::of(call, DOCUMENTS)?;
    let (rows, total) = visible::<DocumentRow>(call, window).await?;
    let value = json!({
        "data": printed(&rows, call.casing(None)),
        "total": total,
        "limit": window.limit,
        "offset": window.offset,
    });
    Ok(counted(call, &value, total, fresh))
}

/// A list, with the number of all there are in a header.
pub(super) fn bare(
    call: &Admitted,
    rows: &[impl Printed],
    total: u64,
    fresh: Freshness,
) -> Response {
    counted(call, &printed(rows, call.casing(None)), total, fresh)
}

fn counted(call: &Admitted, value: &Value, total: u64, fresh: Freshness) -> Response {
    let mut response = reply::json(&call.api, StatusCode::OK, value, 0, fresh);
    response
        .headers_mut()
        .insert("x-total-count", HeaderValue::from(total));
    response
}

fn printed(rows: &[impl Printed], casing: Casing) -> Value {
    let rows = rows.iter().map(|row| row.print().print(casing));
    Value::Array(rows.collect())
}

/// The part of what the caller may see, and how much that is together.
async fn visible<T: Thing>(call: &Admitted, window: Window) -> Result<(Vec<T>, u64), Error> {
    let views = &call.api.views;
    if T::FOR_ADMINS && !call.may::<T>("List", &Target::new(T::TYPE, None, "*")) {
        return Err(Error::forbidden());
    }
    let named = match call
        .parameter("project_id")
        .filter(|_| T::PROJECT.is_some())
    {
        None => None,
        Some(id) => {
            // One that there is not is like one that is not allowed.
            let project: Option<ProjectRow> = call.look_up(id).await?;
            Some(project.ok_or_else(Error::forbidden)?.project)
        }
    };
    let bound = call.who.scope.project.as_ref().map(ToString::to_string);
    if bound.is_some() && named.is_some() && named != bound {
        return Err(Error::forbidden());
    }
    let is_named = named.is_some();
    let project = named.or(bound.filter(|_| T::PROJECT.is_some()));
    let project = project.as_deref();
    if call.rights.are_unlimited() {
        let rows = views
            .list_configured(project, window.limit, window.offset)
            .await?;
        return Ok((rows, views.count_configured::<T>(project).await?));
    }
    let (mut shown, mut total, mut at) = (vec![], 0, 0);
    loop {
        let rows: Vec<T> = views.list_configured(project, BATCH, at).await?;
        let count = rows.len();
        for row in rows {
            let target = Target::of(&row);
            // Who may see a project may see that it is there.
            let seen = T::TYPE == ProjectRow::TYPE && call.may::<T>("Get", &target);
            if !seen && !call.may::<T>("List", &target) {
                continue;
            }
            if total >= window.offset && shown.len() < window.limit as usize {
                shown.push(row);
            }
            total += 1;
        }
        at += count as u64;
        if count < BATCH as usize {
            break;
        }
    }
    if let Some(project) = project
        && is_named
        && total == 0
        && !call.may::<T>("List", &Target::all::<T>(project))
    {
        return Err(Error::forbidden());
    }
    Ok((shown, total))
}
