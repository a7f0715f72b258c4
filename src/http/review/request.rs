//! What moderators and users write: decisions, reasons, comments, reports.

use aggregates::case::{CaseAction, Decision};
use serde_json::Value;

use crate::http::threads::{
    error::Error,
    request::{BodyFields, Faults},
};

/// The longest reason, comment or appeal, in characters.
pub(super) const LONGEST_TEXT: usize = 2_000;
/// The longest word for a rule or a report's category, in characters.
pub(super) const LONGEST_WORD: usize = 64;
/// The decisions.
pub(super) const DECISIONS: [Decision; 5] = [
    Decision::Dismiss,
    Decision::Confirm,
    Decision::Redact,
    Decision::HideThread,
    Decision::RestrictUser,
];
/// The longest restriction of a user, in days.
pub(super) const MOST_DAYS: u64 = 365;
/// How long a user is restricted where nobody says otherwise, in days.
pub(super) const DAYS: u64 = 7;

/// A decision, as it is asked for.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    pub(super) decision: Decision,
    pub(super) reason: String,
    pub(super) policy: Option<String>,
    /// How long a user is restricted.
    pub(super) days: u64,
}

/// `{decision, reason, policy?, days?}`
pub(super) fn decision(body: &BodyFields) -> Result<Decided, Error> {
    let mut faults = Faults::default();
    let decision = body.text("decision", LONGEST_WORD, &mut faults);
    let decision = decision.and_then(|word| {
        let known = DECISIONS.into_iter().find(|known| known.as_str() == word);
        known.or_else(|| faults.add("decision", format!("\"{word}\" is not a valid choice.")))
    });
    let reason = body.text("reason", LONGEST_TEXT, &mut faults);
    let policy = optional(body, "policy", LONGEST_WORD, &mut faults);
    let days = match body.given("days") {
        None => Some(DAYS),
        Some(_) if decision.is_some_and(|decision| decision != Decision::RestrictUser) => {
            faults.add("days", "Only restrict_user takes days.")
        }
        Some(days) => whole(days)
            .filter(|days| (1..=MOST_DAYS).contains(days))
            .or_else(|| {
                let sentence = format!("Enter a whole number from 1 to {MOST_DAYS}.");
                faults.add("days", sentence)
            }),
    };
    match (decision, reason, days, faults.none()) {
        (Some(decision), Some(reason), Some(days), true) => Ok(Decided {
            decision,
            reason,
            policy,
            days,
        }),
        _ => Err(faults.into()),
    }
}

/// A whole number; forms have only texts.
fn whole(value: &Value) -> Option<u64> {
    let written = || value.as_str()?.trim().parse().ok();
    value.as_u64().or_else(written)
}

/// `{reason}`
pub(super) fn reason(body: &BodyFields) -> Result<String, Error> {
    required(body, "reason")
}

/// `{text}`
pub(super) fn text(body: &BodyFields) -> Result<String, Error> {
    required(body, "text")
}

/// `{category, comment?}`
pub(super) fn report(body: &BodyFields) -> Result<CaseAction, Error> {
    let mut faults = Faults::default();
    let category = body.text("category", LONGEST_WORD, &mut faults);
    let comment = optional(body, "comment", LONGEST_TEXT, &mut faults);
    match (category, faults.none()) {
        (Some(category), true) => Ok(CaseAction::Report { category, comment }),
        _ => Err(faults.into()),
    }
}

/// `{steal?}`
pub(super) fn steal(body: &BodyFields) -> Result<bool, Error> {
    match body.given("steal") {
        None | Some(Value::Bool(false)) => Ok(false),
        Some(Value::Bool(true)) => Ok(true),
        Some(Value::String(word)) if word == "true" => Ok(true),
        Some(Value::String(word)) if word == "false" => Ok(false),
        Some(_) => Err(Error::field("steal", "Must be a valid boolean.")),
    }
}

fn required(body: &BodyFields, name: &'static str) -> Result<String, Error> {
    let mut faults = Faults::default();
    body.text(name, LONGEST_TEXT, &mut faults)
        .ok_or_else(|| faults.into())
}

/// A text that may be left out, or empty.
fn optional(
    body: &BodyFields,
    name: &'static str,
    longest: usize,
    faults: &mut Faults,
) -> Option<String> {
    match body.given(name)? {
        Value::String(text) if text.trim().is_empty() => None,
        _ => body.text(name, longest, faults),
    }
}
