//! `transcript`: every message of every conversation, each version of it.

use aggregates::{
    MessageId,
    thread::{Expired, FinishReason, ReplyEnd, ThreadEvent, ToolName, VerdictRecorded},
    verdict::{Action, Scan, Severity},
};
use serde::{Deserialize, Serialize};

use crate::{
    Clear, Event, Projection, Recorded,
    row::{row, word},
};

word! {
    /// Who speaks.
    pub enum Author {
        /// A person.
        User = "user",
        /// A model.
        Assistant = "assistant",
    }
}

word! {
    /// How far a message is.
    pub enum MessageStatus {
        /// A person's message: there is nothing to wait for.
        Sent = "sent",
        /// The model is writing.
        Generating = "generating",
        /// The model is done.
        Completed = "completed",
        /// The provider failed.
        Failed = "failed",
        /// Somebody stopped it.
        Stopped = "stopped",
        /// The server went away.
        Interrupted = "interrupted",
    }
}

row! {
    /// A message.
    pub struct TranscriptRow in "transcript" {
        /// Its id.
        pub message: String,
        /// Its conversation.
        pub thread: String,
        /// Who speaks.
        pub role: Author,
        /// Its place in the conversation, from 1; versions of a message share it.
        pub place: i64,
        /// What is said; empty while it is generated.
        pub text: String,
        /// What a thinking model showed of its thoughts.
        pub reasoning: Option<String>,
        /// How far it is.
        pub status: MessageStatus,
        /// The message it is a newer version of.
        pub replaces: Option<String>,
        /// The newer version of it.
        pub replaced_by: Option<String>,
        /// The turn that makes it, or answers it.
        pub turn: String,
        /// The user's message it answers.
        pub answers: Option<String>,
        /// The provider that wrote it (of a running reply: that is asked).
        pub provider: Option<String>,
        /// The model that wrote it.
        pub model: Option<String>,
        /// A sentence for people, when the turn failed.
        pub error: Option<String>,
        /// Tokens read by the model.
        pub prompt_tokens: i64,
        /// Tokens written by the model.
        pub completion_tokens: i64,
        /// The tokens were counted by us.
        pub estimated: bool,
        /// Why the model stopped.
        pub finish: Option<String>,
        /// When it was sent or begun.
        pub created: i64,
        /// When it was done.
        pub finished: Option<i64>,
        /// It belongs to the history, unless a cut hides its place: not replaced, not being generated, and not a
        /// failed, stopped or interrupted reply without a word.
        pub shown: bool,
        /// Characters of `text`.
        pub length: i64,
        /// The log's position of its last change.
        pub position: i64,
        /// Whether moderation has looked at it: `scanned`, `exempt`, `failed` or `unscanned`.
        pub scan: String,
        /// Moderation did something about it.
        pub is_flagged: bool,
        /// How bad moderation found it.
        pub severity: String,
        /// What it tries on the model, as a list in JSON.
        pub injection_categories: String,
        /// Personal data that is or was in it, as a list in JSON.
        pub pii_categories: String,
        /// What moderation did.
        pub action_taken: String,
        /// What its author was told about that.
        pub warning: Option<String>,
        /// A moderator has taken away what it said.
        pub redacted: bool,
        /// What was looked up for it, as a list of [`LookupRow`]s in JSON.
        pub lookups: String,
        /// The place in its conversation's stream of the event that says what it says.
        pub said: i64,
        /// What it said was too old, and is gone.
        pub expired: bool,
    }
    indexes {
        by_place: r#""thread", "place", "shown", "length""#,
        by_flag: r#""thread", "place""# where r#""is_flagged" = 1"#,
        by_order: r#""place", "created", "message""#,
        by_flag_in_order: r#""place", "created", "message""# where r#""is_flagged" = 1"#,
        by_neglect: r#""thread""# where r#""scan" = 'unscanned'"#,
    }
}

/// Something that was looked up for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupRow {
    /// By which tool.
    pub tool: ToolName,
    /// What was done, for people.
    pub label: String,
    /// It is done.
    pub over: bool,
}

impl TranscriptRow {
    /// What was looked up for it, in order; nothing once a moderator has taken it away.
    #[must_use]
    pub fn lookups(&self) -> Vec<LookupRow> {
        if self.redacted {
            return vec![];
        }
        serde_json::from_str(&self.lookups).unwrap_or_default()
    }

    fn with_lookups(self, change: impl FnOnce(&mut Vec<LookupRow>)) -> Self {
        let mut lookups = serde_json::from_str(&self.lookups).unwrap_or_default();
        change(&mut lookups);
        Self {
            lookups: serde_json::to_string(&lookups).unwrap_or_else(|_| list(&[])),
            ..self
        }
    }
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct Transcript;

impl Projection for Transcript {
    const VERSION: u32 = 6;
    type Row = TranscriptRow;

