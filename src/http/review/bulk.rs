//! One decision for many cases.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use warp::reply::Response;

use super::{
    access::{case, moderator},
    decisions::{self, decide},
    query, request,
};
use crate::{
    auth::Principal,
    http::{
        Api,
        threads::{
            error::Error,
            params::Params,
            reply::{ok, uuid},
            request::BodyFields,
        },
    },
    views::{CaseRow, CaseState, Freshness},
};

/// Cases that are decided at once.
const MOST: usize = 1_000;

/// `POST /api/moderation/cases/bulk`: one decision for many cases. `?preview=true` counts them only.
pub(super) async fn bulk(
    api: Api,
    who: Principal,
    params: &Params,
    body: &BodyFields,
) -> Result<Response, Error> {
    moderator(&who)?;
    let meant = meant(&api, body).await?;
    let position = api.views.position();
    if params.boolean("preview") == Some(true) {
        let value = json!({ "count": meant.len() });
        return Ok(ok(&value, position, Freshness::Fresh));
    }
    let decision = request::decision(body)?;
    let expected = body.given("expected_count").and_then(Value::as_u64);
    let expected = expected.ok_or_else(|| {
        let sentence = "Enter the count that the preview said (?preview=true).";
        Error::field("expected_count", sentence)
    })?;
    if expected != meant.len() as u64 {
        let sentence = format!("{} cases are meant, not {expected}.", meant.len());
        return Err(Error::detail(StatusCode::CONFLICT, sentence));
    }
    let (mut decided, mut failed, mut last) = (0_u64, vec![], position);
    let mut effective = decision.decision.has_an_effect();
    for row in meant {
        let Ok(id) = row.case.parse() else { continue };
        effective |= decisions::effective(row.decision.as_deref());
        match decide(&api, &who, id, &row, decision.clone(), None).await {
            Ok(position) => {
                decided += 1;
                last = last.max(position);
            }
            // What is done is done, and told, whatever hinders the others.
            Err(Error::Detail(_, why) | Error::Busy(why)) => {
                failed.push(json!({ "uuid": uuid(&row.case), "detail": why }));
            }
            Err(error) => return Err(error),
        }
    }
    let fresh = decisions::seen(&api, last, effective && decided > 0).await?;
    let value = json!({ "decided": decided, "failed": failed });
    Ok(ok(&value, last, fresh))
}

/// The cases that `ids` or `filter` name; those that wait for a decision, where no state is named.
async fn meant(api: &Api, body: &BodyFields) -> Result<Vec<CaseRow>, Error> {
    let too_many = |name| {
        let sentence = format!("No more than {MOST} cases at once.");
        Error::field(name, sentence)
    };
    let rows = match (body.given("ids"), body.given("filter")) {
        (Some(Value::Array(ids)), None) => {
            if ids.len() > MOST {
                return Err(too_many("ids"));
            }
            let mut known = BTreeSet::new();
            let mut rows = vec![];
            for id in ids {
                let id = id.as_str().and_then(|id| Uuid::try_parse(id).ok());
                let id = id.ok_or_else(|| Error::field("ids", "Must be valid UUIDs."))?;
                if known.insert(id) {
                    rows.push(case(api, Some(id)).await?.1);
                }
            }
            rows
        }
        (None, Some(Value::Object(filter))) => {
            if let Some(name) = filter
                .keys()
                .find(|name| !query::NAMES.contains(&name.as_str()))
            {
                let sentence = format!("There is no filter {name}.");
                return Err(Error::field("filter", sentence));
            }
            let words = filter.iter().filter_map(|(name, value)| match value {
                Value::Null => None,
                Value::String(text) => Some((name.clone(), text.clone())),
                other => Some((name.clone(), other.to_string())),
            });
            let mut query = query::cases(&Params::of(words.collect()))?;
            query.state = query.state.or(Some(CaseState::Open));
            let limit = MOST as u64 + 1;
            let rows = api.views.cases(&query, None, limit).await?;
            if rows.len() > MOST {
                return Err(too_many("filter"));
            }
            rows
        }
        _ => {
            let sentence = "Name the cases by ids, a list, or by filter, an object; not by both.";
            return Err(Error::field("ids", sentence));
        }
    };
    Ok(rows)
}
