//! Answers that nobody is shown before all of them is judged: what ends them early takes away nothing that is harmless.

use std::time::Duration;

use aggregates::{ThreadId, TurnId, thread::ThreadEvent, verdict::Action};
use colloquy::{
    actors::recover,
    moderation::{Detector, Moderation, Stream},
};
use moderation::{Finding, Output, Policy, Released, Scanner, Verdict};
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    answers::{ALL, saying},
    stage::{Stage, on_both},
    world::{Plan, World, ending},
};
use crate::support::scripted::Gate;

const TOKEN: &str = "ghp_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij";

on_both! {
    async fn what_was_held_when_the_server_ends_is_recorded(stage: Stage) {
        let events = ended_after(&stage, "Once upon ").await;
        let text = ending_of(&events);
        assert_eq!(text, ("reply.interrupted", "Once upon "));
        let verdict = verdict(&events);
        assert_eq!(verdict.action, Action::Allow);
        assert!(!verdict.released, "nobody has seen it");
    }

    async fn what_was_held_and_is_blocked_is_not(stage: Stage) {
        let said = format!("The token is {TOKEN} and ");
        let events = ended_after(&stage, &said).await;
        assert_eq!(verdict(&events).action, Action::Block);
        assert!(!serde_json::to_string(&events).unwrap().contains("The token"));
    }

    async fn what_was_held_while_a_message_waited_is_recorded_by_the_next_start(stage: Stage) {
        let events = left_after(&stage, "Once upon ", true).await;
        assert_eq!(ending_of(&events), ("reply.interrupted", "Once upon "));
    }

    async fn what_was_held_and_is_blocked_waits_for_no_start(stage: Stage) {
        let said = format!("The token is {TOKEN} and ");
        let events = left_after(&stage, &said, false).await;
        assert!(!serde_json::to_string(&events).unwrap().contains("The token"));
    }
}

/// What is recorded of a conversation whose server ends when a model has said this.
async fn ended_after(stage: &Stage, said: &str) -> Vec<ThreadEvent> {
    let (world, thread, turn) = finished(stage, said, &[]).await;
    let events = world.events(thread).await;
    assert!(ending(&events, turn).is_some());
    events
}

/// The same where a message waits for its end, once the server has started again; `open`: that start is to end it.
async fn left_after(stage: &Stage, said: &str, open: bool) -> Vec<ThreadEvent> {
    let (former, thread, turn) = finished(stage, said, &["And then?"]).await;
    let is_open = ending(&former.events(thread).await, turn).is_none();
    assert_eq!(is_open, open);
    let plan = Plan {
        node: former.services.node,
        ..Plan::of([saying(&["The end"])])
    };
    let world = World::of(stage, plan).await;
    recover(&world.directory).await.unwrap();
    let is_ended = |events: &[ThreadEvent]| ending(events, turn).is_some();
    world.events_when(thread, is_ended).await
}

/// A server that has ended when a model had said this, while these messages waited.
async fn finished(stage: &Stage, said: &str, waiting: &[&str]) -> (World, ThreadId, TurnId) {
    let gate = Gate::closed();
    let (seen, mut sees) = watch::channel(0);
    let plan = Plan {
        moderation: Moderation::with(Watched::new(seen)),
        ..Plan::of([saying(&[said, "never"]).gate(&gate)])
    };
    let world = World::of(stage, plan).await;
    let thread = ThreadId(Uuid::now_v7());
    let turn = world.say(thread, "Tell").await;
    gate.let_pass(1);
    sees.wait_for(|bytes| *bytes >= said.len()).await.unwrap();
    for text in waiting {
        world.say(thread, text).await;
    }
    world.directory.finish(Duration::ZERO).await;
    gate.let_pass(ALL);
    (world, thread, turn)
}

fn ending_of(events: &[ThreadEvent]) -> (&'static str, &str) {
    events
        .iter()
        .find_map(|event| match event {
            ThreadEvent::ReplyInterrupted(end) => Some(("reply.interrupted", end.text.as_str())),
            ThreadEvent::ReplyCompleted(end) => Some(("reply.completed", end.text.as_str())),
            _ => None,
        })
        .unwrap()
}

fn verdict(events: &[ThreadEvent]) -> &aggregates::verdict::Verdict {
    let recorded = events.iter().rev().find_map(|event| match event {
        ThreadEvent::VerdictRecorded(recorded) => Some(&recorded.verdict),
        _ => None,
    });
    recorded.unwrap()
}

/// Holds answers, and tells how much of one it has been given.
struct Watched(Scanner, watch::Sender<usize>);

impl Watched {
    fn new(seen: watch::Sender<usize>) -> Self {
        let policy = Policy {
            output: Output::Held,
            ..Policy::default()
        };
        Self(Scanner::new(policy), seen)
    }
}

impl Detector for Watched {
    fn policy(&self) -> &Policy {
        self.0.policy()
    }
    fn input(&self, text: &str) -> Verdict {
        self.0.input(text)
    }
    fn output(&self, text: &str) -> Verdict {
        self.0.output(text)
    }
    fn found(&self, findings: Vec<Finding>) -> Verdict {
        self.0.found(findings)
    }
    fn redact(&self, text: &str, findings: &[Finding]) -> String {
        self.0.redact(text, findings)
    }
    fn stream(&self) -> Box<dyn Stream> {
        Box::new(Eyes(self.0.stream(), self.1.clone()))
    }
}

struct Eyes(Box<dyn Stream>, watch::Sender<usize>);

impl Stream for Eyes {
    fn push(&mut self, piece: &str) -> Released {
        let released = self.0.push(piece);
        self.1.send_modify(|bytes| *bytes += piece.len());
        released
    }
    fn finish(self: Box<Self>) -> Released {
        self.0.finish()
    }
}
