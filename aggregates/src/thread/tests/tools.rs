//! Tools that a running turn calls.

use super::phrases::*;
use crate::thread::{
    MOST_CALLS, Refusal, StopReason, ThreadCommand, ThreadEvent, ToolAnswered, ToolCalled, ToolName,
};

/// Of turn `number`.
pub(super) fn called(number: u64, call: u32) -> ToolCalled {
    ToolCalled {
        turn: turn(number),
        call,
        round: 1,
        tool: ToolName::WebSearch,
        route: route(),
        arguments: r#"{"query":"tea"}"#.to_owned(),
        label: "Searching the web: tea".to_owned(),
        verdict: None,
    }
}

/// Of turn `number`.
pub(super) fn answered(number: u64, call: u32) -> ToolAnswered {
    ToolAnswered {
        turn: turn(number),
        call,
        done: true,
        result: "1. Tea".to_owned(),
        duration_ms: 12,
        verdict: None,
        kept_back: false,
    }
}

fn call(number: u64, nth: u32) -> ThreadCommand {
    ThreadCommand::CallTool(called(number, nth))
}

fn answer(number: u64, nth: u32) -> ThreadCommand {
    ThreadCommand::AnswerTool(answered(number, nth))
}

#[test]
fn a_running_turn_calls_tools_one_after_the_other() {
    given([opened(), sent(1), started(2)])
        .when(call(2, 1))
        .then([ThreadEvent::ToolCalled(called(2, 1))])
        .when(call(2, 2))
        .then([ThreadEvent::ToolCalled(called(2, 2))])
        .when(answer(2, 2))
        .then([ThreadEvent::ToolAnswered(answered(2, 2))])
        .when(answer(2, 1))
        .then([ThreadEvent::ToolAnswered(answered(2, 1))]);
}

#[test]
fn a_call_is_the_next_one_and_no_more_than_a_turn_may_make() {
    given([opened(), sent(1), started(2)])
        .when(call(2, 2))
        .then_refused(Refusal::NoMoreCalls);
    let many = (1..=MOST_CALLS).map(|nth| ThreadEvent::ToolCalled(called(2, nth)));
    given([opened(), sent(1), started(2)].into_iter().chain(many))
        .when(call(2, MOST_CALLS + 1))
        .then_refused(Refusal::NoMoreCalls);
}

#[test]
fn a_turn_that_is_to_stop_calls_nothing_and_may_say_what_came_of_its_last_call() {
    let stopping = || {
        given([
            opened(),
            sent(1),
            started(2),
            ThreadEvent::ToolCalled(called(2, 1)),
            stopping(2, StopReason::Asked),
        ])
    };
    stopping()
        .when(call(2, 2))
        .then_refused(Refusal::NoMoreCalls);
    stopping()
        .when(answer(2, 1))
        .then([ThreadEvent::ToolAnswered(answered(2, 1))]);
}

#[test]
fn what_was_not_called_has_no_answer() {
    for nth in [0, 1] {
        given([opened(), sent(1), started(2)])
            .when(answer(2, nth))
            .then_refused(Refusal::NotCalled);
    }
}

#[test]
fn only_the_running_turn_calls_tools() {
    let not_running = Refusal::TurnNotRunning(turn(2));
    given([]).when(call(2, 1)).then_refused(Refusal::NotOpen);
    given(conversation(1))
        .when(call(2, 1))
        .then_refused(not_running.clone());
    given([opened(), sent(1), started(2), sent(3)])
        .when(call(4, 1))
        .then_refused(Refusal::TurnNotRunning(turn(4)));
    given([
        opened(),
        sent(1),
        started(2),
        ThreadEvent::ToolCalled(called(2, 1)),
        completed(2),
    ])
    .when(answer(2, 1))
    .then_refused(not_running);
}

#[test]
fn what_an_erased_conversation_looked_for_is_not_recorded() {
    given([
        opened(),
        sent(1),
        started(2),
        ThreadEvent::ToolCalled(called(2, 1)),
        ThreadEvent::ErasureRequested {},
    ])
    .when(answer(2, 1))
    .then_refused(Refusal::NotOpen);
}

#[test]
fn a_new_turn_counts_its_calls_anew() {
    given([
        opened(),
        sent(1),
        started(2),
        ThreadEvent::ToolCalled(called(2, 1)),
        completed(2),
        sent(3),
        started(4),
    ])
    .when(call(4, 1))
    .then([ThreadEvent::ToolCalled(called(4, 1))]);
}
