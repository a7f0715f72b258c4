//! A thread's commands: in their order, together, and each of them once.

use aggregates::{
    ThreadId,
    thread::{ThreadCommand, ThreadEvent},
};
use colloquy::actors::{CommandError, Done, Origin};
use futures_util::future::join_all;
use uuid::Uuid;

use super::{
    answers::saying,
    locks::Lock,
    stage::{Stage, on_both, on_sqlite},
    world::{World, given_names, has_ended, rename},
};

/// A request that has a name of its own, so that it can be sent twice.
fn named(world: &World) -> Origin {
    Origin {
        fingerprint: Some([7; 32]),
        ..Origin::user(world.owner)
    }
}

/// The same request once more, as an edge makes it: with new ids for the message and its turn.
async fn send(world: &World, thread: ThreadId, origin: &Origin) -> Result<Done, CommandError> {
    let command = ThreadCommand::Send(world.message("Hi"));
    world
        .directory
        .execute(thread, command, origin.clone())
        .await
}

fn messages(events: &[ThreadEvent]) -> usize {
    let sent = |event: &&ThreadEvent| matches!(event, ThreadEvent::MessageSent(_));
    events.iter().filter(sent).count()
}

on_both! {
    async fn the_commands_of_a_hot_thread_share_appends(stage: Stage) {
        let world = World::on(&stage, []).await;
        let thread = world.thread().await;
        let lock = Lock::of_the_log(&stage.database).await;
        stage.signs.clear();
        let names: Vec<_> = (0..64).map(|nth| format!("name {nth}")).collect();
        let mut all = Box::pin(join_all(names.iter().map(|name| world.rename(thread, name))));
        assert!(!has_ended(&mut all).await);
        world.meanwhile().await;
        lock.release().await;
        all.await;
        let batches = stage.signs.of("colloquy_commit_batch_size");
        assert_eq!(batches.iter().sum::<f64>(), 64.0);
        assert!(batches.len() <= 4, "64 commands took the appends {batches:?}");
    }

    async fn the_same_command_later_happens_once(stage: Stage) {
        let world = World::on(&stage, [saying(&["Hello"]), saying(&["not asked for"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        let origin = named(&world);
        let first = send(&world, thread, &origin).await.unwrap();
        let (_, turn, _) = first.asked().unwrap();
        world.end_of(thread, turn).await;
        let again = send(&world, thread, &origin).await.unwrap();
        assert_eq!(again.replayed.map(|first| first.last_position), Some(first.position));
        assert_eq!(messages(&world.events(thread).await), 1);
        let record = world.directory.recall(origin.command).await.unwrap().unwrap();
        let recalled = world.directory.replay(record).await.unwrap();
        assert_eq!((recalled.asked(), recalled.position), (first.asked(), first.position));
        assert_eq!(world.upstream.received().len(), 1);
        world.rename(thread, "it goes on").await.unwrap();
    }

    async fn a_twin_of_a_command_that_lost_a_race_is_told_that_it_is_one(stage: Stage) {
        let world = World::on(&stage, [saying(&["Hello"])]).await;
        let thread = world.thread().await;
        world.somebody_else_does(thread, [rename("theirs")]).await;
        let lock = Lock::of_the_log(&stage.database).await;
        let origin = named(&world);
        let mut both = Box::pin(join_all([send(&world, thread, &origin), send(&world, thread, &origin)]));
        assert!(!has_ended(&mut both).await);
        world.meanwhile().await;
        lock.release().await;
        let [first, twin] = both.await.try_into().unwrap();
        let (first, twin) = (first.unwrap(), twin.unwrap());
        assert!(first.replayed.is_none());
        assert!(twin.replayed.is_some(), "it would look for a turn that does not exist");
        assert_eq!(messages(&world.events(thread).await), 1);
    }
}

on_sqlite! {
    async fn the_same_command_twice_at_once_happens_once(stage: Stage) {
        let world = World::on(&stage, [saying(&["Hello"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        let origin = named(&world);
        let both = [send(&world, thread, &origin), send(&world, thread, &origin)];
        let [first, twin] = join_all(both).await.try_into().unwrap();
        let (first, twin) = (first.unwrap(), twin.unwrap());
        assert!(first.replayed.is_none());
        let record = twin.replayed.expect("the twin was not told that it is one");
        assert_eq!(Some(&record), world.store.command(origin.command.0).await.unwrap().as_ref());
        assert_eq!((twin.position, record.fingerprint), (first.position, Some([7; 32])));
        assert_eq!(messages(&world.events(thread).await), 1);
    }

    async fn the_commands_of_a_thread_are_decided_in_the_order_they_came(stage: Stage) {
        let world = World::on(&stage, []).await;
        let thread = world.thread().await;
        let names: Vec<_> = (0..100).map(|nth| format!("name {nth}")).collect();
        let done = join_all(names.iter().map(|name| world.rename(thread, name))).await;
        let positions: Vec<_> = done.iter().map(|done| done.as_ref().unwrap().position).collect();
        assert!(positions.is_sorted());
        assert_eq!(given_names(&world.events(thread).await), names);
    }
}
