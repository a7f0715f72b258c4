//! Erasure: what is forgotten, what goes on.

use super::phrases::*;
use crate::thread::{
    Attempt, MessageSent, Refusal, ReplyEnd, StopReason, ThreadCommand, ThreadEvent, TurnPolicy,
    Usage,
};

fn erased() -> ThreadEvent {
    ThreadEvent::ErasureRequested {}
}

/// Erased while the reply at place 2 runs.
fn erased_in_mid_reply() -> Vec<ThreadEvent> {
    vec![
        opened(),
        sent(1),
        started(2),
        stopping(2, StopReason::Erased),
        erased(),
    ]
}

/// `message(number)` is the first of a conversation that begins anew.
fn sent_first(number: u64) -> ThreadEvent {
    ThreadEvent::MessageSent(MessageSent {
        index: 1,
        ..message_sent(number)
    })
}

fn wordless(number: u64) -> ReplyEnd {
    ReplyEnd {
        text: String::new(),
        ..reply_end(number)
    }
}

fn confirm(erasure: u64) -> ThreadCommand {
    ThreadCommand::ConfirmErasure {
        erasure,
        receipt: vec![],
    }
}

fn confirmed(erasure: u64) -> ThreadEvent {
    ThreadEvent::ErasureConfirmed {
        erasure,
        receipt: vec![],
    }
}

#[test]
fn an_erasure_happens_once() {
    given(conversation(1))
        .when(ThreadCommand::RequestErasure)
        .then([erased()])
        .when(ThreadCommand::RequestErasure)
        .then_nothing();
    given([]).when(ThreadCommand::RequestErasure).then_nothing();
}

#[test]
fn an_erasure_asks_the_running_reply_to_stop_unless_somebody_has() {
    given([opened(), sent(1), started(2)])
        .when(ThreadCommand::RequestErasure)
        .then([stopping(2, StopReason::Erased), erased()]);
    given([
        opened(),
        sent(1),
        started(2),
        stopping(2, StopReason::Asked),
    ])
    .when(ThreadCommand::RequestErasure)
    .then([erased()]);
}

#[test]
fn an_erased_thread_is_not_open() {
    given(after(1, [erased()]))
        .when(send(3))
        .then_refused(Refusal::NotOpen);
}

#[test]
fn an_erased_threads_waiting_turns_are_dropped_and_its_running_one_may_end() {
    given([opened(), sent(1), started(2), sent(3)])
        .when(ThreadCommand::RequestErasure)
        .then([stopping(2, StopReason::Erased), erased()])
        .when(ThreadCommand::StopReply(reply_end(2), None, context()))
        .then([ThreadEvent::ReplyStopped(wordless(2))])
        .when(complete(2))
        .then_refused(Refusal::TurnNotRunning(turn(2)));
}

#[test]
fn a_thread_used_again_after_its_erasure_begins_at_its_first_place() {
    let thread = given(after(2, [erased()]))
        .when(send_opening(11, TurnPolicy::Queue))
        .then([opened(), sent_first(11), again(12, 11, 2, None)])
        .state();
    assert_eq!(thread.next_index(), 3);
    assert_eq!(thread.message_count(), 5);
}

#[test]
fn nothing_from_before_its_erasure_can_be_edited_answered_or_restored() {
    let again = || after(2, [truncated(2), erased(), opened()]);
    given(again())
        .when(edit(3, 13))
        .then_refused(Refusal::NotTheLastUserMessage);
    given(again())
        .when(reload(14))
        .then_refused(Refusal::NothingToAnswer);
    given(again()).when(restore(tail(1, 2), 5)).then_nothing();
}

#[test]
fn a_thread_used_again_is_neither_archived_nor_named() {
    let thread = given(after(
        1,
        [
            ThreadEvent::Renamed {
                name: "Tea".to_owned(),
                generated: false,
            },
            ThreadEvent::Archived {},
            erased(),
            opened(),
        ],
    ))
    .state();
    assert!(!thread.archived());
    assert!(!thread.is_named());
}

#[test]
fn a_thread_used_again_while_its_erased_reply_runs_waits_for_it_whatever_the_policy() {
    for policy in [TurnPolicy::Queue, TurnPolicy::Reject, TurnPolicy::Interrupt] {
        given(erased_in_mid_reply())
            .when(send_opening(11, policy))
            .then([opened(), sent_first(11)])
            .when(complete(2))
            .then([
                ThreadEvent::ReplyCompleted(wordless(2)),
                again(12, 11, 2, None),
            ]);
    }
}

#[test]
fn a_send_that_will_not_wait_is_refused_when_another_waits_for_an_erased_reply() {
    given(erased_in_mid_reply())
        .when(send_opening(11, TurnPolicy::Queue))
        .then([opened(), sent_first(11)])
        .when(send_with(13, TurnPolicy::Reject))
        .then_refused(Refusal::ReplyRunning);
}

#[test]
fn the_answer_of_an_erased_turn_is_nobodys_last_answer() {
    let thread = given(erased_in_mid_reply())
        .when(ThreadCommand::Open(opening()))
        .then([opened()])
        .when(complete(2))
        .then([ThreadEvent::ReplyCompleted(wordless(2))])
        .state();
    assert_eq!(thread.answer_at(2), None);
}

#[test]
fn an_erased_reply_ends_with_what_it_cost_and_without_a_word() {
    let attempt = |error: Option<&str>| Attempt {
        route: route(),
        duration_ms: 5,
        error: error.map(str::to_owned),
        status: None,
        model: None,
        usage: Usage::default(),
        shown_from: None,
        images: vec![],
    };
    let cost = Usage {
        prompt_tokens: 3,
        completion_tokens: 5,
        estimated: false,
    };
    given(erased_in_mid_reply())
        .when(ThreadCommand::FailReply(
            ReplyEnd {
                reasoning: Some("hm".to_owned()),
                error: Some("you said: tea".to_owned()),
                usage: cost,
                attempts: vec![attempt(Some("you said: tea")), attempt(None)],
                ..reply_end(2)
            },
            None,
            context(),
        ))
        .then([ThreadEvent::ReplyFailed(ReplyEnd {
            usage: cost,
            attempts: vec![attempt(Some("")), attempt(None)],
            ..wordless(2)
        })]);
}

#[test]
fn an_erasure_is_confirmed_once_and_only_when_it_was_asked_for() {
    given(after(1, [erased()]))
        .when(confirm(2))
        .then_refused(Refusal::ErasureNotDone);
    given(after(1, [erased()]))
        .when(confirm(1))
        .then([confirmed(1)])
        .when(confirm(1))
        .then_nothing();
    given(after(1, [erased(), opened(), erased()]))
        .when(confirm(2))
        .then([confirmed(2)])
        .when(confirm(1))
        .then_nothing();
}

#[test]
fn an_erasure_is_not_confirmed_while_the_erased_reply_runs() {
    given(erased_in_mid_reply())
        .when(confirm(1))
        .then_refused(Refusal::ErasureNotDone);
    given(erased_in_mid_reply())
        .when(ThreadCommand::StopReply(reply_end(2), None, context()))
        .then([ThreadEvent::ReplyStopped(wordless(2))])
        .when(confirm(1))
        .then([confirmed(1)]);
}

#[test]
fn a_thread_knows_how_often_it_was_erased() {
    let thread = given(after(1, [erased(), confirmed(1), opened(), erased()])).state();
    assert_eq!(thread.erasures(), 2);
    assert!(thread.is_being_erased());
}
