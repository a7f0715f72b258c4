//! `completions`: whose answers there are that belong to no thread. What was said is in the log alone.

use aggregates::completion::{CompletionEnd, CompletionEvent};

use crate::{
    Event, Projection, Recorded, conversations::dialect, row::row, transcript::MessageStatus,
};

row! {
    /// A completion.
    pub struct CompletionRow in "completions" {
        /// Its id.
        pub completion: String,
        /// Whose it is.
        pub owner: String,
        /// Which API asked: `openai`, …
        pub dialect: String,
        /// How far it is.
        pub status: MessageStatus,
        /// The provider that answers.
        pub provider: String,
        /// Its model.
        pub model: String,
        /// When it was asked for.
        pub created: i64,
        /// When it ended.
        pub finished: Option<i64>,
    }
    indexes {
        by_owner: r#""owner", "completion""#,
        by_provider: r#""provider", "created", "completion""#,
    }
}

/// The projection. What is erased has no row.
#[derive(Clone, Copy, Debug)]
pub struct Completions;

impl Projection for Completions {
    const VERSION: u32 = 2;
    type Row = CompletionRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Completion(
                CompletionEvent::VerdictRecorded(_)
                | CompletionEvent::DecisionRecorded { .. }
                | CompletionEvent::DecisionOverturned { .. }
                | CompletionEvent::Redacted { .. }
                | CompletionEvent::Restored { .. },
            ) => vec![],
            Event::Completion(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<CompletionRow>, key: &str, event: &Recorded) -> Option<CompletionRow> {
        let Event::Completion(happened) = &event.event else {
            return row;
        };
        let ended = |status, end: &CompletionEnd| {
            let row = row.clone()?;
            Some(CompletionRow {
                status,
                provider: end.end.route.provider.clone(),
                model: end.end.route.model.clone(),
                finished: Some(event.recorded_at),
                ..row
            })
        };
        match happened {
            CompletionEvent::Requested(requested) => Some(CompletionRow {
                completion: key.to_owned(),
                owner: requested.owner.to_string(),
                dialect: dialect(requested.dialect).to_owned(),
                status: MessageStatus::Generating,
                provider: requested.route.provider.clone(),
                model: requested.route.model.clone(),
                created: event.recorded_at,
                finished: None,
            }),
            CompletionEvent::Completed(end) => ended(MessageStatus::Completed, end),
            CompletionEvent::Failed(end) => ended(MessageStatus::Failed, end),
            CompletionEvent::Stopped(end) => ended(MessageStatus::Stopped, end),
            CompletionEvent::Interrupted(end) => ended(MessageStatus::Interrupted, end),
            CompletionEvent::Misdirected { .. } => Some(CompletionRow {
                status: MessageStatus::Failed,
                finished: Some(event.recorded_at),
                ..row?
            }),
            CompletionEvent::VerdictRecorded(_)
            | CompletionEvent::DecisionRecorded { .. }
            | CompletionEvent::DecisionOverturned { .. }
            | CompletionEvent::Redacted { .. }
            | CompletionEvent::Restored { .. } => row,
            CompletionEvent::Erased {} => None,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(
            event.event,
            Event::Completion(CompletionEvent::Requested(_))
        )
    }
}
