//! The queue, and a case.

use aggregates::{MessageId, reading::Looked};
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;
use warp::reply::Response;

use super::{
    access::{GET, LIST, Reviewer, case, no_case, owner},
    decisions::not_ones_own,
    query,
    reply::{self, People, named},
    shown::{Shown, shown},
    visible::{too_far, visible},
};
use crate::{
    auth::Principal,
    clock,
    http::{
        Api,
        threads::{
            access::caught_up,
            error::Error,
            params::Params,
            reply::{Fields, ok},
        },
    },
    views::{CaseCursor, CaseRow, Freshness},
};

/// `GET /api/moderation/cases`
pub(super) async fn list(api: Api, who: Principal, params: &Params) -> Result<Response, Error> {
    let reviewer = Reviewer::of(&api, who).await?;
    reviewer.may_some(LIST)?;
    let asked = query::page(params)?;
    let mut actions = vec![LIST];
    if asked.query.text.is_some() {
        // Else what is found, and what is not, would tell what is said where one may not look.
        reviewer.may_all(GET).map_err(|_| {
            let sentence = "Only who may read every case (moderation:GetCase) looks for words.";
            Error::detail(StatusCode::FORBIDDEN, sentence)
        })?;
        actions.push(GET);
    }
    let fresh = caught_up(&api, params).await?;
    let (query, limit) = (&asked.query, asked.limit);
    let found = visible(&api, &reviewer, &actions, query, asked.after, limit + 1).await?;
    let mut rows = found.rows;
    if rows.is_empty() && !found.is_whole {
        return Err(too_far());
    }
    let more = rows.len() as u64 > limit || !found.is_whole;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).and_then(CaseCursor::after);
    if asked.query.text.is_some() {
        // What is found by its words is as good as read.
        let threads: Vec<String> = rows.iter().filter_map(|row| row.thread.clone()).collect();
        let owners = api.views.owners(threads).await?;
        let seen = owners
            .iter()
            .map(|(thread, owner)| (thread.as_str(), owner.as_str()));
        api.note_reading(&reviewer.who, Looked::Messages, seen)
            .await?;
    }
    let people = api.views.users_by_id(rows.iter().flat_map(named)).await?;
    let now = clock::now_micros();
    let cases: Vec<Fields> = rows
        .iter()
        .map(|row| reply::case(row, &people, now))
        .collect();
    let next = next.map(|next| next.to_string());
    let value = json!({ "cases": cases, "next_cursor": next });
    Ok(ok(&value, api.views.position(), fresh))
}

/// `GET /api/moderation/cases/{uuid}`; whose conversation it is sees what was decided, and why.
pub(super) async fn one(
    api: Api,
    who: Principal,
    id: Option<Uuid>,
    params: &Params,
) -> Result<Response, Error> {
    let reviewer = Reviewer::of(&api, who).await?;
    if let Err(denied) = reviewer.may_some(GET) {
        // Who may see none is not told either which there are.
        let Some(id) = id else { return Err(denied) };
        let fresh = caught_up(&api, params).await?;
        let Some(row) = api.views.case(id).await? else {
            return Err(denied);
        };
        return statement(&api, &reviewer.who, &row, fresh, denied).await;
    }
    let fresh = caught_up(&api, params).await?;
    let (id, row) = case(&api, id).await?;
    let allowed = match reviewer.may(&api, &[GET], &row).await {
        Ok(()) => not_ones_own(&api, &row, &reviewer.who).await,
        denied => denied,
    };
    match allowed {
        Ok(()) => answered(&api, &reviewer.who, id, &row, fresh).await,
        Err(denied) => statement(&api, &reviewer.who, &row, fresh, denied).await,
    }
}

/// What was decided about somebody's own conversation, for them, whether they review others' or not.
async fn statement(
    api: &Api,
    who: &Principal,
    row: &CaseRow,
    fresh: Freshness,
    denied: Error,
) -> Result<Response, Error> {
    let is_decided = row.decisions > 0;
    if !is_decided || owner(api, row).await? != Some(who.user.to_string()) {
        return Err(denied);
    }
    Ok(ok(&reply::statement(row), api.views.position(), fresh))
}

/// A case with what was said.
pub(super) async fn answered(
    api: &Api,
    who: &Principal,
    id: MessageId,
    row: &CaseRow,
    fresh: Freshness,
) -> Result<Response, Error> {
    let people = async { Ok::<_, Error>(api.views.users_by_id(named(row)).await?) };
    let (said, people) = tokio::try_join!(shown(api, who, id, row), people)?;
    Ok(whole(api, row, said, &people, fresh))
}

/// The same after a change that leaves alone what was said: that is looked up while the views come to the change, which
/// they have when `seen` ends. `row`: the case as it was before.
pub(super) async fn changed(
    api: &Api,
    who: &Principal,
    id: MessageId,
    row: &CaseRow,
    seen: impl Future<Output = Result<Freshness, Error>>,
) -> Result<Response, Error> {
    let after = async {
        let fresh = seen.await?;
        let row = api.views.case(id.0).await?.ok_or_else(no_case)?;
        let people = api.views.users_by_id(named(&row)).await?;
        Ok::<_, Error>((row, people, fresh))
    };
    let (said, (row, people, fresh)) = tokio::try_join!(shown(api, who, id, row), after)?;
    Ok(whole(api, &row, said, &people, fresh))
}

fn whole(api: &Api, row: &CaseRow, said: Shown, people: &People, fresh: Freshness) -> Response {
    let value = reply::whole(row, said, people, clock::now_micros());
    ok(&value, api.views.position(), fresh)
}
