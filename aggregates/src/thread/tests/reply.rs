//! The life of a reply: asked to stop, ended in four ways.

use super::phrases::*;
use crate::{
    thread::{
        ContextRule, Refusal, ReplyEnd, ReplyStarted, StopReason, ThreadCommand, ThreadEvent,
    },
    verdict::Verdict,
};

pub(super) type Ending = (
    fn(ReplyEnd, Option<Verdict>, ContextRule) -> ThreadCommand,
    fn(ReplyEnd) -> ThreadEvent,
);

pub(super) const ENDINGS: [Ending; 4] = [
    (ThreadCommand::CompleteReply, ThreadEvent::ReplyCompleted),
    (ThreadCommand::FailReply, ThreadEvent::ReplyFailed),
    (ThreadCommand::StopReply, ThreadEvent::ReplyStopped),
    (ThreadCommand::InterruptReply, ThreadEvent::ReplyInterrupted),
];

#[test]
fn a_reply_ends_in_one_of_four_ways_and_can_be_reloaded_after_each() {
    for (command, event) in ENDINGS {
        given([opened(), sent(1), started(2)])
            .when(command(reply_end(2), None, context()))
            .then([event(reply_end(2))])
            .when(reload(12))
            .then([reload_requested(12, 1, 2), again(12, 1, 2, Some(2))]);
    }
}

#[test]
fn the_next_waiting_turn_starts_in_the_decision_that_ends_the_running_one() {
    for (command, event) in ENDINGS {
        given([opened(), sent(1), started(2), sent(3), sent(5)])
            .when(command(reply_end(2), None, context()))
            .then([event(reply_end(2)), started(4)]);
    }
}

#[test]
fn the_next_turn_starts_with_the_context_rule_that_came_with_the_ending() {
    let narrow = ContextRule {
        rule: "none".to_owned(),
        budget_tokens: 7,
        limits: vec![],
    };
    let ThreadEvent::ReplyStarted(begun) = started(4) else {
        panic!("a reply starts with reply.started");
    };
    given([opened(), sent(1), started(2), sent(3)])
        .when(ThreadCommand::CompleteReply(
            reply_end(2),
            None,
            narrow.clone(),
        ))
        .then([
            completed(2),
            ThreadEvent::ReplyStarted(ReplyStarted {
                context: narrow,
                ..begun
            }),
        ]);
}

#[test]
fn only_the_running_turn_can_end() {
    for (command, _) in ENDINGS {
        let not_running = |number| Refusal::TurnNotRunning(turn(number));
        given([])
            .when(command(reply_end(2), None, context()))
            .then_refused(not_running(2));
        given(conversation(1))
            .when(command(reply_end(2), None, context()))
            .then_refused(not_running(2));
        given([opened(), sent(1), started(2), sent(3)])
            .when(command(reply_end(4), None, context()))
            .then_refused(not_running(4));
    }
}

#[test]
fn a_running_reply_is_asked_to_stop_once() {
    given([opened(), sent(1), started(2)])
        .when(request_stop(None))
        .then([stopping(2, StopReason::Asked)])
        .when(request_stop(Some(2)))
        .then_nothing();
}

#[test]
fn a_stop_meant_for_another_turn_or_without_a_running_one_does_nothing() {
    given([opened(), sent(1), started(2)])
        .when(request_stop(Some(4)))
        .then_nothing();
    given(conversation(1))
        .when(request_stop(None))
        .then_nothing();
    given(conversation(1))
        .when(request_stop(Some(2)))
        .then_nothing();
}
