//! Answers that nobody is shown before all of them is judged: what ends them early takes away nothing that is harmless.

use std::time::Duration;

use aggregates::{ThreadId, thread::ThreadEvent, verdict::Action};
use colloquy::moderation::{Detector, Moderation, Stream};
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
}

/// What is recorded of a conversation whose server ends when a model has said this.
async fn ended_after(stage: &Stage, said: &str) -> Vec<ThreadEvent> {
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
    world.directory.finish(Duration::ZERO).await;
    gate.let_pass(ALL);
    let events = world.events(thread).await;
    assert!(ending(&events, turn).is_some());
    events
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
