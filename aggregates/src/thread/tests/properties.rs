//! What no sequence of commands may break, tried with random ones.

mod record;
mod steps;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use cqrs_es::{Aggregate, event_sink::EventSink};
use proptest::prelude::*;

use self::{
    record::Record,
    steps::{Step, step},
};
use super::phrases::complete_turn;
use crate::{
    Decide,
    thread::{Refusal, Thread, ThreadCommand, ThreadEvent, turns::MOST_PENDING},
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_sequence_of_commands_breaks_a_thread(steps in prop::collection::vec(step(), 1..80)) {
        let mut story = Story::default();
        for (number, step) in (1..).zip(steps) {
            story.take(step, number);
        }
        story.every_waiting_turn_gets_its_turn();
    }
}

/// A thread that lives through commands, watched.
#[derive(Default)]
struct Story {
    thread: Thread,
    /// The same, rebuilt from the stored events alone.
    replayed: Thread,
    record: Record,
}

impl Story {
    fn take(&mut self, step: Step, number: u64) {
        let command = step.command(number, &self.thread, &self.record);
        let _ = self.command(command);
    }

    fn command(&mut self, command: ThreadCommand) -> Result<(), Refusal> {
        let before = self.thread.clone();
        let decision = self.thread.decide(command.clone());
        assert_eq!(self.thread, before, "a decision changes nothing");
        assert_eq!(
            self.thread.decide(command.clone()),
            decision,
            "the same state and command give the same decision"
        );
        assert_eq!(
            revived(&before).decide(command.clone()),
            decision,
            "a thread from its snapshot decides the same"
        );
        let handled = handle(before, command);

        for event in decision.clone().unwrap_or_default() {
            self.thread.apply(event.clone());
            self.replayed.apply(stored(&event));
            self.record.note(&event);
        }
        let (state, events) = handled;
        assert_eq!(events, decision, "`handle` decides as `decide` does");
        assert_eq!(state, self.thread, "`handle` applies what it decided");
        assert_eq!(self.replayed, self.thread, "the log tells the whole state");
        self.check();
        decision.map(drop)
    }

    fn check(&self) {
        let (thread, record) = (&self.thread, &self.record);
        assert!(thread.pending().len() <= MOST_PENDING);
        assert!(
            thread.open_turn().is_some() || thread.pending().is_empty(),
            "a turn waits for another only"
        );
        assert_eq!(thread.open_turn().map(|open| open.turn), record.running());
        assert_eq!(
            record.refused_and_running(),
            None,
            "a refused turn asks nobody"
        );
        assert_eq!(thread.message_count(), record.message_count());
        for index in 0..=thread.next_index() {
            assert_eq!(thread.is_hidden(index), record.is_hidden(index), "{index}");
        }
        assert!(
            thread
                .cuts()
                .is_sorted_by(|one, next| one.to + 1 < next.from),
            "cuts are in order and apart"
        );

        let last = thread.last_user.map(|last| (last.id, last.index));
        assert_eq!(last, record.tail(u64::MAX).user, "the last message");
        if let Some(last) = thread.answerable() {
            let answer = last.index + 1;
            assert_eq!(thread.answer_at(answer), record.answer_at(answer));
        }
    }

    /// Ending every turn that runs, one after the other, leaves none that waits.
    fn every_waiting_turn_gets_its_turn(&mut self) {
        for _ in 0..=MOST_PENDING {
            let Some(open) = self.thread.open_turn() else {
                break;
            };
            let end = complete_turn(open.turn);
            assert_eq!(self.command(end), Ok(()), "the running turn can always end");
        }
        assert!(self.thread.open_turn().is_none());
        assert!(self.thread.pending().is_empty());
    }
}

fn revived(thread: &Thread) -> Thread {
    let snapshot = serde_json::to_string(thread).unwrap();
    let revived = serde_json::from_str(&snapshot).unwrap();
    assert_eq!(*thread, revived, "a snapshot tells the whole state");
    revived
}

fn stored(event: &ThreadEvent) -> ThreadEvent {
    serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap()
}

/// The way the stock framework goes.
fn handle(
    mut thread: Thread,
    command: ThreadCommand,
) -> (Thread, Result<Vec<ThreadEvent>, Refusal>) {
    let sink = EventSink::default();
    let handled = now(thread.handle(command, &(), &sink));
    let events = now(sink.collect());
    (thread, handled.map(|()| events))
}

/// The value of a future that never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the rules wait for nothing"),
    }
}
