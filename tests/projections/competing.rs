//! Exactly once, whoever is at work and whatever goes wrong.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use colloquy::{
    projector::{FaultPoint, Projector},
    store::DatabaseUrl,
    views::Views,
};

use sqlx::{Connection, Executor, PgConnection};

use super::{histories::history, world::*};
use crate::support::{databases::TestDatabase, look_again};

on_both!(
    two_competing_projectors_that_fail_at_random_make_what_one_makes,
    a_batch_delivered_again_after_a_crash_before_the_announcement_changes_nothing,
);

/// Numbers that look random and are the same every time.
fn numbers(count: u32) -> Vec<u32> {
    (1..=count)
        .map(|n| n.wrapping_mul(2_654_435_761).rotate_left(n % 32) ^ (n << 7))
        .collect()
}

/// A projector of its own, as another process has, that fails every third time, before and after the commit.
async fn fragile(world: &World, batch: u32) -> (Projector, Views) {
    let views = world.views().await;
    let calls = AtomicU32::new(batch);
    let projector = Projector::new(world.store.clone(), views.clone())
        .with_batch(batch)
        .with_fault(move |point, _| {
            let turn = calls.fetch_add(1, Ordering::Relaxed) % 6;
            matches!(
                (point, turn),
                (FaultPoint::BeforeCommit, 0 | 3) | (FaultPoint::AfterCommit, 5)
            )
        });
    (projector, views)
}

async fn two_competing_projectors_that_fail_at_random_make_what_one_makes(database: TestDatabase) {
    let mut world = World::on(database).await;
    world.tell(history(&numbers(600))).await;

    let (mut one, its_views) = fragile(&world, 7).await;
    let (mut other, other_views) = fragile(&world, 5).await;
    tokio::join!(
        drain(&mut one, &world.store, &its_views),
        drain(&mut other, &world.store, &other_views)
    );

    let elsewhere = Elsewhere::new(&world).await;
    let clean = Views::open(&elsewhere.config, &world.store).await.unwrap();
    colloquy::projector::catch_up(&world.store, &clean)
        .await
        .unwrap();
    assert_eq!(dump(&its_views).await, dump(&clean).await);
    assert!(!dump(&clean).await["transcript"].is_empty());
    assert_eq!(its_views.faults().await.unwrap().0, 0);
}

async fn a_batch_delivered_again_after_a_crash_before_the_announcement_changes_nothing(
    database: TestDatabase,
) {
    let mut world = World::on(database).await;
    let position = world.exchange(thread(1), "?", "!").await;
    let views = world.views().await;
    let mut crashing = Projector::new(world.store.clone(), views.clone())
        .with_fault(|point, _| point == FaultPoint::AfterCommit);
    crashing.step().await.unwrap_err();
    let once = dump(&views).await;
    assert_eq!(once["transcript"].len(), 2);

    // Nobody was told, so the same events come again.
    assert_eq!(views.position(), 0);
    let mut next = Projector::new(world.store.clone(), views.clone());
    next.step().await.unwrap();
    assert_eq!(dump(&views).await, once);
    assert_eq!(views.position(), position);
}

/// As a rebuild does while it compares, for minutes: the others go on, and nobody is busy with waiting.
#[tokio::test]
async fn a_view_that_somebody_holds_is_looked_for_with_each_tick_and_no_oftener() {
    let mut world = World::on(TestDatabase::postgres().await).await;
    let views = world.caught_up().await;
    let mut hand = PgConnection::connect(&world.database.url()).await.unwrap();
    let hold = r#"SET search_path TO views; BEGIN;
                  SELECT 1 FROM "checkpoints" WHERE "name" = 'usage' FOR UPDATE"#;
    hand.execute(hold).await.unwrap();

    let looks = Arc::new(AtomicU32::new(0));
    let looked = Arc::clone(&looks);
    let projector = Projector::new(world.store.clone(), views.clone()).with_fault(move |_, _| {
        looked.fetch_add(1, Ordering::SeqCst);
        false
    });
    let token = world.shutdown.token().clone();
    world
        .shutdown
        .spawn(projector.run(world.bell.listen(), token));
    let position = world.exchange(thread(1), "?", "!").await;
    let seen = async |count: u32| {
        while looks.load(Ordering::SeqCst) < count {
            look_again().await;
        }
    };
    tokio::time::timeout(SOON, seen(1)).await.unwrap();
    let began = Instant::now();
    // Each look counts up to four times, and two may have been under way.
    tokio::time::timeout(SOON, seen(20)).await.unwrap();
    assert!(
        began.elapsed() > Duration::from_millis(400),
        "{:?}",
        began.elapsed()
    );
    assert!(views.position() < position);

    hand.execute("COMMIT").await.unwrap();
    until(&views, position).await;
}

/// Room for other views of the same log.
struct Elsewhere {
    config: colloquy::store::StoreConfig,
    _database: TestDatabase,
}

impl Elsewhere {
    async fn new(world: &World) -> Self {
        let database = match &world.config.url {
            DatabaseUrl::Sqlite { .. } => TestDatabase::sqlite(),
            DatabaseUrl::Postgres { .. } => TestDatabase::postgres().await,
        };
        Self {
            config: database.config(),
            _database: database,
        }
    }
}
