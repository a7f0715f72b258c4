//! Expiry: what is named once, what stays, and whom it does not concern.

use super::{
    hold::{hold, release},
    phrases::*,
};
use crate::{
    ids::MessageId,
    thread::{Expired, Refusal, ThreadCommand, ThreadEvent},
};

/// Everything of before this day, which is in events up to `through`: these messages.
fn expired(before: u64, through: u64, messages: &[MessageId]) -> Expired {
    Expired {
        before,
        through,
        messages: messages.to_vec(),
    }
}

fn old(before: u64, through: u64, messages: &[MessageId]) -> ThreadEvent {
    ThreadEvent::ContentExpired(expired(before, through, messages))
}

fn expire(before: u64, through: u64, messages: &[MessageId]) -> ThreadCommand {
    ThreadCommand::Expire(expired(before, through, messages))
}

fn confirm(expiry: u64) -> ThreadCommand {
    ThreadCommand::ConfirmExpiry {
        expiry,
        receipt: vec![],
    }
}

fn confirmed(expiry: u64) -> ThreadEvent {
    ThreadEvent::ExpiryConfirmed {
        expiry,
        receipt: vec![],
    }
}

#[test]
fn what_is_too_old_is_named_once() {
    given(conversation(1))
        .when(expire(20, 2, &[message(1)]))
        .then([old(20, 2, &[message(1)])])
        .when(expire(20, 2, &[message(1)]))
        .then_nothing()
        .when(expire(19, 2, &[]))
        .then_nothing()
        .when(expire(21, 3, &[message(3)]))
        .then([old(21, 3, &[message(3)])]);
}

#[test]
fn a_day_that_brings_no_more_events_still_takes_its_keys() {
    given(after(1, [old(20, 2, &[message(1)])]))
        .when(expire(21, 2, &[]))
        .then([old(21, 2, &[])]);
}

#[test]
fn very_many_messages_are_named_in_several_events_of_one_commit() {
    let many: Vec<_> = (1..=1_001).map(message).collect();
    given(conversation(1))
        .when(expire(20, 2, &many))
        .then([old(20, 2, &many[..1_000]), old(20, 2, &many[1_000..])]);
}

#[test]
fn nothing_of_a_held_thread_expires() {
    let held = || ThreadEvent::Held(hold(1));
    given(after(1, [held()]))
        .when(expire(20, 2, &[message(1)]))
        .then_nothing();
    given(after(1, [held(), ThreadEvent::Released(release(1))]))
        .when(expire(20, 2, &[message(1)]))
        .then([old(20, 2, &[message(1)])]);
}

#[test]
fn nothing_of_an_erased_thread_expires() {
    given(after(1, [ThreadEvent::ErasureRequested {}]))
        .when(expire(20, 2, &[message(1)]))
        .then_nothing();
    given([]).when(expire(20, 2, &[])).then_nothing();
}

#[test]
fn an_expiry_is_confirmed_once_and_not_before_it_was_asked_for() {
    given(conversation(1))
        .when(confirm(1))
        .then_refused(Refusal::ErasureNotDone);
    given(after(1, [old(20, 2, &[message(1)])]))
        .when(confirm(1))
        .then([confirmed(1)])
        .when(confirm(1))
        .then_nothing()
        .when(confirm(2))
        .then_refused(Refusal::ErasureNotDone);
}

#[test]
fn an_erasure_takes_with_it_what_was_to_expire() {
    given(after(
        1,
        [old(20, 2, &[message(1)]), ThreadEvent::ErasureRequested {}],
    ))
    .when(confirm(1))
    .then_nothing();
}

#[test]
fn what_has_expired_is_not_answered_again_and_the_thread_goes_on() {
    given(after(1, [old(20, 5, &[message(1), turn(2).answer()])]))
        .when(reload(4))
        .then_refused(Refusal::NothingToAnswer);
    given(after(1, [old(20, 5, &[message(1), turn(2).answer()])]))
        .when(send(3))
        .then([sent(3), started(4)]);
}

#[test]
fn what_waits_for_an_answer_gets_none_once_it_has_expired() {
    let waits = || [sent(3), started(4), sent(5)];
    given(after(1, waits()))
        .when(complete(4))
        .then([completed(4), started(6)]);
    let expired = waits().into_iter().chain([old(20, 6, &[message(5)])]);
    given(after(1, expired))
        .when(complete(4))
        .then([completed(4)]);
}

#[test]
fn a_thread_is_not_kept_from_its_owner_for_a_message_that_has_expired() {
    let hidden = || ThreadEvent::Hidden {
        message: message(1),
    };
    given(after(1, [hidden()]))
        .when(send(3))
        .then_refused(Refusal::Hidden);
    given(after(1, [hidden(), old(20, 2, &[message(1)])]))
        .when(send(3))
        .then([sent(3), started(4)]);
}