    fn keys(event: &Recorded) -> Vec<String> {
        let Event::Thread(event) = &event.event else {
            return vec![];
        };
        match event {
            ThreadEvent::MessageSent(sent) => std::iter::once(sent.message)
                .chain(sent.replaces)
                .map(|message| message.to_string())
                .collect(),
            ThreadEvent::ReplyStarted(started) => std::iter::once(started.turn)
                .chain(started.replaces)
                .map(|turn| turn.answer().to_string())
                .collect(),
            ThreadEvent::VerdictRecorded(recorded) => {
                let message = recorded.message.map(|message| message.to_string());
                message.into_iter().collect()
            }
            ThreadEvent::MessageRedacted { message, .. }
            | ThreadEvent::MessageRestored { message, .. } => vec![message.to_string()],
            ThreadEvent::ContentExpired(expired) => ids(&expired.messages),
            ThreadEvent::ToolCalled(called) => vec![called.turn.answer().to_string()],
            ThreadEvent::ToolAnswered(answered) => vec![answered.turn.answer().to_string()],
            event => end(event)
                .map(|(_, end)| end.turn.answer().to_string())
                .into_iter()
                .collect(),
        }
    }

    fn fold(row: Option<TranscriptRow>, key: &str, event: &Recorded) -> Option<TranscriptRow> {
        let Event::Thread(happened) = &event.event else {
            return row;
        };
        let mut row = match happened {
            ThreadEvent::MessageSent(sent) => {
                let message = sent.message.to_string();
                if message == key {
                    TranscriptRow {
                        role: Author::User,
                        text: sent.text.clone(),
                        length: length(&sent.text),
                        status: MessageStatus::Sent,
                        replaces: sent.replaces.map(|message| message.to_string()),
                        turn: sent.turn.to_string(),
                        finished: Some(event.recorded_at),
                        said: count(event.sequence),
                        ..blank(key, sent.index, event)
                    }
                } else {
                    TranscriptRow {
                        replaced_by: Some(message),
                        ..row?
                    }
                }
            }
            ThreadEvent::ReplyStarted(started) => {
                let message = started.turn.answer().to_string();
                if message == key {
                    TranscriptRow {
                        replaces: started.replaces.map(|turn| turn.answer().to_string()),
                        turn: started.turn.to_string(),
                        answers: Some(started.answers.to_string()),
                        provider: Some(started.route.provider.clone()),
                        model: Some(started.route.model.clone()),
                        ..blank(key, started.index, event)
                    }
                } else {
                    TranscriptRow {
                        replaced_by: Some(message),
                        ..row?
                    }
                }
            }
            ThreadEvent::VerdictRecorded(recorded) => judged(row?, recorded),
            ThreadEvent::ToolCalled(called) => row?.with_lookups(|lookups| {
                // Delivered again, it is there.
                if nth(called.call) == Some(lookups.len()) {
                    lookups.push(LookupRow {
                        tool: called.tool,
                        label: called.label.clone(),
                        over: false,
                    });
                }
            }),
            ThreadEvent::ToolAnswered(answered) => row?.with_lookups(|lookups| {
                let lookup = nth(answered.call).and_then(|nth| lookups.get_mut(nth));
                if let Some(lookup) = lookup {
                    lookup.over = true;
                }
            }),
            ThreadEvent::MessageRedacted { text, .. } => TranscriptRow {
                redacted: true,
                ..reading(row?, text, None, event)
            },
            ThreadEvent::MessageRestored {
                text, reasoning, ..
            } => TranscriptRow {
                redacted: false,
                ..reading(row?, text, reasoning.as_ref(), event)
            },
            ThreadEvent::ContentExpired(expired) => gone(row?, expired),
            happened => {
                let (status, end) = end(happened)?;
                TranscriptRow {
                    text: end.text.clone(),
                    length: length(&end.text),
                    reasoning: end.reasoning.clone(),
                    status,
                    provider: Some(end.route.provider.clone()),
                    model: Some(end.route.model.clone()),
                    error: end.error.clone(),
                    prompt_tokens: count(end.usage.prompt_tokens),
                    completion_tokens: count(end.usage.completion_tokens),
                    estimated: end.usage.estimated,
                    finish: end.finish.map(|reason| finish(reason).to_owned()),
                    finished: Some(event.recorded_at),
                    said: count(event.sequence),
                    ..row?
                }
            }
        };
        // Whether something was said there nobody can tell when it is gone.
        let is_there = row.expired || has_something(row.status, &row.text);
        row.shown = row.replaced_by.is_none() && is_there;
        row.position = count(event.position);
        Some(row)
    }

