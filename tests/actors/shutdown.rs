//! The end of the server: replies may end, then they are recorded as interrupted.

use std::time::Duration;

use aggregates::ThreadId;
use colloquy::actors::{Ending, recover};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::{
    answers::{ALL, saying},
    stage::{Stage, on_both, on_sqlite},
    world::{Plan, World, ending, has_ended},
};
use crate::support::scripted::Gate;

/// More time than a reply needs.
const LONG: Duration = Duration::from_secs(30);

on_both! {
    async fn a_reply_that_takes_longer_is_recorded_as_interrupted_with_its_text(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["Once ", "upon"]).gate(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Tell").await;
        let mut reader = world.follow(turn);
        gate.let_pass(1);
        reader.until("Once ").await;
        world.directory.finish(Duration::ZERO).await;
        let (text, ended) = reader.end().await;
        assert_eq!((text.as_str(), ended.ending), ("Once ", Ending::Interrupted));
        let events = world.events(thread).await;
        assert_eq!(ending(&events, turn).unwrap().0, "reply.interrupted");
    }

    async fn messages_that_wait_when_the_server_ends_are_answered_by_the_next_one(stage: Stage) {
        let (node, gate) = (Uuid::now_v7(), Gate::closed());
        let world = World::of(&stage, Plan { node, ..Plan::of([saying(&["Once ", "upon"]).gate(&gate)]) }).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Tell").await;
        let second = world.say(thread, "And then?").await;
        let third = world.say(thread, "And then??").await;
        let mut reader = world.follow(turn);
        gate.let_pass(1);
        reader.until("Once ").await;
        let began = Instant::now();
        world.directory.finish(Duration::ZERO).await;
        assert!(began.elapsed() < Duration::from_secs(4), "it waited for messages that cannot be answered");
        assert_eq!(reader.end().await.0, "Once ");

        world.leaves();
        let script = [saying(&["Second"]), saying(&["Third"])];
        let next = World::of(&stage, Plan { node, ..Plan::of(script) }).await;
        recover(&next.directory).await.unwrap();
        assert_eq!(next.end_of(thread, third).await.text, "Third");
        let events = next.events(thread).await;
        let (name, end) = ending(&events, turn).unwrap();
        assert_eq!((name, end.text.as_str()), ("reply.interrupted", "Once "));
        assert_eq!(ending(&events, second).unwrap().1.text, "Second");
    }
}

on_sqlite! {
    async fn a_reply_that_ends_within_the_grace_is_whole(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["Once ", "upon"]).gate(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Tell").await;
        let mut reader = world.follow(turn);
        gate.let_pass(1);
        reader.until("Once ").await;
        let mut finish = Box::pin(world.directory.finish(LONG));
        assert!(!has_ended(&mut finish).await);
        world.meanwhile().await;
        assert!(!has_ended(&mut finish).await);
        gate.let_pass(ALL);
        let (_, (text, ended)) = tokio::join!(finish, reader.end());
        assert_eq!((text.as_str(), ended.ending), ("Once upon", Ending::Completed));
    }

    async fn a_server_without_running_replies_ends_at_once(stage: Stage) {
        let world = World::on(&stage, [saying(&["Hello"])]).await;
        world.converse(ThreadId(Uuid::now_v7()), "Hi").await;
        timeout(LONG / 10, world.directory.finish(LONG)).await.expect("it waited for nothing");
    }
}
