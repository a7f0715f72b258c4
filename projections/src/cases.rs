//! `cases`: the moderators' queue. A message that a detector has flagged is in it at once; one that only people have
//! flagged, with the first report.

mod flagged;

use aggregates::{
    case::{CaseEvent, SaidIn},
    completion::CompletionEvent,
    thread::{Stage, ThreadEvent},
    verdict::Severity,
};
use serde_json::{Value, json};

use self::flagged::{OfDetectors, Where, columns, flagged};
use crate::{
    Clear, Event, Projection, Recorded, TranscriptRow,
    row::{row, word},
    transcript::ids,
};

word! {
    /// How far a case is.
    pub enum CaseState {
        /// Nobody works on it. A decision may stand, of before somebody reported it again.
        Open = "open",
        /// A moderator works on it, until the claim ends.
        Claimed = "claimed",
        /// It is decided, and nobody has reported it since.
        Decided = "decided",
        /// It is decided, and its author wants another decision.
        Appealed = "appealed",
    }
}

row! {
    /// A case.
    pub struct CaseRow in "cases" {
        /// Its id: the message's.
        pub case: String,
        /// The message's conversation, if it is said in one.
        pub thread: Option<String>,
        /// Else the question with its answer that it is one of.
        pub completion: Option<String>,
        /// Which side spoke: `input` or `output`; nothing where only people have flagged it.
        pub stage: Option<String>,
        /// How bad it is.
        pub severity: String,
        /// The same as a number, 0 to 4.
        pub rank: i64,
        /// Detectors have flagged it.
        pub automated: bool,
        /// What was found, as a list in JSON: injection's categories, then personal data's.
        pub categories: String,
        /// What moderation did.
        pub action_taken: String,
        /// What was found and where, as a list in JSON.
        pub findings: String,
        /// The version of the policy it was judged by.
        pub judged_by: String,
        /// When it was flagged.
        pub opened: i64,
        /// How far it is.
        pub state: CaseState,
        /// Who works on it.
        pub claimed_by: Option<String>,
        /// Until when.
        pub claim_expires: Option<i64>,
        /// The decision that stands.
        pub decision: Option<String>,
        /// By whom.
        pub decided_by: Option<String>,
        /// When.
        pub decided: Option<i64>,
        /// Why.
        pub reason: Option<String>,
        /// Which rule was broken.
        pub policy: Option<String>,
        /// How often it was decided.
        pub decisions: i64,
        /// How often a decision was undone.
        pub overturned: i64,
        /// What users say of it, as a list in JSON.
        pub reports: String,
        /// What moderators wrote down, as a list in JSON.
        pub comments: String,
        /// Why its author does not accept the decision.
        pub appeal: Option<String>,
    }
    indexes {
        by_queue: r#""state", "rank" DESC, "opened", "case""#,
        by_age: r#""state", "opened", "case""#,
        by_rank: r#""rank" DESC, "opened", "case""#,
        by_opening: r#""opened", "case""#,
        by_thread: r#""thread""# where r#""thread" IS NOT NULL"#,
        by_completion: r#""completion""# where r#""completion" IS NOT NULL"#,
        by_holder: r#""claimed_by", "rank" DESC, "opened", "case""# where r#""claimed_by" IS NOT NULL"#,
        by_decision: r#""decided""# where r#""decided" IS NOT NULL"#,
    }
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct Cases;

impl Projection for Cases {
    const VERSION: u32 = 3;
    type Row = CaseRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match &event.event {
            Event::Case(_) => vec![event.aggregate_id.clone()],
            Event::Thread(ThreadEvent::ContentExpired(expired)) => ids(&expired.messages),
            _ => flagged(event)
                .map(|flagged| flagged.message.to_string())
                .into_iter()
                .collect(),
        }
    }

    fn fold(row: Option<CaseRow>, key: &str, event: &Recorded) -> Option<CaseRow> {
        match &event.event {
            Event::Case(happened) => moved(row, key, happened, event),
            // There is nothing left to decide about, and what was found in it goes with it.
            Event::Thread(ThreadEvent::ContentExpired(_)) => None,
            _ => match flagged(event) {
                Some(flagged) => Some(judged(key, &flagged, event)),
                None => row,
            },
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(
            event.event,
            Event::Thread(ThreadEvent::VerdictRecorded(_))
                | Event::Completion(CompletionEvent::VerdictRecorded(_))
        )
    }

    fn clears(event: &Recorded) -> Option<Clear> {
        match event.event {
            Event::Thread(ThreadEvent::ErasureRequested {}) => Some(Clear {
                column: "thread",
                value: event.aggregate_id.clone(),
            }),
            Event::Completion(CompletionEvent::Erased {}) => Some(Clear {
                column: "completion",
                value: event.aggregate_id.clone(),
            }),
            _ => None,
        }
    }
}

impl CaseRow {
    /// A case that there is not yet: no detector has flagged the message.
    #[must_use]
    pub fn of_people(message: &TranscriptRow) -> Self {
        let thread = Some(message.thread.clone());
        open(
            &message.message,
            (thread, None),
            Severity::Low,
            message.created,
        )
    }

    /// Where it was said, as its events say it; nothing where the row is broken.
    #[must_use]
    pub fn said_in(&self) -> Option<SaidIn> {
        match (&self.thread, &self.completion) {
            (Some(thread), _) => Some(SaidIn::Thread(thread.parse().ok()?)),
            (None, Some(completion)) => Some(SaidIn::Completion(completion.parse().ok()?)),
            (None, None) => None,
        }
    }
}

/// A case that nobody has touched.
fn open(case: &str, said_in: Where, severity: Severity, opened: i64) -> CaseRow {
    let (thread, completion) = said_in;
    CaseRow {
        case: case.to_owned(),
        thread,
        completion,
        stage: None,
        severity: severity.as_str().to_owned(),
        rank: severity as i64,
        automated: false,
        categories: "[]".to_owned(),
        action_taken: "allow".to_owned(),
        findings: "[]".to_owned(),
        judged_by: String::new(),
        opened,
        state: CaseState::Open,
        claimed_by: None,
        claim_expires: None,
        decision: None,
        decided_by: None,
        decided: None,
        reason: None,
        policy: None,
        decisions: 0,
        overturned: 0,
        reports: "[]".to_owned(),
        comments: "[]".to_owned(),
        appeal: None,
    }
}

/// A detector has flagged it.
fn judged(case: &str, flagged: &OfDetectors<'_>, event: &Recorded) -> CaseRow {
    let verdict = flagged.verdict;
    let categories: Vec<&String> = verdict
        .injection_categories
        .iter()
        .chain(&verdict.pii_categories)
        .collect();
    let stage = match flagged.stage {
        Stage::Input => "input",
        Stage::Output => "output",
    };
    let said_in = flagged.said_in.clone();
    CaseRow {
        stage: Some(stage.to_owned()),
        automated: true,
        categories: json!(categories).to_string(),
        action_taken: verdict.action.as_str().to_owned(),
        findings: json!(verdict.findings).to_string(),
        judged_by: verdict.policy.clone(),
        ..open(case, said_in, verdict.severity, event.recorded_at)
    }
}

/// Something has happened to it. What was erased does not come back.
fn moved(
    row: Option<CaseRow>,
    key: &str,
    happened: &CaseEvent,
    event: &Recorded,
) -> Option<CaseRow> {
    let at = event.recorded_at;
    if let CaseEvent::Opened(flagged) = happened {
        // What a detector has flagged is there before; if not, it was erased.
        if row.is_none() && flagged.automated {
            return None;
        }
        let (said_in, severity) = (columns(flagged.said_in), flagged.severity);
        return Some(row.unwrap_or_else(|| open(key, said_in, severity, at)));
    }
    let mut row = row?;
    match happened {
        CaseEvent::Opened(_) => {}
        CaseEvent::Erased { .. } => return None,
        CaseEvent::Reported {
            by,
            category,
            comment,
        } => {
            let report =
                json!({ "by": by, "category": category, "comment": comment, "created": at });
            row.reports = with(&row.reports, report);
            if row.state == CaseState::Decided {
                row.state = CaseState::Open;
            }
        }
        CaseEvent::Claimed { by, until } => {
            // An appeal stays one while somebody works on it.
            if row.state != CaseState::Appealed {
                row.state = CaseState::Claimed;
            }
            row.claimed_by = Some(by.to_string());
            row.claim_expires = Some(*until);
        }
        CaseEvent::Released { .. } => {
            if row.state == CaseState::Claimed {
                row.state = CaseState::Open;
            }
            row = unclaimed(row);
        }
        CaseEvent::Decided {
            by,
            decision,
            reason,
            policy,
            ..
        } => {
            row = unclaimed(row);
            row.state = CaseState::Decided;
            row.decision = Some(decision.as_str().to_owned());
            row.decided_by = Some(by.to_string());
            row.decided = Some(at);
            row.reason = Some(reason.clone());
            row.policy.clone_from(policy);
            row.decisions += 1;
        }
        CaseEvent::Overturned { .. } => {
            row = unclaimed(row);
            row.state = CaseState::Open;
            row.decision = None;
            row.decided_by = None;
            row.decided = None;
            row.reason = None;
            row.policy = None;
            row.overturned += 1;
        }
        CaseEvent::Commented { by, text } => {
            let comment = json!({ "by": by, "text": text, "created": at });
            row.comments = with(&row.comments, comment);
        }
        CaseEvent::Appealed { text, .. } => {
            row = unclaimed(row);
            row.state = CaseState::Appealed;
            row.appeal = Some(text.clone());
        }
    }
    Some(row)
}

fn unclaimed(row: CaseRow) -> CaseRow {
    CaseRow {
        claimed_by: None,
        claim_expires: None,
        ..row
    }
}

/// A list in JSON with one more at its end.
fn with(list: &str, one: Value) -> String {
    let mut list: Vec<Value> = serde_json::from_str(list).unwrap_or_default();
    list.push(one);
    Value::from(list).to_string()
}
