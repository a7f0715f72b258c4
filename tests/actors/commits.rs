//! Nothing is answered, started or shown before the commit it rests on.

use aggregates::{
    ThreadId,
    thread::{Refusal, ThreadCommand, TurnPolicy},
};
use colloquy::actors::{CommandError, Ending};
use uuid::Uuid;

use super::{
    answers::{ALL, names, saying},
    locks::Lock,
    stage::{Stage, on_both, on_sqlite},
    world::{World, has_ended, rename},
};
use crate::support::scripted::Gate;

on_both! {
    async fn a_send_is_answered_and_its_model_called_only_after_its_commit(stage: Stage) {
        let world = World::on(&stage, [saying(&["Hello"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        let lock = Lock::of_the_log(&stage.database).await;
        let mut send = Box::pin(world.say(thread, "Hi"));
        assert!(!has_ended(&mut send).await);
        world.meanwhile().await;
        assert!(!has_ended(&mut send).await, "answered before it was durable");
        assert!(world.upstream.received().is_empty(), "called before it was durable");
        assert!(world.events(thread).await.is_empty());

        lock.release().await;
        let turn = send.await;
        assert_eq!(world.end_of(thread, turn).await.text, "Hello");
    }

    async fn a_reply_has_ended_only_when_its_end_is_durable(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["Hello", " you"]).gate(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Hi").await;
        let mut reader = world.follow(turn);
        gate.let_pass(1);
        reader.until("Hello").await;

        let lock = Lock::of_the_log(&stage.database).await;
        gate.let_pass(ALL);
        let mut end = Box::pin(reader.end());
        assert!(!has_ended(&mut end).await);
        world.meanwhile().await;
        assert!(!has_ended(&mut end).await, "told of an end that is not durable");
        lock.release().await;
        let (text, ended) = end.await;
        assert_eq!((text.as_str(), ended.ending), ("Hello you", Ending::Completed));
        assert_eq!(ended.position, world.store.head().await.unwrap());
    }
}

on_sqlite! {
    async fn a_refusal_waits_for_the_commit_it_rests_on(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["Hello"]).gate(&gate)]).await;
        let thread = world.thread().await;
        let lock = Lock::of_the_log(&stage.database).await;
        let mut send = Box::pin(world.say(thread, "Hi"));
        assert!(!has_ended(&mut send).await);
        let mut second = world.message("Again");
        second.policy = TurnPolicy::Reject;
        let mut refused = Box::pin(world.execute(thread, ThreadCommand::Send(second)));
        let mut nothing = Box::pin(world.execute(thread, ThreadCommand::Unarchive));
        let mut renamed = Box::pin(world.execute(thread, rename("Greetings")));
        for _ in 0..2 {
            assert!(!has_ended(&mut send).await);
            assert!(!has_ended(&mut refused).await, "refused for what may never have been");
            assert!(!has_ended(&mut nothing).await);
            assert!(!has_ended(&mut renamed).await);
            world.meanwhile().await;
        }
        lock.release().await;
        send.await;
        assert!(matches!(refused.await, Err(CommandError::Refused(Refusal::ReplyRunning))));
        assert_eq!(nothing.await.unwrap().position, 0);
        assert_eq!(names(&renamed.await.unwrap().events), ["thread.renamed"]);
        gate.let_pass(ALL);
    }

    async fn a_model_that_is_asked_finds_the_beginning_in_the_log(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["Hello"]).slow_first_byte(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        let send = world.say(thread, "Hi");
        let asked = async {
            world.upstream.wait_for_requests(1).await;
            world.events(thread).await
        };
        let (turn, events) = tokio::join!(send, asked);
        assert_eq!(names(&events), ["thread.opened", "message.sent", "reply.started"]);
        gate.let_pass(ALL);
        world.end_of(thread, turn).await;
    }
}
