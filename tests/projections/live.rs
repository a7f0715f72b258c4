//! The projector at work.

use std::time::Duration;

use colloquy::{
    projector,
    views::{Freshness, MessageStatus},
};

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(
    a_reader_that_waits_for_its_write_sees_it,
    a_reader_does_not_wait_for_ever,
    a_commit_without_a_bell_is_found_by_looking,
    a_process_without_a_projector_catches_up_by_itself,
    views_that_are_opened_again_go_on_where_they_were,
    views_that_are_being_made_let_nobody_in,
);

async fn a_reader_that_waits_for_its_write_sees_it(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.live().await;
    for n in 0..20 {
        let text = format!("answer {n}");
        let position = world.exchange(thread(1), "question", &text).await;
        until(&views, position).await;
        let last = views.last_messages(thread(1).0, 1).await.unwrap();
        assert_eq!(last[0].text, text);
        assert_eq!(last[0].status, MessageStatus::Completed);
    }
}

async fn a_reader_does_not_wait_for_ever(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.live().await;
    let position = world.exchange(thread(1), "?", "!").await;
    let soon = Duration::from_millis(20);
    assert_eq!(views.wait_for(position + 1, soon).await, Freshness::Stale);
}

async fn a_commit_without_a_bell_is_found_by_looking(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.views().await;
    let deaf = colloquy::store::Bell::new();
    colloquy::projector::start(world.store.clone(), views.clone(), deaf, &world.shutdown);
    let position = world.exchange(thread(1), "?", "!").await;
    until(&views, position).await;
}

async fn a_process_without_a_projector_catches_up_by_itself(database: TestDatabase) {
    let mut world = World::on(database).await;
    let position = world.exchange(thread(1), "?", "!").await;
    assert_eq!(world.caught_up().await.position(), position);
}

async fn views_that_are_opened_again_go_on_where_they_were(database: TestDatabase) {
    let mut world = World::on(database).await;
    let position = world.exchange(thread(1), "?", "!").await;
    world.caught_up().await.close().await;
    assert_eq!(world.views().await.position(), position);
}

async fn views_that_are_being_made_let_nobody_in(database: TestDatabase) {
    let mut world = World::on(database).await;
    assert!(world.views().await.have_caught_up().is_ok(), "an empty log");
    world.exchange(thread(1), "?", "!").await;
    let behind = world.views().await;
    assert!(behind.have_caught_up().is_err());
    projector::catch_up(&world.store, &behind).await.unwrap();
    assert!(behind.have_caught_up().is_ok());
    // What comes afterwards keeps nobody out.
    world.exchange(thread(1), "?", "!").await;
    assert!(behind.have_caught_up().is_ok());
}
