//! How a reply is recorded: a thread's in the views, a completion's in the log alone.

use aggregates::{ThreadId, TurnId, thread::Usage};

use super::{Finished, Of};
use crate::{
    actors::{CompletionRecord, Ending},
    http::{Api, READ_YOUR_WRITES},
    views::{Author, Freshness, LookupRow, MessageStatus, TranscriptRow, ViewError},
};

/// A reply that has ended.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) reasoning: String,
    pub(super) finished: Finished,
    /// It is not what was released.
    pub(super) redacted: bool,
    /// What was looked up for it, in order.
    pub(super) lookups: Vec<LookupRow>,
}

/// What is recorded of a turn.
pub(super) enum Found {
    /// Not a word.
    Nothing,
    /// That it is somebody else's.
    Foreign,
    /// Its beginning, and what was looked up since.
    Running(Vec<LookupRow>),
    /// Its end.
    Ended(Box<Record>),
}

impl Of {
    /// What its feed belongs to.
    pub(super) fn conversation(self) -> ThreadId {
        match self {
            Self::Thread(thread) => thread,
            Self::Completion(completion) => completion.alone(),
        }
    }

    pub(super) async fn find(self, api: &Api, turn: TurnId) -> Result<Found, ViewError> {
        let thread = match self {
            Self::Thread(thread) => thread,
            Self::Completion(completion) => {
                let record = api.directory.completion(completion).await?;
                return Ok(record.map_or(Found::Nothing, of_completion));
            }
        };
        Ok(match api.views.message(turn.0).await? {
            None => Found::Nothing,
            Some(row) if row.thread != thread.to_string() || row.role != Author::Assistant => {
                Found::Foreign
            }
            Some(row) if row.status == MessageStatus::Generating => Found::Running(row.lookups()),
            Some(row) => Found::Ended(Box::new(of_message(row))),
        })
    }

    /// Whether it waits for another one to end. A completion never does.
    pub(super) async fn waits(self, api: &Api, turn: TurnId) -> Result<bool, ViewError> {
        match self {
            Self::Thread(thread) => Ok(api.directory.has_turn(thread, turn).await?),
            Self::Completion(_) => Ok(false),
        }
    }

    /// Waits until what is recorded is found.
    pub(super) async fn catch_up(self, api: &Api) -> Result<Freshness, ViewError> {
        match self {
            Self::Thread(_) => api.views.catch_up(READ_YOUR_WRITES).await,
            Self::Completion(_) => Ok(Freshness::Fresh),
        }
    }
}

fn of_completion(record: CompletionRecord) -> Found {
    let Some((ending, end, position)) = record.ended else {
        return Found::Running(vec![]);
    };
    let (reported, status) = (end.model().to_owned(), end.status());
    Found::Ended(Box::new(Record {
        reasoning: end.reasoning.unwrap_or_default(),
        redacted: record.redacted,
        lookups: vec![],
        finished: Finished {
            reported,
            status,
            text: end.text,
            ending,
            provider: end.route.provider,
            model: end.route.model,
            finish: end.finish,
            usage: end.usage,
            error: end.error,
            position,
            fresh: Freshness::Stale,
        },
    }))
}

fn of_message(row: TranscriptRow) -> Record {
    let lookups = row.lookups();
    let finish = row.finish.map(serde_json::Value::String);
    let model = row.model.unwrap_or_default();
    let finished = Finished {
        text: row.text,
        ending: match row.status {
            MessageStatus::Failed => Ending::Failed,
            MessageStatus::Stopped => Ending::Stopped,
            MessageStatus::Interrupted => Ending::Interrupted,
            _ => Ending::Completed,
        },
        provider: row.provider.unwrap_or_default(),
        reported: model.clone(),
        model,
        finish: finish.and_then(|word| serde_json::from_value(word).ok()),
        usage: Usage {
            prompt_tokens: u64::try_from(row.prompt_tokens).unwrap_or(0),
            completion_tokens: u64::try_from(row.completion_tokens).unwrap_or(0),
            estimated: row.estimated,
        },
        error: row.error,
        status: None,
        position: u64::try_from(row.position).unwrap_or(0),
        fresh: Freshness::Stale,
    };
    Record {
        reasoning: row.reasoning.unwrap_or_default(),
        redacted: row.redacted,
        lookups,
        finished,
    }
}
