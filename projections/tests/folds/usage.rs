//! `usage`.

use aggregates::thread::{Attempt, ReplyEnd, Route, ThreadEvent, Usage};
use projections::{UsageRow, UsageView, testing::BEGINNING};

use super::story::*;

const DAY: i64 = 86_400_000_000;

fn used(row: &UsageRow) -> (&str, i64, i64, i64, i64) {
    let UsageRow {
        provider,
        prompt_tokens,
        completion_tokens,
        turns,
        failed,
        ..
    } = row;
    (
        provider,
        *prompt_tokens,
        *completion_tokens,
        *turns,
        *failed,
    )
}

#[test]
fn turns_of_a_day_add_up() {
    let story = and_then([
        sent(3, 3, "?"),
        started(4, 4),
        failed(4, ""),
        sent(5, 5, "?"),
        started(6, 6),
    ]);
    let rows = story.rows::<UsageView>();
    assert_eq!(
        rows.iter().map(used).collect::<Vec<_>>(),
        [("echo", 20, 6, 2, 1)]
    );
    assert_eq!(rows[0].day, BEGINNING - BEGINNING % DAY);
    assert_eq!(rows[0].thread, thread());
}

#[test]
fn what_a_fallback_has_cost_is_shared_out_and_adds_up() {
    let other = Route {
        provider: "dear".to_owned(),
        model: "dear-9".to_owned(),
    };
    let cost = |prompt_tokens, completion_tokens| Usage {
        prompt_tokens,
        completion_tokens,
        estimated: false,
    };
    let attempt = |route: Route, usage| Attempt {
        route,
        duration_ms: 1,
        error: None,
        status: None,
        model: None,
        usage,
        shown_from: None,
        images: vec![],
    };
    let story = story([
        opened(),
        sent(1, 1, "?"),
        started(2, 2),
        ThreadEvent::ReplyCompleted(ReplyEnd {
            usage: cost(100, 50),
            attempts: vec![attempt(other, cost(30, 0)), attempt(route(), cost(60, 40))],
            ..end(2, "!")
        }),
    ]);
    let rows = story.rows::<UsageView>();
    assert_eq!(
        rows.iter().map(used).collect::<Vec<_>>(),
        [("dear", 30, 0, 0, 0), ("echo", 70, 50, 1, 0)]
    );
}

#[test]
fn a_title_costs_without_being_a_turn() {
    let dear = Route {
        provider: "dear".to_owned(),
        model: "dear-9".to_owned(),
    };
    let attempt = |route: &Route, prompt_tokens| Attempt {
        route: route.clone(),
        duration_ms: 1,
        error: None,
        status: None,
        model: None,
        usage: Usage {
            prompt_tokens,
            completion_tokens: 1,
            estimated: false,
        },
        shown_from: None,
        images: vec![],
    };
    let asked = ThreadEvent::TitleAsked {
        attempts: vec![
            attempt(&route(), 7),
            attempt(&dear, 5),
            attempt(&route(), 7),
        ],
    };
    let rows = and_then([asked]).rows::<UsageView>();
    assert_eq!(
        rows.iter().map(used).collect::<Vec<_>>(),
        [("dear", 5, 1, 0, 0), ("echo", 24, 5, 1, 0)]
    );
}

#[test]
fn usage_outlives_the_contents() {
    let story = and_then([ThreadEvent::ErasureRequested {}]);
    assert_eq!(story.rows::<UsageView>().len(), 1);
}

#[test]
fn a_model_with_an_endless_name_fits_the_key() {
    let endless = Route {
        provider: "p".repeat(10_000),
        model: "m".repeat(10_000),
    };
    let story = story([
        opened(),
        sent(1, 1, "?"),
        started(2, 2),
        ThreadEvent::ReplyCompleted(ReplyEnd {
            route: endless,
            ..end(2, "!")
        }),
    ]);
    assert!(story.rows::<UsageView>()[0].id.len() < 1_000);
}
