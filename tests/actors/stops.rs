//! A stop: the reply ends, its text stays, the next one begins.

use aggregates::{
    ThreadId,
    thread::{StopReason, ThreadCommand},
};
use colloquy::actors::Ending;
use uuid::Uuid;

use super::{
    answers::{ALL, names, saying},
    stage::{Stage, on_both, on_sqlite},
    world::{World, begun, ending},
};
use crate::support::scripted::Gate;

on_both! {
    async fn a_stop_keeps_the_partial_text(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["Once ", "upon ", "a time"]).gate(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Tell").await;
        let mut reader = world.follow(turn);
        gate.let_pass(2);
        reader.until("Once upon ").await;
        let done = world.stop(thread).await;
        assert_eq!(names(&done.events), ["reply.stop_requested"]);
        let (text, ended) = reader.end().await;
        assert_eq!((text.as_str(), ended.ending), ("Once upon ", Ending::Stopped));
        world.upstream.wait_for_leavers(1).await;

        let events = world.events(thread).await;
        let (name, end) = ending(&events, turn).unwrap();
        assert_eq!((name, end.text.as_str()), ("reply.stopped", "Once upon "));
        assert!(end.usage.estimated && end.usage.completion_tokens > 0);
        assert_eq!(world.store.open_turns(colloquy::store::TurnsOf::All).await.unwrap(), []);
    }
}

on_sqlite! {
    async fn a_stop_without_a_running_reply_changes_nothing(stage: Stage) {
        let world = World::on(&stage, [saying(&["Hello"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        let end = world.converse(thread, "Hi").await;
        let head = world.store.head().await.unwrap();
        let done = world.stop(thread).await;
        assert_eq!((done.position, done.events.len()), (0, 0));
        let late = ThreadCommand::RequestStop { turn: Some(end.turn), reason: StopReason::Asked };
        assert_eq!(world.execute(thread, late).await.unwrap().events.len(), 0);
        assert_eq!(world.store.head().await.unwrap(), head);
    }

    async fn two_stops_are_one(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["Once "]).gate(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Tell").await;
        let (one, two) = tokio::join!(world.stop(thread), world.stop(thread));
        assert_eq!(one.events.len() + two.events.len(), 1);
        assert_eq!(world.end_of(thread, turn).await.text, "");
    }

    async fn a_stop_lets_the_next_reply_begin(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["Once "]).gate(&gate), saying(&["Hello"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        let first = world.say(thread, "Tell").await;
        world.upstream.wait_for_requests(1).await;
        let second = world.say(thread, "Or just say hello").await;
        let mut waiting = world.follow(second);
        assert_eq!(waiting.ready(), "");
        world.stop(thread).await;
        let (text, ended) = waiting.end().await;
        assert_eq!((text.as_str(), ended.ending), ("Hello", Ending::Completed));
        let events = world.events(thread).await;
        assert_eq!(ending(&events, first).unwrap().0, "reply.stopped");
        assert_eq!(begun(&events).iter().map(|begun| begun.turn).collect::<Vec<_>>(), [first, second]);
        gate.let_pass(ALL);
    }
}
