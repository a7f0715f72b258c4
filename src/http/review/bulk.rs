//! One decision for many cases.

use std::collections::BTreeSet;

use aggregates::{MessageId, bulk_decision::BulkOrder};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use warp::reply::Response;

use super::{
    access::{DECIDE, LIST, Reviewer, case, no_case, owner},
    decisions::{self, decide, named},
    query,
    request::{self, Decided},
    visible::{too_far, visible},
};
use crate::{
    auth::Principal,
    http::{
        Api,
        idempotency::{self, Named},
        threads::{
            error::Error,
            params::Params,
            reply::{ok, uuid},
            request::BodyFields,
        },
    },
    views::{CaseRow, CaseState, Freshness},
};

const ROUTE: &str = "POST /api/moderation/cases/bulk";
/// Cases that are decided at once.
const MOST: usize = 1_000;

/// `POST /api/moderation/cases/bulk`: one decision for many cases. `?preview=true` counts them only.
pub(super) async fn bulk(
    api: Api,
    who: Principal,
    params: &Params,
    headers: &HeaderMap,
    body: &BodyFields,
) -> Result<Response, Error> {
    let reviewer = Reviewer::of(&api, who).await?;
    reviewer.may_some(DECIDE)?;
    if params.boolean("preview") == Some(true) {
        let count = meant(&api, &reviewer, body).await?.len();
        let position = api.views.position();
        return Ok(ok(&json!({ "count": count }), position, Freshness::Fresh));
    }
    let decision = request::decision(body)?;
    let named = named(&api, headers, &reviewer.who, ROUTE, body)?;
    let named = named.as_ref();
    let rows = match ordered(&api, named).await? {
        // The same cases once more: those that are decided are, and the others may have been broken off.
        Some(cases) => rows(&api, cases).await?,
        None => {
            let meant = meant(&api, &reviewer, body).await?;
            let counted = counted(body, meant.len());
            if counted.is_ok() {
                order(&api, &reviewer, &decision, &meant, named).await?;
            }
            // A twin may have been faster: what it has ordered counts, and may be decided and gone from the filter.
            match ordered(&api, named).await? {
                Some(cases) => rows(&api, cases).await?,
                None => counted.map(|()| meant)?,
            }
        }
    };
    decide_all(&api, &reviewer, rows, &decision, named).await
}

/// Which cases the first request of this name has meant.
async fn ordered(api: &Api, named: Option<&Named>) -> Result<Option<Vec<MessageId>>, Error> {
    let Some(record) = idempotency::known::<Error>(api, named).await? else {
        return Ok(None);
    };
    let order = api.records.bulk(&record.aggregate_id).await?;
    Ok(order.map(|order| order.cases))
}

/// Those of them that there still are.
async fn rows(api: &Api, cases: Vec<MessageId>) -> Result<Vec<CaseRow>, Error> {
    let mut rows = vec![];
    for case in cases {
        rows.extend(api.views.case(case.0).await?);
    }
    Ok(rows)
}

/// Whether there are as many as the preview said.
fn counted(body: &BodyFields, meant: usize) -> Result<(), Error> {
    let expected = body.given("expected_count").and_then(Value::as_u64);
    let expected = expected.ok_or_else(|| {
        let sentence = "Enter the count that the preview said (?preview=true).";
        Error::field("expected_count", sentence)
    })?;
    match expected == meant as u64 {
        true => Ok(()),
        false => {
            let cases = if meant == 1 { "case is" } else { "cases are" };
            let sentence = format!("{meant} {cases} meant, not {expected}.");
            Err(Error::detail(StatusCode::CONFLICT, sentence))
        }
    }
}

/// Keeps which cases are meant, before the first of them is decided.
async fn order(
    api: &Api,
    reviewer: &Reviewer,
    decided: &Decided,
    rows: &[CaseRow],
    named: Option<&Named>,
) -> Result<(), Error> {
    let by = reviewer.who.user;
    let order = BulkOrder {
        by,
        decision: decided.decision,
        cases: rows
            .iter()
            .filter_map(|row| row.case.parse().ok())
            .collect(),
    };
    // Twins meet in one of them.
    let bulk = idempotency::id(named, "bulk");
    let origin = idempotency::origin(named, by);
    api.records.note_bulk(bulk, order, origin).await?;
    Ok(())
}

async fn decide_all(
    api: &Api,
    reviewer: &Reviewer,
    rows: Vec<CaseRow>,
    decision: &Decided,
    named: Option<&Named>,
) -> Result<Response, Error> {
    let (mut decided, mut failed, mut last) = (0_u64, vec![], api.views.position());
    let mut effective = decision.decision.has_an_effect();
    for row in rows {
        let Ok(id) = row.case.parse() else { continue };
        effective |= decisions::effective(row.decision.as_deref());
        let part = named.map(|named| named.part(row.case.as_bytes()));
        match decide(api, reviewer, id, &row, decision.clone(), part.as_ref()).await {
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
    let fresh = decisions::seen(api, last, effective && decided > 0).await?;
    let value = json!({ "decided": decided, "failed": failed });
    Ok(ok(&value, last, fresh))
}

/// The cases that `ids` or `filter` name; those that wait for a decision, where no state is named.
async fn meant(api: &Api, reviewer: &Reviewer, body: &BodyFields) -> Result<Vec<CaseRow>, Error> {
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
                    // What one is not shown in the queue is as if it were not there.
                    let (_, row) = case(api, Some(id)).await?;
                    let me = reviewer.who.user.to_string();
                    if !reviewer.allows(api, &[LIST], &row).await?
                        || owner(api, &row).await? == Some(me)
                    {
                        return Err(no_case());
                    }
                    rows.push(row);
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
            // Nobody is told how many there are of what they do not see.
            let limit = MOST as u64 + 1;
            let found = visible(api, reviewer, &[LIST], &query, None, limit).await?;
            if found.rows.len() > MOST {
                return Err(too_many("filter"));
            }
            if !found.is_whole {
                return Err(too_far());
            }
            found.rows
        }
        _ => {
            let sentence = "Name the cases by ids, a list, or by filter, an object; not by both.";
            return Err(Error::field("ids", sentence));
        }
    };
    Ok(rows)
}
