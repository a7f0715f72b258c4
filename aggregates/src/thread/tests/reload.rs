//! Reload: the last user message is answered again.

use super::phrases::*;
use crate::thread::{Mood, Refusal, ThreadCommand, ThreadEvent, TurnOptions};

#[test]
fn a_reload_replaces_the_last_answer() {
    let thread = given(conversation(2))
        .when(reload(14))
        .then([reload_requested(14, 3, 4), again(14, 3, 4, Some(4))])
        .when(complete(14))
        .then([completed(14)])
        .state();
    assert_eq!(thread.next_index(), 5);
    assert_eq!(thread.message_count(), 5);
}

#[test]
fn a_second_reload_replaces_the_first_ones_answer() {
    given(after(
        1,
        [
            reload_requested(12, 1, 2),
            again(12, 1, 2, Some(2)),
            completed(12),
        ],
    ))
    .when(reload(22))
    .then([reload_requested(22, 1, 2), again(22, 1, 2, Some(12))]);
}

#[test]
fn what_is_asked_of_a_reload_is_for_its_turn_also_when_that_has_to_wait() {
    let options = || TurnOptions {
        mood: Some(Mood::Serious),
        ..TurnOptions::default()
    };
    let mut command = reload(12);
    if let ThreadCommand::Reload {
        options: of_turn, ..
    } = &mut command
    {
        *of_turn = options();
    }
    let mut requested = reload_requested(12, 1, 2);
    if let ThreadEvent::ReloadRequested {
        options: of_turn, ..
    } = &mut requested
    {
        *of_turn = options();
    }
    let mut begun = again(12, 1, 2, Some(2));
    if let ThreadEvent::ReplyStarted(begun) = &mut begun {
        begun.options = options();
    }
    given([opened(), sent(1), started(2)])
        .when(command)
        .then([requested, superseded(2)])
        .when(complete(2))
        .then([completed(2), begun]);
}

#[test]
fn what_is_said_with_a_reload_is_kept_with_the_wish() {
    let words = || Some("in other words".to_owned());
    let mut command = reload(12);
    if let ThreadCommand::Reload { said, .. } = &mut command {
        *said = words();
    }
    let mut requested = reload_requested(12, 1, 2);
    if let ThreadEvent::ReloadRequested { said, .. } = &mut requested {
        *said = words();
    }
    assert_eq!(requested.says(), Some(turn(12).wish()));
    assert_eq!(reload_requested(12, 1, 2).says(), None);
    let thread = given(conversation(1))
        .when(command)
        .then([requested, again(12, 1, 2, Some(2))])
        .when(complete(12))
        .then([completed(12)])
        .state();
    assert_eq!(thread.message_count(), 3, "it is no message");
}

#[test]
fn a_reload_without_a_message_has_nothing_to_answer() {
    given([opened()])
        .when(reload(2))
        .then_refused(Refusal::NothingToAnswer);
}

#[test]
fn a_reload_supersedes_the_running_reply_whose_partial_text_is_replaced() {
    given([opened(), sent(1), started(2)])
        .when(reload(12))
        .then([reload_requested(12, 1, 2), superseded(2)])
        .when(ThreadCommand::StopReply(reply_end(2), None, context()))
        .then([
            ThreadEvent::ReplyStopped(reply_end(2)),
            again(12, 1, 2, Some(2)),
        ]);
}

#[test]
fn a_failed_reply_without_text_is_replaced_too() {
    let mut failure = reply_end(2);
    failure.text.clear();
    given([
        opened(),
        sent(1),
        started(2),
        ThreadEvent::ReplyFailed(failure),
    ])
    .when(reload(12))
    .then([reload_requested(12, 1, 2), again(12, 1, 2, Some(2))]);
}

#[test]
fn a_reload_of_a_waiting_message_takes_its_place_in_the_queue_and_lets_the_running_reply_end() {
    given([opened(), sent(1), started(2), sent(3)])
        .when(reload(14))
        .then([reload_requested(14, 3, 4)])
        .when(complete(2))
        .then([completed(2), again(14, 3, 4, None)])
        .when(complete(14))
        .then([completed(14)]);
}

#[test]
fn of_an_edit_and_a_reload_during_one_reply_only_the_newer_is_answered() {
    given([opened(), sent(1), started(2)])
        .when(edit(1, 11))
        .then([edited(11, 1, 1), superseded(2)])
        .when(reload(22))
        .then([reload_requested(22, 11, 2)])
        .when(complete(2))
        .then([completed(2), again(22, 11, 2, Some(2))])
        .when(complete(22))
        .then([completed(22)]);
}
