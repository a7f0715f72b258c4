//! `embeddings`, and what they add to `usage`.

use aggregates::{
    EmbeddingId, UserId,
    embedding::{EmbeddingEnd, EmbeddingEvent, EmbeddingVerdict, TextsSent},
    thread::{Attempt, Dialect, Route, Usage},
};
use projections::{
    EmbeddingRow, Embeddings, Event, MessageStatus, UsageView,
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
    let sent = TextsSent {
        embedding: EmbeddingId(id(number)),
        owner: UserId(id(1)),
        dialect: Dialect::Openai,
        route: route(),
        texts: vec!["one".to_owned(), "two".to_owned()],
        dimensions: None,
    };
    happens(number, EmbeddingEvent::Requested(sent))
}

fn happens(number: u128, event: EmbeddingEvent) -> (String, Event) {
    (text(number), Event::Embedding(event))
}

fn ended(number: u128, how: fn(EmbeddingEnd) -> EmbeddingEvent) -> (String, Event) {
    let usage = Usage {
        prompt_tokens: 10,
        ..Usage::default()
    };
    let attempt = Attempt {
        route: route(),
        duration_ms: 1,
        error: None,
        status: None,
        model: None,
        usage,
        shown_from: None,
        images: vec![],
    };
    let end = EmbeddingEnd {
        owner: UserId(id(1)),
        route: route(),
        dimensions: None,
        error: None,
        usage,
        attempts: vec![attempt],
    };
    happens(number, how(end))
}

fn story() -> Given {
    let judged = EmbeddingVerdict {
        verdicts: vec![],
        warning: None,
        refusal: Some("No.".to_owned()),
    };
    given(happened([
        requested(2),
        requested(3),
        ended(2, EmbeddingEvent::Completed),
        ended(3, EmbeddingEvent::Failed),
        happens(3, EmbeddingEvent::Erased {}),
        requested(4),
        happens(4, EmbeddingEvent::VerdictRecorded(judged)),
        happens(4, EmbeddingEvent::Refused {}),
        requested(5),
    ]))
}

#[test]
fn what_is_erased_has_no_row() {
    let row = |number, status, seconds: i64, finished: Option<i64>| EmbeddingRow {
        embedding: text(number),
        owner: text(1),
        dialect: "openai".to_owned(),
        status,
        provider: "up".to_owned(),
        model: "m".to_owned(),
        texts: 2,
        created: BEGINNING + seconds * 1_000_000,
        finished: finished.map(|seconds| BEGINNING + seconds * 1_000_000),
    };
    story().shows::<Embeddings>(&[
        row(2, MessageStatus::Completed, 0, Some(2)),
        row(4, MessageStatus::Failed, 5, Some(7)),
        row(5, MessageStatus::Generating, 8, None),
    ]);
}

#[test]
fn what_they_cost_is_their_owners_and_is_no_answer() {
    let rows = story().rows::<UsageView>();
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(row.thread, text(1));
    assert_eq!((row.prompt_tokens, row.completion_tokens), (20, 0));
    assert_eq!((row.turns, row.failed), (0, 0));
}
