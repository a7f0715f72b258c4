//! Legal holds: what can be held, and what an erased conversation keeps for them.

use uuid::Uuid;

use super::phrases::*;
use crate::{
    hold::{Hold, HoldRefusal, Release},
    ids::{HoldId, UserId},
    thread::{Refusal, StopReason, ThreadCommand, ThreadEvent},
};

pub(super) fn hold(number: u128) -> Hold {
    Hold {
        hold: HoldId(Uuid::from_u128(number)),
        by: UserId(Uuid::from_u128(0xa)),
        reason: "A claim".to_owned(),
        matter: Some(format!("17/{number}")),
    }
}

pub(super) fn release(number: u128) -> Release {
    Release {
        hold: HoldId(Uuid::from_u128(number)),
        by: UserId(Uuid::from_u128(0xb)),
        reason: "Settled".to_owned(),
    }
}

fn held(number: u128) -> ThreadEvent {
    ThreadEvent::Held(hold(number))
}

fn erased() -> ThreadEvent {
    ThreadEvent::ErasureRequested {}
}

fn confirmed(erasure: u64) -> ThreadEvent {
    ThreadEvent::ErasureConfirmed {
        erasure,
        receipt: vec![],
    }
}

fn keep(number: u64, text: &str) -> ThreadCommand {
    ThreadCommand::KeepReply {
        turn: turn(number),
        text: text.to_owned(),
        reasoning: None,
    }
}

fn kept(number: u64, text: &str) -> ThreadEvent {
    ThreadEvent::ReplyKept {
        turn: turn(number),
        text: text.to_owned(),
        reasoning: None,
    }
}

#[test]
fn a_thread_is_held_for_several_matters_and_released_one_by_one() {
    let thread = given(conversation(1))
        .when(ThreadCommand::Hold(hold(1)))
        .then([held(1)])
        .when(ThreadCommand::Hold(hold(1)))
        .then_nothing()
        .when(ThreadCommand::Hold(hold(2)))
        .then([held(2)])
        .when(ThreadCommand::ReleaseHold(release(1)))
        .then([ThreadEvent::Released(release(1))])
        .state();
    assert!(!thread.holds().are_none());
    given(after(1, [held(1), ThreadEvent::Released(release(1))]))
        .when(ThreadCommand::ReleaseHold(release(1)))
        .then_refused(HoldRefusal::Unknown.into());
}

#[test]
fn what_was_never_said_or_is_destroyed_cannot_be_held() {
    given([])
        .when(ThreadCommand::Hold(hold(1)))
        .then_refused(Refusal::Hold(HoldRefusal::Nothing));
    given(after(1, [erased(), confirmed(1)]))
        .when(ThreadCommand::Hold(hold(1)))
        .then_refused(Refusal::Hold(HoldRefusal::Nothing));
}

#[test]
fn what_is_to_be_erased_can_be_held_until_it_is() {
    given(after(1, [erased()]))
        .when(ThreadCommand::Hold(hold(1)))
        .then([held(1)]);
}

#[test]
fn a_hold_outlasts_an_erasure_and_a_new_beginning() {
    let thread = given(after(1, [held(1), erased(), opened()])).state();
    assert!(!thread.holds().are_none());
}

#[test]
fn there_is_an_end_to_the_number_of_holds() {
    given(after(1, (1..=100).map(held)))
        .when(ThreadCommand::Hold(hold(101)))
        .then_refused(Refusal::Hold(HoldRefusal::TooMany));
}

#[test]
fn a_hold_keeps_nobody_from_writing_or_erasing() {
    given(after(1, [held(1)]))
        .when(send(3))
        .then([sent(3), started(4)])
        .when(ThreadCommand::RequestErasure)
        .then([stopping(4, StopReason::Erased), erased()]);
}

#[test]
fn whose_an_erased_conversation_was_is_known_until_that_is_confirmed() {
    let erasing = given(after(1, [erased(), opened(), erased()])).state();
    assert_eq!(erasing.former_owners(), [OWNER]);
    let done = given(after(1, [erased(), opened(), erased(), confirmed(2)])).state();
    assert!(done.former_owners().is_empty());
}

#[test]
fn what_an_erased_reply_had_shown_is_kept_once_and_with_what_was_erased() {
    let story = [
        opened(),
        sent(1),
        started(2),
        stopping(2, StopReason::Erased),
        erased(),
        opened(),
    ];
    let thread = given(story.clone()).state();
    assert_eq!(thread.erasures(), 1);
    assert_eq!(thread.epoch_of(&[kept(2, "Once upon")]), 0);
    assert_eq!(thread.epoch_of(&[sent(3)]), 1);
    given(story)
        .when(keep(2, ""))
        .then_nothing()
        .when(keep(9, "of another"))
        .then_nothing()
        .when(keep(2, "Once upon"))
        .then([kept(2, "Once upon")])
        .when(keep(2, "Once upon"))
        .then_nothing();
}

#[test]
fn a_reply_of_a_conversation_that_is_there_is_kept_by_its_end_alone() {
    given([opened(), sent(1), started(2)])
        .when(keep(2, "Once upon"))
        .then_nothing();
}

#[test]
fn an_ordered_erasure_says_who_ordered_it_and_why() {
    let order = || ThreadCommand::OrderErasure {
        by: UserId(Uuid::from_u128(0xa)),
        reason: "A court says so".to_owned(),
    };
    let ordered = ThreadEvent::ErasureOrdered {
        by: UserId(Uuid::from_u128(0xa)),
        reason: "A court says so".to_owned(),
    };
    given([opened(), sent(1), started(2)])
        .when(order())
        .then([ordered, stopping(2, StopReason::Erased), erased()])
        .when(order())
        .then_nothing();
}
