//! `completions`, and what they add to `usage`.

use aggregates::{
    CompletionId, UserId,
    completion::{CompletionEnd, CompletionEvent, Requested, Sampling},
    thread::{Dialect, ReplyEnd, Route, Usage},
};
use projections::{
    CompletionRow, Completions, Event, MessageStatus, UsageView,
    testing::{BEGINNING, Given, given, happened},
};

use super::story::{id, text};

fn route() -> Route {
    Route {
        provider: "up".to_owned(),
        model: "m".to_owned(),
    }
}

fn requested(number: u128) -> (String, Event) {
    let requested = Requested {
        completion: CompletionId(id(number)),
        owner: UserId(id(1)),
        dialect: Dialect::Openai,
        route: route(),
        messages: vec![],
        sampling: Sampling::default(),
        streamed: false,
    };
    let event = CompletionEvent::Requested(requested);
    (text(number), Event::Completion(event))
}

fn ended(number: u128, how: fn(CompletionEnd) -> CompletionEvent) -> (String, Event) {
    let end = ReplyEnd {
        turn: CompletionId(id(number)).turn(),
        text: String::new(),
        reasoning: None,
        route: route(),
        finish: None,
        error: None,
        usage: Usage {
            prompt_tokens: 10,
            completion_tokens: 3,
            estimated: false,
        },
        attempts: vec![],
        context_messages: 0,
        sources: None,
        tools: None,
    };
    let owner = UserId(id(1));
    let event = how(CompletionEnd { owner, end });
    (text(number), Event::Completion(event))
}

fn story() -> Given {
    given(happened([
        requested(2),
        requested(3),
        ended(2, CompletionEvent::Completed),
        ended(3, CompletionEvent::Failed),
        (text(3), Event::Completion(CompletionEvent::Erased {})),
        requested(4),
    ]))
}

#[test]
fn what_is_erased_has_no_row() {
    let row = |number, status, seconds: i64, finished: Option<i64>| CompletionRow {
        completion: text(number),
        owner: text(1),
        dialect: "openai".to_owned(),
        status,
        provider: "up".to_owned(),
        model: "m".to_owned(),
        created: BEGINNING + seconds * 1_000_000,
        finished: finished.map(|seconds| BEGINNING + seconds * 1_000_000),
    };
    story().shows::<Completions>(&[
        row(2, MessageStatus::Completed, 0, Some(2)),
        row(4, MessageStatus::Generating, 5, None),
    ]);
}

#[test]
fn what_has_nowhere_to_go_is_over_and_costs_nothing() {
    let told = "Thread not found.".to_owned();
    let misdirected = Event::Completion(CompletionEvent::Misdirected { told });
    let story = given(happened([requested(2), (text(2), misdirected)]));
    let rows = story.rows::<Completions>();
    assert_eq!(rows[0].status, MessageStatus::Failed);
    assert_eq!(rows[0].finished, Some(BEGINNING + 1_000_000));
    assert!(story.rows::<UsageView>().is_empty());
}

#[test]
fn all_completions_of_an_owner_are_one_line_a_day_and_survive_their_erasure() {
    let rows = story().rows::<UsageView>();
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(row.thread, text(1));
    assert_eq!(
        (
            row.prompt_tokens,
            row.completion_tokens,
            row.turns,
            row.failed
        ),
        (20, 6, 2, 1)
    );
}
