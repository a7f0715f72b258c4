//! What moderation says of messages, in lists and counts.

use aggregates::{
    ThreadId, TurnId,
    thread::ThreadCommand,
    verdict::{Action, Severity, Verdict},
};
use colloquy::views::{MessageQuery, ThreadQuery};
use uuid::Uuid;

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(what_nobody_judged_is_counted, what_was_flagged_is_found);

async fn ends(world: &mut World, thread: ThreadId, turn: TurnId, verdict: Option<Verdict>) {
    let complete = ThreadCommand::CompleteReply(end(turn, "an answer"), verdict, context());
    world.command(thread, complete).await;
}

async fn what_nobody_judged_is_counted(database: TestDatabase) {
    let mut world = World::on(database).await;
    let thread = ThreadId(Uuid::from_u128(0xc1));
    let (_, turn) = world.say(thread, owner(1), "web", "a question").await;
    // The answer that is being written is nobody's to judge yet.
    assert_eq!(world.caught_up().await.count_unscanned().await.unwrap(), 1);
    ends(&mut world, thread, turn, None).await;
    assert_eq!(world.caught_up().await.count_unscanned().await.unwrap(), 2);
    let (_, turn) = world.say(thread, owner(1), "web", "another").await;
    ends(&mut world, thread, turn, Some(Verdict::default())).await;
    assert_eq!(world.caught_up().await.count_unscanned().await.unwrap(), 3);
}

async fn what_was_flagged_is_found(database: TestDatabase) {
    let mut world = World::on(database).await;
    let thread = ThreadId(Uuid::from_u128(0xc1));
    let harmless = ThreadId(Uuid::from_u128(0xc2));
    let (_, turn) = world.say(thread, owner(1), "web", "a question").await;
    let redacted = Verdict {
        action: Action::Redact,
        severity: Severity::High,
        ..Verdict::default()
    };
    ends(&mut world, thread, turn, Some(redacted)).await;
    world.exchange(harmless, "a question", "an answer").await;
    let views = world.caught_up().await;
    let query = |flagged| MessageQuery {
        flagged: Some(flagged),
        ..MessageQuery::default()
    };
    let found = views.messages(&query(true), 0, 10).await.unwrap();
    let flagged = found[0].clone();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, turn.answer().to_string());
    assert_eq!(
        (&*found[0].severity, &*found[0].action_taken),
        ("high", "redact")
    );
    assert_eq!(views.count_messages(&query(false)).await.unwrap(), 3);
    let threads = ThreadQuery {
        flagged: Some(true),
        severity: Some("high".to_owned()),
        ..ThreadQuery::default()
    };
    let found = views.threads(&threads, 0, 10).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].thread, thread.to_string());
    if matches!(world.database, TestDatabase::Sqlite(_)) {
        let plans = views.plans_of_messages(&query(true), &flagged).await;
        for plan in plans.unwrap() {
            assert!(plan.contains("by_flag"), "{plan}");
        }
    }
}
