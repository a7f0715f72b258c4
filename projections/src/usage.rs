//! `usage`: what each thread has cost, by day, provider and model, and what somebody's completions, embeddings and
//! documents have, which belong to no thread. It outlives the contents.

use aggregates::{
    completion::CompletionEvent,
    embedding::EmbeddingEvent,
    ingest::IngestEvent,
    thread::{Attempt, ReplyEnd, Route, ThreadEvent, Usage},
};

use crate::{
    Event, Projection, Recorded,
    row::row,
    transcript::{MessageStatus, count, end},
};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Characters of a name that go into the key: an index has a limit.
const NAME_CHARS: usize = 200;

row! {
    /// What a thread, or all completions, embeddings and documents of a user, have cost on one day with one model.
    pub struct UsageRow in "usage" {
        /// Thread (or user), day, provider and model, a line each.
        pub id: String,
        /// The thread; of completions, embeddings and documents their owner.
        pub thread: String,
        /// When the day (UTC) began.
        pub day: i64,
        /// The provider.
        pub provider: String,
        /// The model.
        pub model: String,
        /// Tokens read by the model, failed attempts included.
        pub prompt_tokens: i64,
        /// Tokens written by the model, failed attempts included.
        pub completion_tokens: i64,
        /// Turns that ended with this model.
        pub turns: i64,
        /// Those of them that failed.
        pub failed: i64,
    }
    indexes { by_thread: r#""thread", "day""#, }
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct UsageView;

impl Projection for UsageView {
    const VERSION: u32 = 5;
    type Row = UsageRow;

    fn keys(event: &Recorded) -> Vec<String> {
        costs(event)
            .iter()
            .map(|cost| id(event, cost.route))
            .collect()
    }

    fn fold(row: Option<UsageRow>, key: &str, event: &Recorded) -> Option<UsageRow> {
        let costs = costs(event);
        let Some(cost) = costs.iter().find(|cost| id(event, cost.route) == key) else {
            return row;
        };
        let mut row = row.unwrap_or_else(|| UsageRow {
            id: key.to_owned(),
            thread: bearer(event),
            day: day(event),
            provider: cost.route.provider.clone(),
            model: cost.route.model.clone(),
            prompt_tokens: 0,
            completion_tokens: 0,
            turns: 0,
            failed: 0,
        });
        let usage = cost.usage;
        row.prompt_tokens = row.prompt_tokens.saturating_add(count(usage.prompt_tokens));
        row.completion_tokens = row
            .completion_tokens
            .saturating_add(count(usage.completion_tokens));
        row.turns += i64::from(cost.turn.is_some());
        row.failed += i64::from(cost.turn == Some(MessageStatus::Failed));
        Some(row)
    }
}

/// What one model has cost in one event.
struct Cost<'e> {
    route: &'e Route,
    usage: Usage,
    /// How the turn ended that ended with this model.
    turn: Option<MessageStatus>,
}

/// Each model once.
fn costs(event: &Recorded) -> Vec<Cost<'_>> {
    let happened = match &event.event {
        Event::Thread(happened) => happened,
        Event::Completion(happened) => return of_completion(happened),
        // No model has answered anything.
        Event::Embedding(EmbeddingEvent::Completed(end) | EmbeddingEvent::Failed(end)) => {
            return of_attempts(&end.attempts);
        }
        Event::Ingest(IngestEvent::Described { attempts, .. }) => return of_attempts(attempts),
        Event::Ingest(IngestEvent::Embedded {
            route,
            usage,
            owner: Some(_),
            ..
        }) => {
            return vec![Cost {
                route,
                usage: *usage,
                turn: None,
            }];
        }
        _ => return vec![],
    };
    if let ThreadEvent::TitleAsked { attempts } = happened {
        return of_attempts(attempts);
    }
    end(happened).map_or(vec![], |(status, end)| of_answer(status, end))
}

fn of_completion(happened: &CompletionEvent) -> Vec<Cost<'_>> {
    let (status, ended) = match happened {
        CompletionEvent::Completed(ended) => (MessageStatus::Completed, ended),
        CompletionEvent::Failed(ended) => (MessageStatus::Failed, ended),
        CompletionEvent::Stopped(ended) => (MessageStatus::Stopped, ended),
        CompletionEvent::Interrupted(ended) => (MessageStatus::Interrupted, ended),
        _ => return vec![],
    };
    of_answer(status, &ended.end)
}

fn of_answer(status: MessageStatus, end: &ReplyEnd) -> Vec<Cost<'_>> {
    // A refusal has cost nothing, and is no model's.
    if end.is_refusal() {
        return vec![];
    }
    // The last model bears all that no other model's attempt does, so that it adds up to the turn's usage.
    let mut costs = of_attempts(&end.attempts);
    costs.retain(|cost| *cost.route != end.route);
    let rest = costs.iter().fold(end.usage, |rest, cost| Usage {
        prompt_tokens: rest.prompt_tokens.saturating_sub(cost.usage.prompt_tokens),
        completion_tokens: rest
            .completion_tokens
            .saturating_sub(cost.usage.completion_tokens),
        ..rest
    });
    costs.push(Cost {
        route: &end.route,
        usage: rest,
        turn: Some(status),
    });
    costs
}

fn of_attempts(attempts: &[Attempt]) -> Vec<Cost<'_>> {
    let mut costs: Vec<Cost<'_>> = vec![];
    for attempt in attempts {
        let Some(cost) = costs.iter_mut().find(|cost| *cost.route == attempt.route) else {
            costs.push(Cost {
                route: &attempt.route,
                usage: attempt.usage,
                turn: None,
            });
            continue;
        };
        let (sum, usage) = (&mut cost.usage, attempt.usage);
        sum.prompt_tokens = sum.prompt_tokens.saturating_add(usage.prompt_tokens);
        sum.completion_tokens = sum
            .completion_tokens
            .saturating_add(usage.completion_tokens);
    }
    costs
}

fn day(event: &Recorded) -> i64 {
    event.recorded_at - event.recorded_at.rem_euclid(DAY)
}

/// Whose line it is.
fn bearer(event: &Recorded) -> String {
    match &event.event {
        Event::Completion(
            CompletionEvent::Completed(ended)
            | CompletionEvent::Failed(ended)
            | CompletionEvent::Stopped(ended)
            | CompletionEvent::Interrupted(ended),
        ) => ended.owner.to_string(),
        Event::Embedding(EmbeddingEvent::Completed(end) | EmbeddingEvent::Failed(end)) => {
            end.owner.to_string()
        }
        Event::Ingest(
            IngestEvent::Described { owner, .. }
            | IngestEvent::Embedded {
                owner: Some(owner), ..
            },
        ) => owner.to_string(),
        _ => event.aggregate_id.clone(),
    }
}

fn id(event: &Recorded, route: &Route) -> String {
    let short = |name: &str| name.chars().take(NAME_CHARS).collect::<String>();
    format!(
        "{}\n{}\n{}\n{}",
        bearer(event),
        day(event),
        short(&route.provider),
        short(&route.model)
    )
}
