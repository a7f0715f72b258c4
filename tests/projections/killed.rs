//! A rebuild that is killed leaves the view that is in use as it is.

use std::time::Instant;

use aggregates::thread::ThreadEvent;

use super::{search, world::*};
use crate::support::{databases::TestDatabase, kills::Kills, server::Server};

on_both!(rebuilds_that_are_killed_at_random_moments_leave_the_live_views_as_they_are);

/// Times that one is killed in the middle of it.
const KILLS: usize = 6;
/// Views with a row for each message, and for each thread.
const VIEWS: [&str; 2] = ["transcript", "conversations"];

/// More events than a rebuild takes at a time, most of which cost it little.
async fn long_past(world: &mut World) {
    for n in 0..30 {
        let exchange = |m: u32| (format!("question {n} {m}"), format!("answer {n} {m}"));
        let exchanges: Vec<(String, String)> = (0..20).map(exchange).collect();
        let said = search::history(owner(1 + n % 3), 0x10_000 * (n + 1), &exchanges);
        world.happened("thread", thread(n).0, &said).await;
        let to_and_fro = (0..64).map(|nth| match nth % 2 {
            0 => ThreadEvent::Archived {},
            _ => ThreadEvent::Unarchived {},
        });
        let to_and_fro: Vec<ThreadEvent> = to_and_fro.collect();
        for _ in 0..4 {
            world.happened("thread", thread(n).0, &to_and_fro).await;
        }
    }
}

async fn rebuilds_that_are_killed_at_random_moments_leave_the_live_views_as_they_are(
    database: TestDatabase,
) {
    let mut world = World::on(database).await;
    long_past(&mut world).await;
    let views = world.live().await;
    let mut last = world.exchange(thread(1_000), "question", "answer").await;
    until(&views, last).await;
    let rebuild = |name| ["projections", "rebuild", name];
    let began = Instant::now();
    let whole = Server::command_on(&world.database, &[], &rebuild("transcript")).await;
    assert!(whole.unwrap().contains("identical"));
    let takes = began.elapsed();

    let mut kills = Kills::at_random();
    let mut left = KILLS;
    while left > 0 {
        let name = kills.one_of(&VIEWS);
        let child = Server::spawn_on(&world.database, &[], &rebuild(name));
        // People write meanwhile, and nothing keeps them waiting afterwards.
        let writing = world.exchange(thread(1_000), "question", "answer");
        let (ended, position) = tokio::join!(kills.kill(child, takes), writing);
        match ended {
            None => left -= 1,
            Some(status) => assert!(status.success(), "{name} ended with {status}"),
        }
        last = position;
        until(&views, last).await;
    }
    let live = dump(&views).await;
    for name in VIEWS {
        let report = Server::command_on(&world.database, &[], &rebuild(name)).await;
        let report = report.unwrap();
        assert!(report.contains("identical"), "{name}: {report}");
    }
    assert!(dump(&views).await == live, "a view was changed");
    let checkpoints = views.checkpoints().await.unwrap();
    let names: Vec<_> = checkpoints.iter().map(|view| view.name.as_str()).collect();
    assert!(
        !names.iter().any(|name| name.ends_with("__new")),
        "{names:?}"
    );
    assert!(
        checkpoints.iter().all(|view| view.position == last),
        "{checkpoints:?}"
    );
}
