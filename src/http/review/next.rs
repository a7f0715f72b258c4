//! `POST /api/moderation/cases/next`: whoever asks gets a case of their own.

use std::collections::BTreeSet;

use aggregates::case::Claiming;
use http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::{
    access::{CLAIM, GET, LIST, Reviewer, case, no_case},
    cases,
    decisions::{change, claim, named, not_ones_own},
};
use crate::{
    auth::Principal,
    clock,
    http::{
        Api, READ_YOUR_WRITES,
        idempotency::Named,
        threads::{error::Error, reply::nothing, request::BodyFields},
    },
    views::{CaseCursor, CaseRow, Freshness},
};

const ROUTE: &str = "POST /api/moderation/cases/next";
/// How often the next case is looked for, while others take it.
const TRIES: usize = 16;

/// Claims the worst, oldest case that nobody works on. 204: there is none.
pub(super) async fn next(
    api: Api,
    who: Principal,
    headers: &HeaderMap,
    body: &BodyFields,
) -> Result<Response, Error> {
    let reviewer = Reviewer::of(&api, who).await?;
    reviewer.may_some(CLAIM)?;
    let who = &reviewer.who;
    let named = named(&api, headers, who, ROUTE, body)?;
    if let Some(named) = &named
        && let Some(taken) = taken_before(&api, named).await?
    {
        return shown(&api, &reviewer, &taken, 0).await;
    }
    let mut lost = BTreeSet::new();
    for _ in 0..TRIES {
        match look(&api, &reviewer, named.as_ref(), &mut lost).await? {
            Found::Taken(case, position) => return shown(&api, &reviewer, &case, position).await,
            Found::Nothing => return Ok(nothing(api.views.position(), Freshness::Fresh)),
            // What the others took is in the log already, and not yet in the view.
            Found::OthersWereFaster => {
                let _ = api.views.catch_up(READ_YOUR_WRITES).await?;
            }
        }
    }
    Err(Error::Busy(
        "Others keep taking the next case; try again.".into(),
    ))
}

enum Found {
    /// This one, from that position on.
    Taken(String, u64),
    OthersWereFaster,
    Nothing,
}

/// Goes through the queue from its beginning, past what others are about to take.
async fn look(
    api: &Api,
    reviewer: &Reviewer,
    named: Option<&Named>,
    lost: &mut BTreeSet<String>,
) -> Result<Found, Error> {
    let who = &reviewer.who;
    let mut after: Option<CaseCursor> = None;
    let mut others = false;
    loop {
        let now = clock::now_micros();
        let page = api
            .views
            .next_cases(now, who.user.0, after.as_ref())
            .await?;
        let Some(last) = page.last().and_then(CaseCursor::after) else {
            return Ok(match others {
                true => Found::OthersWereFaster,
                false => Found::Nothing,
            });
        };
        after = Some(last);
        for row in &page {
            if lost.contains(&row.case) || !is_for(reviewer, row) {
                continue;
            }
            let Ok(id) = row.case.parse() else { continue };
            // Somebody else is at it on this node: the queue is long, and only one of them can get it.
            let Some(_alone) = api.cases.alone(id) else {
                others = true;
                continue;
            };
            let free = claim(Claiming::Free);
            match change(api, who, id, row, free, named).await {
                Ok(position) => {
                    // As long as the view shows it as free, nobody here shall try.
                    let _ = api.views.wait_for(position, READ_YOUR_WRITES).await;
                    return Ok(match named {
                        // Its twin may have been faster, with another case.
                        Some(named) => match taken_before(api, named).await? {
                            Some(case) => Found::Taken(case, position),
                            None => Found::Taken(row.case.clone(), position),
                        },
                        None => Found::Taken(row.case.clone(), position),
                    });
                }
                // Another one was faster, or it is not for this one.
                Err(Error::Detail(StatusCode::CONFLICT | StatusCode::FORBIDDEN, _)) => {
                    others = true;
                    lost.insert(row.case.clone());
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whoever gets a case is shown it.
fn is_for(reviewer: &Reviewer, row: &CaseRow) -> bool {
    let rights = [LIST, GET, CLAIM];
    rights.iter().all(|right| reviewer.allows(right, row))
}

/// What the first request of this name has taken.
async fn taken_before(api: &Api, named: &Named) -> Result<Option<String>, Error> {
    match named.known(api).await? {
        None => Ok(None),
        Some(record) => Ok(Some(record?.aggregate_id)),
    }
}

async fn shown(
    api: &Api,
    reviewer: &Reviewer,
    taken: &str,
    position: u64,
) -> Result<Response, Error> {
    let fresh = api.views.wait_for(position, READ_YOUR_WRITES).await;
    let id = taken.parse().map_err(|_| no_case())?;
    let (id, row) = case(api, Some(id)).await?;
    reviewer.may(GET, &row)?;
    not_ones_own(api, &row, &reviewer.who).await?;
    cases::answered(api, &reviewer.who, id, &row, fresh).await
}
