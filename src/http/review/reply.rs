//! Cases to JSON.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{highlight, shown::Shown};
use crate::{
    http::threads::reply::{Fields, list, time, uuid},
    views::{CaseRow, CaseState, UserRow},
};

/// The accounts that are named in an answer, by id.
pub(super) type People = HashMap<String, UserRow>;

/// Who is named in a case.
pub(super) fn named(row: &CaseRow) -> impl Iterator<Item = String> {
    let written = [&row.reports, &row.comments].into_iter().flat_map(|list| {
        let list: Vec<Value> = serde_json::from_str(list).unwrap_or_default();
        list.into_iter()
            .filter_map(|one| Some(one["by"].as_str()?.to_owned()))
    });
    [&row.claimed_by, &row.decided_by]
        .into_iter()
        .flatten()
        .cloned()
        .chain(written)
}

/// A case as the queue shows it: nothing of what was said. `now`: a claim that has ended is none.
pub(super) fn case(row: &CaseRow, people: &People, now: i64) -> Fields {
    let claimed = row.claim_expires.filter(|until| *until > now);
    let holder = claimed.and(row.claimed_by.as_deref());
    let state = match row.state {
        CaseState::Claimed if claimed.is_none() => CaseState::Open,
        state => state,
    };
    let mut fields = vec![
        ("uuid", uuid(&row.case)),
        ("message", uuid(&row.case)),
        ("thread", row.thread.as_deref().map_or(Value::Null, uuid)),
        ("stage", json!(row.stage)),
        ("state", json!(state.as_str())),
        ("severity", json!(row.severity)),
        ("categories", list(&row.categories)),
        ("action_taken", json!(row.action_taken)),
        ("is_automated", json!(row.automated)),
        ("report_count", json!(count(&row.reports))),
        ("claimed_by", person(holder, people)),
        ("claim_expires", claimed.map_or(Value::Null, time)),
        ("decision", json!(row.decision)),
        ("decided_by", person(row.decided_by.as_deref(), people)),
        ("decided", row.decided.map_or(Value::Null, time)),
        ("reason", json!(row.reason)),
        ("policy", json!(row.policy)),
        ("is_appealed", json!(row.appeal.is_some())),
        ("created", time(row.opened)),
    ];
    if let Some(completion) = &row.completion {
        fields.push(("completion", uuid(completion)));
    }
    Fields(fields)
}

/// A case whole: what was said, what around it, and what people wrote about it.
pub(super) fn whole(row: &CaseRow, said: Shown, people: &People, now: i64) -> Fields {
    let mut fields = case(row, people, now);
    let findings = highlight::findings(row, &said);
    fields.0.extend([
        ("text", json!(said.text)),
        ("sequence_index", json!(said.place)),
        ("version", json!(said.version)),
        ("replaces", said.replaces),
        ("replaced_by", said.replaced_by),
        ("context_before", json!(said.before)),
        ("context_after", json!(said.after)),
        ("findings", findings),
        ("judged_by", json!(row.judged_by)),
        ("reports", written(&row.reports, people)),
        ("comments", written(&row.comments, people)),
        ("appeal", json!(row.appeal)),
    ]);
    fields
}

/// A case as whose conversation it is sees it: what was decided and why, not by whom, nor what others say of it.
pub(super) fn statement(row: &CaseRow) -> Fields {
    let state = match row.state {
        CaseState::Claimed => CaseState::Open,
        state => state,
    };
    let mut fields = vec![
        ("uuid", uuid(&row.case)),
        ("message", uuid(&row.case)),
        ("thread", row.thread.as_deref().map_or(Value::Null, uuid)),
        ("state", json!(state.as_str())),
        ("decision", json!(row.decision)),
        ("decided", row.decided.map_or(Value::Null, time)),
        ("reason", json!(row.reason)),
        ("policy", json!(row.policy)),
        ("is_appealed", json!(row.appeal.is_some())),
        ("appeal", json!(row.appeal)),
    ];
    if let Some(completion) = &row.completion {
        fields.push(("completion", uuid(completion)));
    }
    Fields(fields)
}

/// What people wrote, with their names.
fn written(list: &str, people: &People) -> Value {
    let mut list: Vec<Value> = serde_json::from_str(list).unwrap_or_default();
    for one in &mut list {
        let by = person(one["by"].as_str(), people);
        one["by"] = by;
        if let Some(created) = one["created"].as_i64() {
            one["created"] = time(created);
        }
    }
    Value::from(list)
}

fn count(list: &str) -> usize {
    serde_json::from_str::<Vec<Value>>(list).map_or(0, |list| list.len())
}

/// `{uuid, username}`; nothing for nobody.
pub(super) fn person(id: Option<&str>, people: &People) -> Value {
    match id {
        None => Value::Null,
        Some(id) => json!({ "uuid": uuid(id), "username": username(id, people) }),
    }
}

/// Of a deleted account no name is left.
pub(super) fn username<'a>(id: &str, people: &'a People) -> &'a str {
    people.get(id).map_or("", |user| user.username.as_str())
}