    fn renews(event: &Recorded, key: &str) -> bool {
        match &event.event {
            Event::Thread(ThreadEvent::MessageSent(sent)) => sent.message.to_string() == key,
            Event::Thread(ThreadEvent::ReplyStarted(started)) => {
                started.turn.answer().to_string() == key
            }
            _ => false,
        }
    }

    fn clears(event: &Recorded) -> Option<Clear> {
        match event.event {
            Event::Thread(ThreadEvent::ErasureRequested {}) => Some(Clear {
                column: "thread",
                value: event.aggregate_id.clone(),
            }),
            _ => None,
        }
    }
}

fn reading(
    row: TranscriptRow,
    text: &str,
    reasoning: Option<&String>,
    event: &Recorded,
) -> TranscriptRow {
    TranscriptRow {
        text: text.to_owned(),
        length: length(text),
        reasoning: reasoning.cloned(),
        said: count(event.sequence),
        expired: false,
        ..row
    }
}

/// What it said is too old, unless it says something else since. What is left is what a row has that is made when the
/// keys are gone.
fn gone(row: TranscriptRow, expired: &Expired) -> TranscriptRow {
    let row = row.with_lookups(|lookups| {
        for lookup in lookups {
            lookup.label.clear();
        }
    });
    if row.said > count(expired.through) || row.status == MessageStatus::Generating {
        return row;
    }
    TranscriptRow {
        text: String::new(),
        length: 0,
        reasoning: row.reasoning.map(|_| String::new()),
        error: row.error.map(|_| String::new()),
        expired: true,
        ..row
    }
}

/// Messages as keys.
pub(crate) fn ids(messages: &[MessageId]) -> Vec<String> {
    messages.iter().map(ToString::to_string).collect()
}

/// The place of a call, from 0.
fn nth(call: u32) -> Option<usize> {
    usize::try_from(call).ok()?.checked_sub(1)
}

fn judged(row: TranscriptRow, recorded: &VerdictRecorded) -> TranscriptRow {
    let verdict = &recorded.verdict;
    TranscriptRow {
        scan: verdict.scan.as_str().to_owned(),
        is_flagged: verdict.is_flagged(),
        severity: verdict.severity.as_str().to_owned(),
        injection_categories: list(&verdict.injection_categories),
        pii_categories: list(&verdict.pii_categories),
        action_taken: verdict.action.as_str().to_owned(),
        warning: recorded.warning.clone(),
        ..row
    }
}

fn list(names: &[String]) -> String {
    serde_json::to_string(names).unwrap_or_else(|_| "[]".to_owned())
}

/// How and with what a turn has ended, when the event says that one has.
pub(crate) fn end(event: &ThreadEvent) -> Option<(MessageStatus, &ReplyEnd)> {
    match event {
        ThreadEvent::ReplyCompleted(end) => Some((MessageStatus::Completed, end)),
        ThreadEvent::ReplyFailed(end) => Some((MessageStatus::Failed, end)),
        ThreadEvent::ReplyStopped(end) => Some((MessageStatus::Stopped, end)),
        ThreadEvent::ReplyInterrupted(end) => Some((MessageStatus::Interrupted, end)),
        _ => None,
    }
}

/// A message in this state, with this text, is something to show.
pub(crate) fn has_something(status: MessageStatus, text: &str) -> bool {
    match status {
        MessageStatus::Sent | MessageStatus::Completed => true,
        MessageStatus::Generating => false,
        MessageStatus::Failed | MessageStatus::Stopped | MessageStatus::Interrupted => {
            !text.is_empty()
        }
    }
}

/// Characters, as the database counts.
pub(crate) fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// A counter, as the database counts.
pub(crate) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn finish(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::ContentFilter => "content-filter",
        FinishReason::ToolCalls => "tool-calls",
        FinishReason::Error => "error",
        FinishReason::Other => "other",
    }
}

fn blank(key: &str, index: u64, event: &Recorded) -> TranscriptRow {
    TranscriptRow {
        message: key.to_owned(),
        thread: event.aggregate_id.clone(),
        role: Author::Assistant,
        place: count(index),
        text: String::new(),
        reasoning: None,
        status: MessageStatus::Generating,
        replaces: None,
        replaced_by: None,
        turn: String::new(),
        answers: None,
        provider: None,
        model: None,
        error: None,
        prompt_tokens: 0,
        completion_tokens: 0,
        estimated: false,
        finish: None,
        created: event.recorded_at,
        finished: None,
        shown: false,
        length: 0,
        position: 0,
        scan: Scan::Unscanned.as_str().to_owned(),
        is_flagged: false,
        severity: Severity::None.as_str().to_owned(),
        injection_categories: list(&[]),
        pii_categories: list(&[]),
        action_taken: Action::Allow.as_str().to_owned(),
        warning: None,
        redacted: false,
        lookups: list(&[]),
        said: 0,
        expired: false,
    }
}
