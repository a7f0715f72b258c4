//! Open, archive, and what a thread that is not open refuses.

use super::phrases::*;
use crate::thread::{Opening, Refusal, StopReason, ThreadCommand, ThreadEvent, TurnPolicy};

#[test]
fn a_thread_is_opened_once() {
    given([])
        .when(ThreadCommand::Open(opening()))
        .then([opened()])
        .when(ThreadCommand::Open(opening()))
        .then_refused(Refusal::AlreadyOpen);
}

#[test]
fn a_name_given_at_the_opening_is_held_to_the_same_rule() {
    given([])
        .when(ThreadCommand::Open(Opening {
            name: Some("  ".to_owned()),
            ..opening()
        }))
        .then_refused(Refusal::BadName);
}

#[test]
fn a_thread_that_is_not_open_refuses_everything_that_needs_one() {
    for command in [
        send(1),
        edit(1, 11),
        reload(12),
        ThreadCommand::Rename {
            name: "Tea".to_owned(),
            generated: false,
        },
        ThreadCommand::Archive,
        ThreadCommand::Unarchive,
        truncate(2, 1),
        rewind(1, tail(1, 2), 1),
        restore(tail(1, 2), 1),
        request_stop(None),
        ThreadCommand::RequestStop {
            turn: Some(turn(2)),
            reason: StopReason::Asked,
        },
    ] {
        given([]).when(command).then_refused(Refusal::NotOpen);
    }
}

#[test]
fn an_edit_does_not_open_a_thread() {
    given([])
        .when(ThreadCommand::Edit {
            target: message(1),
            send: crate::thread::SendMessage {
                opening: Some(opening()),
                ..send_message(11)
            },
        })
        .then_refused(Refusal::NotOpen);
}

#[test]
fn a_first_send_opens_the_thread_in_the_same_decision() {
    for policy in [TurnPolicy::Queue, TurnPolicy::Reject, TurnPolicy::Interrupt] {
        given([])
            .when(send_opening(1, policy))
            .then([opened(), sent(1), started(2)]);
    }
}

#[test]
fn the_opening_of_a_send_is_ignored_when_the_thread_is_open() {
    given(conversation(1))
        .when(send_opening(3, TurnPolicy::Queue))
        .then([sent(3), started(4)]);
}

#[test]
fn archiving_twice_happens_once_and_so_does_unarchiving() {
    given([opened()])
        .when(ThreadCommand::Unarchive)
        .then_nothing()
        .when(ThreadCommand::Archive)
        .then([ThreadEvent::Archived {}])
        .when(ThreadCommand::Archive)
        .then_nothing()
        .when(ThreadCommand::Unarchive)
        .then([ThreadEvent::Unarchived {}]);
}
