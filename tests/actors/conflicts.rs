//! A thread that somebody else has changed: looked at again, decided again.

use aggregates::thread::{Refusal, Thread, ThreadCommand, ThreadEvent};
use colloquy::actors::{CommandError, Origin};
use futures_util::future::join_all;

use super::{
    answers::{ALL, names, saying},
    locks::Lock,
    stage::{Stage, on_both, on_sqlite},
    world::{World, begun, given_names, has_ended, rename},
};
use crate::support::scripted::Gate;

on_both! {
    async fn a_command_that_lost_a_race_is_decided_again(stage: Stage) {
        let world = World::on(&stage, []).await;
        let thread = world.thread().await;
        world.rename(thread, "ours").await.unwrap();
        world.somebody_else_does(thread, [rename("theirs")]).await;
        let done = world.rename(thread, "ours again").await.unwrap();
        assert_eq!(names(&done.events), ["thread.renamed"]);
        assert_eq!(done.position, world.store.head().await.unwrap());
        assert_eq!(given_names(&world.events(thread).await), ["ours", "theirs", "ours again"]);
    }

    async fn a_refusal_does_not_rest_on_what_another_node_has_changed_since(stage: Stage) {
        let world = World::on(&stage, [saying(&["Hello"])]).await;
        let thread = world.thread().await;
        world.execute(thread, ThreadCommand::Archive).await.unwrap();
        world.somebody_else_does(thread, [ThreadCommand::Unarchive]).await;
        let mut message = world.message("Hi");
        message.archived_is_readonly = true;
        let turn = message.turn;
        world.execute(thread, ThreadCommand::Send(message)).await.unwrap();
        world.end_of(thread, turn).await;

        world.somebody_else_does(thread, [ThreadCommand::Archive]).await;
        let done = world.execute(thread, ThreadCommand::Unarchive).await.unwrap();
        assert_eq!(names(&done.events), ["thread.unarchived"], "there was something to do");
    }

    async fn what_rests_on_an_older_look_is_refused_wherever_the_news_came_from(stage: Stage) {
        let world = World::on(&stage, []).await;
        let thread = world.thread().await;
        let last = world.rename(thread, "ours").await.unwrap().position;
        let seen = world.store.read_span(last, last).await.unwrap()[0].sequence;
        let archive = async |seen: u64| {
            let origin = Origin::user(world.owner).having_seen(seen);
            world.directory.execute(thread, ThreadCommand::Archive, origin).await
        };
        let stale = |result| matches!(result, Err(CommandError::Refused(Refusal::Stale)));
        assert!(stale(archive(seen - 1).await) && stale(archive(seen + 1).await));
        world.somebody_else_does(thread, [rename("theirs")]).await;
        assert!(stale(archive(seen).await), "the actor has not heard of it, but the log has");
        assert_eq!(names(&archive(seen + 1).await.unwrap().events), ["thread.archived"]);
    }

    async fn what_was_decided_on_a_lost_race_is_not_committed_in_a_place_that_happens_to_fit(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["Hello"]).gate(&gate)]).await;
        let thread = world.thread().await;
        // As many events as the first command's, so that the second one's place would be right.
        world.somebody_else_does(thread, [rename("theirs"), ThreadCommand::Archive]).await;
        let lock = Lock::of_the_log(&stage.database).await;
        let mut first = Box::pin(world.say(thread, "First"));
        assert!(!has_ended(&mut first).await);
        world.meanwhile().await;
        let mut second = Box::pin(world.say(thread, "Second"));
        assert!(!has_ended(&mut second).await);
        world.meanwhile().await;
        lock.release().await;
        tokio::join!(first, second);
        let events = world.events(thread).await;
        let sent: Vec<_> = events.iter().filter_map(|event| match event {
            ThreadEvent::MessageSent(sent) => Some((sent.index, sent.text.as_str())),
            _ => None,
        }).collect();
        assert_eq!(sent, [(1, "First"), (3, "Second")]);
        assert_eq!(begun(&events).len(), 1);
        gate.let_pass(ALL);
    }

    async fn what_queued_behind_a_lost_race_keeps_its_order(stage: Stage) {
        let world = World::on(&stage, []).await;
        let thread = world.thread().await;
        world.somebody_else_does(thread, [rename("theirs")]).await;
        let lock = Lock::of_the_log(&stage.database).await;
        let ours: Vec<_> = (0..40).map(|nth| format!("name {nth}")).collect();
        let commands = ours.iter().map(|name| world.rename(thread, name));
        let mut all = Box::pin(join_all(commands));
        assert!(!has_ended(&mut all).await);
        world.meanwhile().await;
        lock.release().await;
        for done in all.await {
            done.unwrap();
        }
        let expected: Vec<_> = ["theirs".to_owned()].into_iter().chain(ours).collect();
        assert_eq!(given_names(&world.events(thread).await), expected);
    }
}

on_sqlite! {
    async fn what_was_right_before_the_race_may_be_refused_after_it(stage: Stage) {
        let world = World::on(&stage, []).await;
        let thread = world.thread().await;
        world.somebody_else_does(thread, [ThreadCommand::Archive]).await;
        let mut message = world.message("Hi");
        message.archived_is_readonly = true;
        let refused = world.execute(thread, ThreadCommand::Send(message)).await;
        assert!(matches!(refused, Err(CommandError::Refused(Refusal::Archived))), "{refused:?}");
        world.rename(thread, "it goes on").await.unwrap();
    }

    async fn whoever_always_loses_is_told_to_try_again(stage: Stage) {
        let world = World::on(&stage, []).await;
        let thread = world.thread().await;
        // A snapshot from the future: whatever is decided on it comes too late, every time.
        let (state, _) = world.store.load::<Thread>(&thread.to_string()).await.unwrap();
        let state = serde_json::to_string(&state).unwrap();
        world.store.save_snapshot("thread", &thread.to_string(), 100, &state).await.unwrap();

        let other = World::on(&stage, []).await;
        stage.signs.clear();
        let lost = other.rename(thread, "never").await;
        assert!(matches!(lost, Err(CommandError::Unavailable)), "{lost:?}");
        assert_eq!(stage.signs.of("colloquy_commit_batch_size").len(), 1 + 5);
        assert_eq!(names(&world.events(thread).await), ["thread.opened"]);
        world.rename(thread, "the others go on").await.unwrap();
    }
}
