//! Rest: what nobody uses costs nothing, and nothing is lost by it.

use std::time::Duration;

use aggregates::{
    ThreadId,
    thread::{Thread, ThreadCommand},
};
use cqrs_es::persist::PersistedEventRepository;
use futures_util::{StreamExt, future::join_all, stream};
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use uuid::Uuid;

use super::{
    answers::{ALL, saying},
    stage::{Stage, on_both, on_sqlite},
    world::{Plan, World, begun, given_names, look_again, rename, until},
};
use crate::support::scripted::{Gate, Reply};

/// Actors that rest as soon as the sweeper sees them.
fn restless(script: impl IntoIterator<Item = Reply>) -> Plan {
    Plan {
        passivate_after: Duration::ZERO,
        ..Plan::of(script)
    }
}

impl World {
    async fn all_rest(&self) {
        until(|| self.directory.awake() == 0).await;
    }

    /// Where the thread's snapshot stands, and which one it is.
    async fn snapshot(&self, thread: ThreadId) -> Option<(usize, usize)> {
        let repo = self.store.repo(&self.services.committer);
        let snapshot = repo.get_snapshot::<Thread>(&thread.to_string()).await;
        let snapshot = snapshot.unwrap()?;
        Some((snapshot.current_sequence, snapshot.current_snapshot))
    }

    /// A thread with so many events, of which no actor of this world has heard.
    async fn long_thread(&self, events: usize) -> ThreadId {
        let thread = ThreadId(Uuid::now_v7());
        self.somebody_else_does(thread, [self.opening()]).await;
        for first in (1..events).step_by(64) {
            let names = (first..events.min(first + 64)).map(|nth| format!("name {nth}"));
            self.somebody_else_does(thread, names.map(|name| rename(&name)))
                .await;
        }
        thread
    }
}

on_both! {
    async fn an_idle_actor_goes_to_rest_and_wakes_as_it_was(stage: Stage) {
        let world = World::of(&stage, restless([saying(&["one"]), saying(&["two"])])).await;
        let thread = ThreadId(Uuid::now_v7());
        world.converse(thread, "Frist").await;
        world.all_rest().await;
        let send = world.message("First");
        let (turn, target) = (send.turn, begun(&world.events(thread).await)[0].answers);
        world.execute(thread, ThreadCommand::Edit { target, send }).await.unwrap();
        assert_eq!(world.end_of(thread, turn).await.text, "two");
        assert_eq!(world.snapshot(thread).await, None, "a short thread needs none");
    }

    async fn a_long_thread_leaves_a_snapshot_and_wakes_from_it_as_it_was(stage: Stage) {
        let world = World::of(&stage, restless([])).await;
        let thread = world.long_thread(200).await;
        world.rename(thread, "the last").await.unwrap();
        let (state, _) = world.store.load::<Thread>(&thread.to_string()).await.unwrap();
        while world.snapshot(thread).await.is_none() {
            look_again().await;
        }
        assert_eq!(world.snapshot(thread).await, Some((201, 1)));
        assert_eq!(world.store.load::<Thread>(&thread.to_string()).await.unwrap(), (state, 201));

        // A second one would save nobody any work.
        world.rename(thread, "after it").await.unwrap();
        world.all_rest().await;
        world.meanwhile().await;
        assert_eq!(world.snapshot(thread).await, Some((201, 1)));
        world.rename(thread, "awake again").await.unwrap();
        assert_eq!(given_names(&world.events(thread).await).len(), 202);
    }

    async fn a_command_that_meets_an_actor_going_to_rest_is_not_lost(stage: Stage) {
        let world = World::of(&stage, restless([])).await;
        let opened = stream::iter(0..100).map(|_| world.thread()).buffer_unordered(50);
        let threads: Vec<_> = opened.collect().await;
        // The sweeper meets commands at each of them, until so many actors had to be woken again.
        let woken = || stage.signs.of("colloquy_actors_live").len();
        let talkers = threads.iter().map(|thread| async {
            let mut said = 0;
            while woken() < 400 {
                world.rename(*thread, &format!("name {said}")).await.unwrap();
                said += 1;
                // Idle for a moment.
                for _ in 0..5 {
                    world.store.head().await.unwrap();
                }
            }
            said
        });
        let said = join_all(talkers).await;
        for (thread, said) in threads.into_iter().zip(said) {
            let names: Vec<_> = (0..said).map(|nth| format!("name {nth}")).collect();
            assert_eq!(given_names(&world.events(thread).await), names);
        }
    }
}

on_sqlite! {
    async fn a_command_that_meets_an_actor_leaving_its_snapshot_is_not_lost(stage: Stage) {
        let world = World::of(&stage, restless([])).await;
        let threads = join_all((0..4).map(|_| world.long_thread(200))).await;
        let talkers = threads.iter().map(|thread| async {
            let mut said = 0;
            // Until it has left one, which is while this goes on.
            while world.snapshot(*thread).await.is_none() {
                world.rename(*thread, &format!("new {said}")).await.unwrap();
                said += 1;
            }
            said
        });
        let said = join_all(talkers).await;
        for (thread, said) in threads.into_iter().zip(said) {
            let names: Vec<_> = (0..said).map(|nth| format!("new {nth}")).collect();
            assert_eq!(given_names(&world.events(thread).await)[199..], names);
        }
    }

    async fn an_actor_with_an_open_turn_does_not_rest(stage: Stage) {
        let gate = Gate::closed();
        let world = World::of(&stage, restless([saying(&["Once ", "upon"]).gate(&gate)])).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Tell").await;
        gate.let_pass(1);
        let mut reader = world.follow(turn);
        reader.until("Once ").await;
        // The sweeper sees it as often as the others.
        for _ in 0..3 {
            world.thread().await;
            until(|| world.directory.awake() == 1).await;
        }
        gate.let_pass(ALL);
        assert_eq!(reader.end().await.0, "Once upon");
        world.all_rest().await;
    }

    async fn nothing_rests_on_what_was_decided_and_did_not_come_true(stage: Stage) {
        let plan = Plan { passivate_after: Duration::from_secs(2), ..Plan::of([]) };
        let world = World::of(&stage, plan).await;
        let thread = world.long_thread(199).await;
        // Awake; and then neither can the next name be written nor the thread be read.
        world.stop(thread).await;
        let mut hand = hand(&stage).await;
        hand.execute("ALTER TABLE events RENAME TO hidden").await.unwrap();
        assert!(world.rename(thread, "never").await.is_err());
        assert!(world.rename(thread, "nor this").await.is_err());
        hand.execute("ALTER TABLE hidden RENAME TO events").await.unwrap();
        world.all_rest().await;
        world.meanwhile().await;
        assert_eq!(world.snapshot(thread).await, None);
        world.rename(thread, "after it").await.unwrap();
        assert_eq!(given_names(&world.events(thread).await).last().unwrap(), "after it");
    }
}

/// Somebody at the database itself.
async fn hand(stage: &Stage) -> SqliteConnection {
    let log = SqliteConnectOptions::new().filename(stage.database.dir().join("log.db"));
    SqliteConnection::connect_with(&log).await.unwrap()
}
