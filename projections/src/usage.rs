//! `usage`: what each thread has cost, by day, provider and model. It outlives the contents.

use aggregates::thread::{ReplyEnd, Route, Usage};

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
    /// What a thread has cost on one day with one model.
    pub struct UsageRow in "usage" {
        /// Thread, day, provider and model, a line each.
        pub id: String,
        /// The thread.
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
    const VERSION: u32 = 1;
    type Row = UsageRow;

    fn keys(event: &Recorded) -> Vec<String> {
        let Event::Thread(happened) = &event.event else {
            return vec![];
        };
        let Some((_, end)) = end(happened).filter(|(_, end)| !end.is_refusal()) else {
            return vec![];
        };
        let mut keys: Vec<String> = routes(end).map(|route| id(event, route)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn fold(row: Option<UsageRow>, key: &str, event: &Recorded) -> Option<UsageRow> {
        let Event::Thread(happened) = &event.event else {
            return row;
        };
        let (status, end) = end(happened)?;
        let route = routes(end).find(|route| id(event, route) == key)?;
        let mut row = row.unwrap_or_else(|| UsageRow {
            id: key.to_owned(),
            thread: event.aggregate_id.clone(),
            day: day(event),
            provider: route.provider.clone(),
            model: route.model.clone(),
            prompt_tokens: 0,
            completion_tokens: 0,
            turns: 0,
            failed: 0,
        });
        let cost = share(end, route);
        row.prompt_tokens = row.prompt_tokens.saturating_add(count(cost.prompt_tokens));
        row.completion_tokens = row
            .completion_tokens
            .saturating_add(count(cost.completion_tokens));
        if *route == end.route {
            row.turns += 1;
            row.failed += i64::from(status == MessageStatus::Failed);
        }
        Some(row)
    }
}

/// The model that the turn ended with, then those of its attempts.
fn routes(end: &ReplyEnd) -> impl Iterator<Item = &Route> {
    std::iter::once(&end.route).chain(end.attempts.iter().map(|attempt| &attempt.route))
}

/// What `route` has cost in this turn: its attempts; the last model bears all that no other model's attempt does,
/// so that the shares add up to the turn's usage.
fn share(end: &ReplyEnd, route: &Route) -> Usage {
    let of = |mine: &dyn Fn(&Route) -> bool| {
        end.attempts
            .iter()
            .filter(|attempt| mine(&attempt.route))
            .fold(Usage::default(), |sum, attempt| Usage {
                prompt_tokens: sum
                    .prompt_tokens
                    .saturating_add(attempt.usage.prompt_tokens),
                completion_tokens: sum
                    .completion_tokens
                    .saturating_add(attempt.usage.completion_tokens),
                estimated: false,
            })
    };
    if *route != end.route {
        return of(&|other| other == route);
    }
    let others = of(&|other| *other != end.route);
    Usage {
        prompt_tokens: end.usage.prompt_tokens.saturating_sub(others.prompt_tokens),
        completion_tokens: end
            .usage
            .completion_tokens
            .saturating_sub(others.completion_tokens),
        estimated: false,
    }
}

fn day(event: &Recorded) -> i64 {
    event.recorded_at - event.recorded_at.rem_euclid(DAY)
}

fn id(event: &Recorded, route: &Route) -> String {
    let short = |name: &str| name.chars().take(NAME_CHARS).collect::<String>();
    format!(
        "{}\n{}\n{}\n{}",
        event.aggregate_id,
        day(event),
        short(&route.provider),
        short(&route.model)
    )
}
