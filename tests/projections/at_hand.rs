//! Rows that are still at hand from the rounds before: only for as long as they are true.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use colloquy::{
    projector::{FaultPoint, Projector, rebuild},
    views::Views,
};

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(
    rows_that_were_saved_last_are_not_loaded_again,
    a_round_that_fails_leaves_nothing_at_hand,
    what_another_projector_has_done_meanwhile_is_kept,
    a_view_that_was_rebuilt_meanwhile_is_loaded_again,
    an_erased_conversation_is_not_at_hand,
);

async fn messages(views: &Views) -> Option<i64> {
    let conversation = views.conversation(thread(1).0).await.unwrap();
    conversation.and_then(|conversation| conversation.message_count)
}

/// Somebody changes a row behind our back.
async fn forge(world: &World, count: i64) {
    let sql = format!(r#"UPDATE "conversations" SET "message_count" = {count}"#);
    world.meddle(&sql).await;
}

async fn rows_that_were_saved_last_are_not_loaded_again(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.views().await;
    let mut projector = Projector::new(world.store.clone(), views.clone());
    world.exchange(thread(1), "?", "!").await;
    drain(&mut projector, &world.store, &views).await;
    forge(&world, 100).await;
    world.exchange(thread(1), "?", "!").await;
    drain(&mut projector, &world.store, &views).await;
    assert_eq!(messages(&views).await, Some(4));
}

async fn a_round_that_fails_leaves_nothing_at_hand(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.views().await;
    for point in [FaultPoint::BeforeCommit, FaultPoint::AfterCommit] {
        let fails = Arc::new(AtomicBool::new(false));
        let failing = Arc::clone(&fails);
        let mut projector = Projector::new(world.store.clone(), views.clone())
            .with_fault(move |at, _| at == point && failing.swap(false, Ordering::SeqCst));
        for round in 0..3 {
            world.exchange(thread(1), "?", "!").await;
            fails.store(round == 1, Ordering::SeqCst);
            if round == 1 {
                projector.step().await.unwrap_err();
            }
            drain(&mut projector, &world.store, &views).await;
        }
        // What is at hand after a failure would be ahead of the table, or count twice.
        let before = messages(&views).await.unwrap();
        forge(&world, before + 100).await;
        world.exchange(thread(1), "?", "!").await;
        fails.store(true, Ordering::SeqCst);
        projector.step().await.unwrap_err();
        drain(&mut projector, &world.store, &views).await;
        let forgotten = point == FaultPoint::BeforeCommit;
        let expected = before + 2 + if forgotten { 100 } else { 0 };
        assert_eq!(messages(&views).await, Some(expected), "{point:?}");
        forge(&world, before + 2).await;
    }
}

async fn what_another_projector_has_done_meanwhile_is_kept(database: TestDatabase) {
    let mut world = World::on(database).await;
    let (views, other_views) = (world.views().await, world.views().await);
    let mut one = Projector::new(world.store.clone(), views.clone());
    let mut other = Projector::new(world.store.clone(), other_views.clone());
    for round in 1..=6 {
        world.exchange(thread(1), "?", "!").await;
        // Now the one, now the other is first, and has not heard of what was done since its last turn.
        if round % 2 == 0 {
            drain(&mut one, &world.store, &views).await;
        } else {
            drain(&mut other, &world.store, &other_views).await;
        }
        assert_eq!(messages(&views).await, Some(2 * round));
    }
}

async fn a_view_that_was_rebuilt_meanwhile_is_loaded_again(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.views().await;
    let mut projector = Projector::new(world.store.clone(), views.clone());
    world.exchange(thread(1), "?", "!").await;
    drain(&mut projector, &world.store, &views).await;
    drop(projector);

    forge(&world, 100).await;
    let mut projector = Projector::new(world.store.clone(), views.clone());
    world.exchange(thread(1), "?", "!").await;
    drain(&mut projector, &world.store, &views).await;
    assert_eq!(messages(&views).await, Some(102));
    // The forged row is at hand now; another process mends the view.
    let elsewhere = world.views().await;
    let report = rebuild(&world.store, &elsewhere, "conversations", |_| {})
        .await
        .unwrap();
    assert_eq!(report.different, 1);
    world.exchange(thread(1), "?", "!").await;
    drain(&mut projector, &world.store, &views).await;
    assert_eq!(messages(&views).await, Some(6));
}

async fn an_erased_conversation_is_not_at_hand(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.views().await;
    let mut projector = Projector::new(world.store.clone(), views.clone());
    for _ in 0..2 {
        world.exchange(thread(1), "?", "!").await;
        drain(&mut projector, &world.store, &views).await;
        world
            .command(thread(1), aggregates::thread::ThreadCommand::RequestErasure)
            .await;
        drain(&mut projector, &world.store, &views).await;
        assert_eq!(messages(&views).await, None);
        assert!(dump(&views).await["transcript"].is_empty());
    }
    world.exchange(thread(1), "?", "!").await;
    drain(&mut projector, &world.store, &views).await;
    assert_eq!(messages(&views).await, Some(2));
}
