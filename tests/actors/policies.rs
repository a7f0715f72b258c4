//! What becomes of a running reply when there is more to be said.

use aggregates::{
    ThreadId, TurnId,
    thread::{Refusal, ThreadCommand, ThreadEvent, TurnPolicy},
};
use colloquy::actors::{CommandError, Ending};
use uuid::Uuid;

use super::{
    answers::{ALL, names, saying},
    follower::Reader,
    stage::{Stage, on_both, on_sqlite},
    world::{World, begun, ending},
};
use crate::support::scripted::Gate;

/// A thread whose first reply has said `Once ` and goes on when the gate opens.
struct Talking {
    world: World,
    thread: ThreadId,
    turn: TurnId,
    reader: Reader,
    gate: Gate,
}

impl Talking {
    async fn on(stage: &Stage) -> Self {
        let gate = Gate::closed();
        let script = [
            saying(&["Once ", "upon"]).gate(&gate),
            saying(&["Second"]),
            saying(&["Third"]),
        ];
        let world = World::on(stage, script).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Tell").await;
        let mut reader = world.follow(turn);
        gate.let_pass(1);
        reader.until("Once ").await;
        Self {
            world,
            thread,
            turn,
            reader,
            gate,
        }
    }

    /// Says something by this policy.
    async fn send(&self, policy: TurnPolicy) -> Result<TurnId, CommandError> {
        let mut message = self.world.message("Next");
        message.policy = policy;
        let turn = message.turn;
        let sent = self
            .world
            .execute(self.thread, ThreadCommand::Send(message));
        sent.await.map(|_| turn)
    }
}

on_both! {
    async fn queue_keeps_the_message_at_once_and_answers_it_afterwards(stage: Stage) {
        let mut talking = Talking::on(&stage).await;
        let second = talking.send(TurnPolicy::Queue).await.unwrap();
        let third = talking.send(TurnPolicy::Queue).await.unwrap();
        let events = talking.world.events(talking.thread).await;
        assert_eq!(names(&events)[3..], ["message.sent", "message.sent"]);
        talking.gate.let_pass(ALL);
        assert_eq!(talking.reader.end().await.0, "Once upon");
        assert_eq!(talking.world.end_of(talking.thread, third).await.text, "Third");
        let events = talking.world.events(talking.thread).await;
        assert_eq!(
            names(&events)[5..],
            ["reply.completed", "reply.started", "reply.completed", "reply.started", "reply.completed"]
        );
        assert_eq!(ending(&events, second).unwrap().1.text, "Second");
    }

    async fn an_edit_of_a_message_that_is_being_answered_keeps_the_text_as_a_replaced_version(stage: Stage) {
        let mut talking = Talking::on(&stage).await;
        let events = talking.world.events(talking.thread).await;
        let target = begun(&events)[0].answers;
        let send = talking.world.message("Tell it shorter");
        let (message, turn) = (send.message, send.turn);
        let edit = ThreadCommand::Edit { target, send };
        talking.world.execute(talking.thread, edit).await.unwrap();
        let (text, ended) = talking.reader.end().await;
        assert_eq!((text.as_str(), ended.ending), ("Once ", Ending::Stopped));
        assert_eq!(talking.world.end_of(talking.thread, turn).await.text, "Second");
        let events = talking.world.events(talking.thread).await;
        let begun = begun(&events);
        assert_eq!((begun[1].answers, begun[1].replaces), (message, Some(talking.turn)));
        assert_eq!(begun[1].index, begun[0].index);
        assert_eq!(talking.world.shown(1).await, ["Tell it shorter"]);
    }
}

on_sqlite! {
    async fn interrupt_stops_the_reply_and_keeps_its_text(stage: Stage) {
        let mut talking = Talking::on(&stage).await;
        let second = talking.send(TurnPolicy::Interrupt).await.unwrap();
        let (text, ended) = talking.reader.end().await;
        assert_eq!((text.as_str(), ended.ending), ("Once ", Ending::Stopped));
        assert_eq!(talking.world.end_of(talking.thread, second).await.text, "Second");
        let events = talking.world.events(talking.thread).await;
        assert_eq!(ending(&events, talking.turn).unwrap().1.text, "Once ");
        assert_eq!(begun(&events)[1].replaces, None);
    }

    async fn a_reload_of_a_running_reply_keeps_its_text_as_a_replaced_version(stage: Stage) {
        let mut talking = Talking::on(&stage).await;
        let turn = TurnId(Uuid::now_v7());
        let message = talking.world.message("");
        let reload = ThreadCommand::Reload { turn, route: message.route, options: message.options, context: message.context, said: None, judged: None };
        talking.world.execute(talking.thread, reload).await.unwrap();
        assert_eq!(talking.reader.end().await.0, "Once ");
        assert_eq!(talking.world.end_of(talking.thread, turn).await.text, "Second");
        let events = talking.world.events(talking.thread).await;
        assert_eq!(begun(&events)[1].replaces, Some(talking.turn));
        assert_eq!(ending(&events, talking.turn).unwrap().1.text, "Once ");
        assert_eq!(talking.world.shown(1).await, ["Tell"]);
    }

    async fn reject_refuses_while_a_reply_runs(stage: Stage) {
        let mut talking = Talking::on(&stage).await;
        let head = talking.world.store.head().await.unwrap();
        let refused = talking.send(TurnPolicy::Reject).await;
        assert!(matches!(refused, Err(CommandError::Refused(Refusal::ReplyRunning))), "{refused:?}");
        assert_eq!(talking.world.store.head().await.unwrap(), head);
        talking.gate.let_pass(ALL);
        talking.reader.end().await;
        let second = talking.send(TurnPolicy::Reject).await.unwrap();
        assert_eq!(talking.world.end_of(talking.thread, second).await.text, "Second");
    }

    async fn a_turn_whose_place_another_takes_ends_without_having_begun(stage: Stage) {
        let talking = Talking::on(&stage).await;
        let waiting = talking.send(TurnPolicy::Queue).await.unwrap();
        let mut reader = talking.world.follow(waiting);
        let events = talking.world.events(talking.thread).await;
        let Some(ThreadEvent::MessageSent(sent)) = events.last() else { panic!("{events:?}") };
        let send = talking.world.message("Better");
        let turn = send.turn;
        let edit = ThreadCommand::Edit { target: sent.message, send };
        talking.world.execute(talking.thread, edit).await.unwrap();
        let (text, ended) = reader.end().await;
        assert_eq!((text.as_str(), ended.ending), ("", Ending::Dropped));
        // The running one goes on meanwhile: it answers another message.
        talking.gate.let_pass(ALL);
        assert_eq!(talking.world.end_of(talking.thread, turn).await.text, "Second");
        assert_eq!(talking.world.shown(1).await.last().unwrap(), "Better");
        let events = talking.world.events(talking.thread).await;
        assert_eq!(ending(&events, talking.turn).unwrap().0, "reply.completed");
    }
}
