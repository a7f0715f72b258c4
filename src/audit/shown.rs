//! The record as JSON: events and moments, with content or without it.

use aggregates::{case::SaidIn, content_of, reading::Reading, webhook::Webhook};
use chrono::{DateTime, SecondsFormat};
use cqrs_es::Aggregate;
use projections::{CaseRow, ThreadRow, TranscriptRow};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{RowAt, as_of::ThreadAt, diff::Change};
use crate::store::Recorded;

/// Content that nobody is shown: it opens other content.
const KEYS: &str = "key";
/// As [`KEYS`], of a webhook: an address may hold what opens it.
const OPENS: [&str; 2] = ["url", "secret"];

/// A time for machines and people.
#[must_use]
pub fn time(micros: i64) -> Option<String> {
    let time = DateTime::from_timestamp_micros(micros)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// What a webhook's message is called.
#[must_use]
pub fn message_id(id: Uuid) -> String {
    format!("msg_{}", id.simple())
}

/// An event. Without content, what people and models wrote is `null`, and `withheld` says which fields that are.
#[must_use]
pub fn event(event: &Recorded, content: bool) -> Value {
    let mut data = serde_json::from_str(&event.payload).unwrap_or(Value::Null);
    // Stored under its name: `{"message.sent": {…}}`.
    if let Value::Object(tagged) = &mut data
        && let Some(inner) = tagged.remove(&event.event_type)
    {
        data = inner;
    }
    let mut withheld = vec![];
    for path in content_of(&event.aggregate_type, &event.event_type) {
        let path: Vec<&str> = path.split('.').collect();
        let is_key = path.len() > 1 && path.last() == Some(&KEYS);
        let opens = event.aggregate_type == Webhook::TYPE
            && path.last().is_some_and(|name| OPENS.contains(name));
        if !content || is_key || opens {
            withhold(&mut data, &path, String::new(), &mut withheld);
        }
    }
    let metadata: Map<String, Value> = serde_json::from_str(&event.metadata).unwrap_or_default();
    let mut shown = json!({
        "position": event.position.to_string(),
        "recorded_at": time(event.recorded_at),
        "type": event.event_type,
        "version": event.event_version,
        "aggregate_type": event.aggregate_type,
        "aggregate_id": event.aggregate_id,
        "sequence": event.sequence,
        "by": metadata.get("by"),
        "data": data,
        "withheld": withheld,
    });
    if let Some(because) = metadata.get("because") {
        shown["because"] = because.clone();
    }
    shown
}

/// The same in the trail of one conversation or completion: a reading names no other that was read with it, of which
/// whoever is shown this may have to know nothing.
#[must_use]
pub fn event_of(event: &Recorded, content: bool, said_in: SaidIn) -> Value {
    let mut shown = self::event(event, content);
    if event.aggregate_type != Reading::TYPE {
        return shown;
    }
    let id = match said_in {
        SaidIn::Thread(thread) => thread.to_string(),
        SaidIn::Completion(completion) => completion.to_string(),
    };
    for name in ["threads", "completions"] {
        let Some(Value::Array(ids)) = shown["data"].get_mut(name) else {
            continue;
        };
        let all = ids.len();
        ids.retain(|known| *known == *id);
        if ids.len() < all
            && let Some(withheld) = shown["withheld"].as_array_mut()
        {
            withheld.push(json!(name));
        }
    }
    shown
}

/// Whether it is a reading that names others, too, of which [`event_of`] does not tell.
#[must_use]
pub fn names_others(event: &Recorded, said_in: SaidIn) -> bool {
    event.aggregate_type == Reading::TYPE
        && event_of(event, false, said_in) != self::event(event, false)
}

/// The last line of a feed: how far the record was read for it, and whether there was more of what was asked for.
#[must_use]
pub fn end(next: u64, more: bool) -> Value {
    json!({ "next": next.to_string(), "more": more })
}

/// Puts `null` for what is at this path, and notes where.
fn withhold(value: &mut Value, path: &[&str], at: String, withheld: &mut Vec<String>) {
    let Some((name, rest)) = path.split_first() else {
        if !value.is_null() {
            *value = Value::Null;
            withheld.push(at);
        }
        return;
    };
    let beneath = |name: &str| match at.as_str() {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    };
    match (value, *name) {
        (Value::Array(items), "*") => {
            for (nth, item) in items.iter_mut().enumerate() {
                withhold(item, rest, beneath(&nth.to_string()), withheld);
            }
        }
        (Value::Object(fields), name) => {
            if let Some(field) = fields.get_mut(name) {
                withhold(field, rest, beneath(name), withheld);
            }
        }
        _ => {}
    }
}

/// A thread as it was.
#[must_use]
pub fn thread(thread: &str, at: &ThreadAt, content: bool) -> Value {
    let row = at.conversation();
    let messages: Vec<Value> = at
        .messages()
        .into_iter()
        .map(|message| self::message(at, message, content))
        .collect();
    let erasure = at.erasure.as_ref().map(|erasure| {
        let confirmed = erasure.confirmed.as_ref();
        json!({
            "requested_at": erasure.requested.to_string(),
            "confirmed_at": confirmed.map(|(position, _)| position.to_string()),
            "receipt": confirmed.map(|(_, receipt)| receipt),
        })
    });
    let erased_since = at.erased_since.map(|erased| {
        json!({
            "requested_at": erased.requested.to_string(),
            "confirmed_at": erased.confirmed.map(|position| position.to_string()),
            "recorded_at": time(erased.recorded_at),
        })
    });
    let expired = at.expiry.as_ref().map(|expiry| {
        let confirmed = expiry.confirmed.as_ref();
        json!({
            "before": time(expiry.before),
            "asked_at": expiry.asked.to_string(),
            "confirmed_at": confirmed.map(|(position, _)| position.to_string()),
            "receipt": confirmed.map(|(_, receipt)| receipt),
        })
    });
    json!({
        "thread": thread,
        "position": at.position.to_string(),
        "recorded_at": time(at.recorded_at),
        "owner": row.map(|row| &row.owner),
        "dialect": row.map(|row| &row.dialect),
        "reference": row.and_then(|row| row.reference.as_ref()).filter(|_| content),
        "channel": row.and_then(|row| row.channel.as_ref()),
        "name": row.and_then(|row| row.name.as_ref()).filter(|_| content),
        "archived": row.is_some_and(|row| row.archived),
        "open_turn": row.and_then(|row| row.open_turn.as_ref()),
        "erasure": erasure,
        "erased_since": erased_since,
        "expired": expired,
        "messages": messages,
        "content": content,
    })
}

fn message(at: &ThreadAt, row: &TranscriptRow, content: bool) -> Value {
    let words = |text: &String| content.then(|| text.clone());
    let list = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    json!({
        "message": row.message,
        "place": row.place,
        "role": row.role.as_str(),
        "status": row.status.as_str(),
        "seen_by_owner": at.is_seen(row),
        "hidden_by_a_cut": at.is_hidden(row.place),
        "replaces": row.replaces,
        "replaced_by": row.replaced_by,
        "turn": row.turn,
        "answers": row.answers,
        "provider": row.provider,
        "model": row.model,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "estimated": row.estimated,
        "finish": row.finish,
        "created": time(row.created),
        "finished": row.finished.and_then(time),
        "length": row.length,
        "expired": row.expired,
        "scan": row.scan,
        "flagged": row.is_flagged,
        "severity": row.severity,
        "injection_categories": list(&row.injection_categories),
        "pii_categories": list(&row.pii_categories),
        "action_taken": row.action_taken,
        "text": words(&row.text),
        "reasoning": row.reasoning.as_ref().and_then(words),
        "error": row.error.as_ref().and_then(words),
    })
}

/// A thread's row in its owner's list, as it was.
#[must_use]
pub fn listed(at: &RowAt<ThreadRow>, content: bool) -> Option<Value> {
    let row = at.row.as_ref()?;
    Some(json!({
        "thread": row.thread,
        "position": at.position.to_string(),
        "dialect": row.dialect,
        "name": row.name.as_ref().filter(|_| content),
        "created": time(row.created),
        "modified": time(row.modified),
        "archived": row.is_archived,
        "messages": row.message_count,
        "flagged": row.is_flagged,
        "severity": row.max_severity,
        "erased": row.erased,
        "hidden_by_moderators": row.hidden_for.is_some(),
    }))
}

/// A case as it was. Content is what people wrote about it.
#[must_use]
pub fn case(at: &RowAt<CaseRow>, content: bool) -> Option<Value> {
    let row = at.row.as_ref()?;
    let words = |text: &Option<String>| text.clone().filter(|_| content);
    let list = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    let written = |text: &str| {
        let mut all = list(text);
        for one in all.as_array_mut().into_iter().flatten() {
            let created = one["created"].as_i64().and_then(time);
            one["created"] = json!(created);
            for field in ["category", "comment", "text"] {
                if let Some(field) = one.get_mut(field).filter(|_| !content) {
                    *field = Value::Null;
                }
            }
        }
        all
    };
    Some(json!({
        "case": row.case,
        "position": at.position.to_string(),
        "recorded_at": time(at.recorded_at),
        "thread": row.thread,
        "completion": row.completion,
        "stage": row.stage,
        "state": row.state.as_str(),
        "severity": row.severity,
        "automated": row.automated,
        "categories": list(&row.categories),
        "action_taken": row.action_taken,
        "findings": list(&row.findings),
        "judged_by": row.judged_by,
        "opened": time(row.opened),
        "claimed_by": row.claimed_by,
        "claim_expires": row.claim_expires.and_then(time),
        "decision": row.decision,
        "decided_by": row.decided_by,
        "decided": row.decided.and_then(time),
        "reason": words(&row.reason),
        "policy": words(&row.policy),
        "decisions": row.decisions,
        "overturned": row.overturned,
        "reports": written(&row.reports),
        "comments": written(&row.comments),
        "appealed": row.appeal.is_some(),
        "appeal": words(&row.appeal),
        "content": content,
    }))
}

/// What changed.
#[must_use]
pub fn change(change: &Change) -> Value {
    json!({ "kind": change.kind, "message": change.message, "sentence": change.sentence })
}
