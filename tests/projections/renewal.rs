//! Views that do not belong to their log any more are made anew.

use colloquy::views::Views;
use sqlx::{Connection, Executor, PgConnection};

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(
    views_of_another_log_are_made_anew,
    views_beyond_the_logs_head_are_made_anew,
    a_view_of_another_version_is_made_anew,
    a_running_projector_fills_what_another_process_has_emptied,
);

async fn told(world: &mut World) -> u64 {
    let mut last = 0;
    for n in 1..=3 {
        last = world.exchange(thread(n), "question", "answer").await;
    }
    last
}

/// Meddles with full views, and expects them to be filled again from nothing.
async fn filled_again_after(database: TestDatabase, meddling: &str) {
    let mut world = World::on(database).await;
    told(&mut world).await;
    let views = world.caught_up().await;
    let before = dump(&views).await;
    views.close().await;
    world.meddle(meddling).await;
    world
        .meddle(r#"UPDATE "transcript" SET "text" = 'old'"#)
        .await;

    let views = world.views().await;
    assert_eq!(views.position(), 0);
    colloquy::projector::catch_up(&world.store, &views)
        .await
        .unwrap();
    assert_eq!(dump(&views).await, before);
}

async fn views_of_another_log_are_made_anew(database: TestDatabase) {
    filled_again_after(database, r#"UPDATE "elected" SET "log" = 'another'"#).await;
}

async fn views_beyond_the_logs_head_are_made_anew(database: TestDatabase) {
    let beyond = r#"UPDATE "checkpoints" SET "position" = 1000 WHERE "name" = 'users'"#;
    filled_again_after(database, beyond).await;
}

async fn a_view_of_another_version_is_made_anew(database: TestDatabase) {
    let older = r#"UPDATE "checkpoints" SET "version" = 0 WHERE "name" = 'transcript'"#;
    filled_again_after(database, older).await;
}

async fn a_running_projector_fills_what_another_process_has_emptied(database: TestDatabase) {
    let mut world = World::on(database).await;
    let last = told(&mut world).await;
    let views = world.live().await;
    until(&views, last).await;
    let before = dump(&views).await;
    world
        .meddle(
            r#"DELETE FROM "transcript";
               UPDATE "checkpoints" SET "position" = 0 WHERE "name" = 'transcript'"#,
        )
        .await;
    let position = world.exchange(thread(1), "more", "answer").await;
    until(&views, position).await;
    while dump(&views).await["transcript"].len() != before["transcript"].len() + 2 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn views_that_are_opened_while_the_log_grows_stay_as_they_are() {
    let mut world = World::on(TestDatabase::postgres().await).await;
    told(&mut world).await;
    let views = world.live().await;
    // Somebody else is opening them, and this one has to wait.
    let mut first = PgConnection::connect(&world.database.url()).await.unwrap();
    let lock = "SELECT pg_advisory_lock(x'636f6c6c6f71'::bigint)";
    first.execute(lock).await.unwrap();
    let (config, store) = (world.config.clone(), world.store.clone());
    let (sender, opened) = tokio::sync::oneshot::channel();
    world.shutdown.spawn(async move {
        let _ = sender.send(Views::open(&config, &store).await.unwrap());
    });
    let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while sqlx::query_scalar::<_, i64>(waits)
        .fetch_one(&mut first)
        .await
        .unwrap()
        == 0
    {
        tokio::task::yield_now().await;
    }
    let last = world.exchange(thread(1), "more", "answer").await;
    until(&views, last).await;
    first.close().await.unwrap();
    assert_eq!(opened.await.unwrap().position(), last);
}

#[tokio::test]
async fn deleted_views_come_back() {
    let mut world = World::on(TestDatabase::sqlite()).await;
    told(&mut world).await;
    let views = world.caught_up().await;
    let before = dump(&views).await;
    views.close().await;
    for file in ["views.db", "views.db-wal", "views.db-shm"] {
        let _ = std::fs::remove_file(world.database.dir().join(file));
    }
    assert_eq!(dump(&world.caught_up().await).await, before);
}
