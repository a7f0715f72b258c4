//! A panic costs only what it happened in.
//!
//! Metrics are recorded by a guest of the program, so a recorder that panics shows what a panic in the
//! middle of an actor or a turn does.

use aggregates::ThreadId;
use colloquy::actors::Ending;
use futures_util::future::join_all;
use uuid::Uuid;

use super::{
    answers::{ALL, names, saying},
    locks::Lock,
    stage::{Stage, on_both, on_sqlite},
    world::{World, ending, given_names, has_ended, rename},
};
use crate::support::scripted::Gate;

/// Recorded by an actor when a command comes in.
const COMMAND: &str = "colloquy_mailbox_depth";
/// Recorded in the provider's stream when its answer begins.
const ANSWER: &str = "colloquy_provider_first_delta_seconds";

on_both! {
    async fn an_actor_that_panics_loses_only_its_mailbox_and_every_command_happens_once(stage: Stage) {
        let world = World::on(&stage, []).await;
        let (thread, neighbour) = (world.thread().await, world.thread().await);
        let lock = Lock::of_the_log(&stage.database).await;
        let before: Vec<_> = (0..5).map(|nth| format!("before {nth}")).collect();
        let mut before_it = Box::pin(join_all(before.iter().map(|name| world.rename(thread, name))));
        let mut beside_it = Box::pin(world.rename(neighbour, "beside"));
        assert!(!has_ended(&mut before_it).await && !has_ended(&mut beside_it).await);
        world.meanwhile().await;

        stage.signs.panic_at(COMMAND);
        let mut with_it = Box::pin(world.rename(thread, "with it"));
        while !stage.signs.has_panicked() {
            assert!(!has_ended(&mut with_it).await);
            world.meanwhile().await;
        }
        lock.release().await;
        let (before_it, with_it, beside_it) = tokio::join!(before_it, with_it, beside_it);
        for done in before_it.into_iter().chain([with_it, beside_it]) {
            assert_eq!(names(&done.unwrap().events), ["thread.renamed"]);
        }
        let mut expected = before;
        expected.push("with it".to_owned());
        assert_eq!(given_names(&world.events(thread).await), expected);
        assert_eq!(given_names(&world.events(neighbour).await), ["beside"]);
    }

    async fn a_command_that_was_on_its_way_when_its_actor_panicked_is_not_refused_for_what_it_rests_on(stage: Stage) {
        let world = World::on(&stage, []).await;
        let thread = ThreadId(Uuid::now_v7());
        let lock = Lock::of_the_log(&stage.database).await;
        let mut open = Box::pin(world.execute(thread, world.opening()));
        assert!(!has_ended(&mut open).await);
        let mut renamed = Box::pin(world.execute(thread, rename("mine")));
        assert!(!has_ended(&mut renamed).await);
        world.meanwhile().await;

        stage.signs.panic_at(COMMAND);
        let mut last = Box::pin(world.execute(thread, rename("last")));
        while !stage.signs.has_panicked() {
            assert!(!has_ended(&mut last).await);
            world.meanwhile().await;
        }
        // The second command comes back first, to an actor that cannot know of the first one.
        assert!(!has_ended(&mut renamed).await, "refused, and yet it will happen");
        world.meanwhile().await;
        assert!(!has_ended(&mut renamed).await, "refused, and yet it will happen");
        lock.release().await;
        let (renamed, open, last) = tokio::join!(renamed, open, last);
        renamed.unwrap();
        open.unwrap();
        last.unwrap();
        assert_eq!(given_names(&world.events(thread).await), ["mine", "last"]);
    }
}

on_sqlite! {
    async fn a_provider_that_panics_fails_its_reply_and_nothing_else(stage: Stage) {
        let world = World::on(&stage, [saying(&["lost"]), saying(&["Hello"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        stage.signs.panic_at(ANSWER);
        let turn = world.say(thread, "Hi").await;
        let end = world.end_of(thread, turn).await;
        assert!(stage.signs.has_panicked());
        assert_eq!(ending(&world.events(thread).await, turn).unwrap().0, "reply.failed");
        assert_eq!(end.error.as_deref(), Some("the server failed while it wrote this answer"));
        assert_eq!(world.converse(thread, "Again").await.text, "Hello");
    }

    async fn a_reply_that_never_began_because_its_actor_panicked_does_not_stay_open(stage: Stage) {
        let world = World::on(&stage, [saying(&["Hello"])]).await;
        let thread = world.thread().await;
        let lock = Lock::of_the_log(&stage.database).await;
        let mut send = Box::pin(world.say(thread, "Hi"));
        assert!(!has_ended(&mut send).await);
        world.meanwhile().await;
        stage.signs.panic_at(COMMAND);
        let mut renamed = Box::pin(world.rename(thread, "Greetings"));
        while !stage.signs.has_panicked() {
            assert!(!has_ended(&mut renamed).await);
            world.meanwhile().await;
        }
        lock.release().await;
        let (turn, renamed) = tokio::join!(send, renamed);
        renamed.unwrap();
        let end = world.end_of(thread, turn).await;
        let events = world.events(thread).await;
        let sent = names(&events).into_iter().filter(|name| *name == "message.sent").count();
        assert_eq!((sent, end.text.as_str()), (1, ""));
        assert_eq!(ending(&events, turn).unwrap().0, "reply.interrupted");
        assert_eq!(world.converse(thread, "Again").await.text, "Hello");
    }

    async fn a_follower_of_a_reply_that_failed_in_a_panic_is_told(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["lost"]).gate(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        stage.signs.panic_at(ANSWER);
        let turn = world.say(thread, "Hi").await;
        let mut reader = world.follow(turn);
        gate.let_pass(ALL);
        let (text, ended) = reader.end().await;
        assert_eq!((text.as_str(), ended.ending), ("", Ending::Failed));
    }

    async fn a_reply_that_waited_and_never_began_because_its_actor_panicked_does_not_stay_open(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["Once"]).gate(&gate), saying(&["Hello"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        let first = world.say(thread, "Tell").await;
        let waiting = world.say(thread, "And then?").await;
        let mut reader = world.follow(waiting);
        let mut told = world.follow(first);
        gate.let_pass(1);
        told.until("Once").await;

        // The first one's end, and with it the second one's beginning, is on its way when the actor goes.
        let lock = Lock::of_the_log(&stage.database).await;
        stage.signs.clear();
        gate.let_pass(ALL);
        while stage.signs.of(COMMAND).is_empty() {
            world.meanwhile().await;
        }
        stage.signs.panic_at(COMMAND);
        let mut renamed = Box::pin(world.rename(thread, "Tales"));
        while !stage.signs.has_panicked() {
            assert!(!has_ended(&mut renamed).await);
            world.meanwhile().await;
        }
        lock.release().await;
        renamed.await.unwrap();
        let (_, ended) = reader.end().await;
        assert_eq!(ended.ending, Ending::Interrupted);
        assert_eq!(world.end_of(thread, first).await.text, "Once");
        assert_eq!(world.converse(thread, "Again").await.text, "Hello");
    }
}
