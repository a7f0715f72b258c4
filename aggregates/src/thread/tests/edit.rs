//! Edit: the last user message is said again in its place.

use super::phrases::*;
use crate::thread::{Refusal, SendMessage, ThreadCommand, ThreadEvent, TurnPolicy};

#[test]
fn an_edit_takes_the_place_of_the_message_and_its_answer_the_place_of_the_answer() {
    let thread = given(conversation(1))
        .when(edit(1, 11))
        .then([edited(11, 1, 1), again(12, 11, 2, Some(2))])
        .state();
    assert_eq!(thread.next_index(), 3);
}

#[test]
fn an_edited_exchange_counts_twice() {
    let thread = given(conversation(1))
        .when(edit(1, 11))
        .then([edited(11, 1, 1), again(12, 11, 2, Some(2))])
        .when(complete(12))
        .then([completed(12)])
        .state();
    assert_eq!(thread.message_count(), 4);
}

#[test]
fn only_the_last_user_message_can_be_edited() {
    given(conversation(2))
        .when(edit(1, 11))
        .then_refused(Refusal::NotTheLastUserMessage);
    given(conversation(1))
        .when(edit(9, 11))
        .then_refused(Refusal::NotTheLastUserMessage);
    given([opened()])
        .when(edit(1, 11))
        .then_refused(Refusal::NotTheLastUserMessage);
}

#[test]
fn a_replaced_message_cannot_be_edited_again_but_the_new_one_can() {
    let edited_once = || {
        after(
            1,
            [edited(11, 1, 1), again(12, 11, 2, Some(2)), completed(12)],
        )
    };
    given(edited_once())
        .when(edit(1, 21))
        .then_refused(Refusal::NotTheLastUserMessage);
    given(edited_once())
        .when(edit(11, 21))
        .then([edited(21, 1, 11), again(22, 21, 2, Some(12))]);
}

#[test]
fn an_edit_supersedes_the_running_reply_whose_partial_text_is_replaced() {
    given([opened(), sent(1), started(2)])
        .when(edit(1, 11))
        .then([edited(11, 1, 1), superseded(2)])
        .when(ThreadCommand::StopReply(reply_end(2), None, context()))
        .then([
            ThreadEvent::ReplyStopped(reply_end(2)),
            again(12, 11, 2, Some(2)),
        ]);
}

#[test]
fn of_two_edits_during_one_reply_only_the_newer_is_answered() {
    given([opened(), sent(1), started(2)])
        .when(edit(1, 11))
        .then([edited(11, 1, 1), superseded(2)])
        .when(edit(11, 21))
        .then([edited(21, 1, 11)])
        .when(complete(2))
        .then([completed(2), again(22, 21, 2, Some(2))])
        .when(complete(22))
        .then([completed(22)]);
}

#[test]
fn an_edit_of_a_waiting_message_takes_its_place_in_the_queue_and_lets_the_running_reply_end() {
    given([opened(), sent(1), started(2), sent(3)])
        .when(edit(3, 13))
        .then([edited(13, 3, 3)])
        .when(complete(2))
        .then([completed(2), again(14, 13, 4, None)])
        .when(complete(14))
        .then([completed(14)]);
}

#[test]
fn an_edit_fits_into_a_full_queue() {
    let waiting = (3..).step_by(2).take(crate::thread::turns::MOST_PENDING);
    given(
        [opened(), sent(1), started(2)]
            .into_iter()
            .chain(waiting.map(sent)),
    )
    .when(edit(65, 75))
    .then([edited(75, 65, 65)]);
}

#[test]
fn an_edit_never_asks_for_the_turn_policy() {
    given([opened(), sent(1), started(2)])
        .when(ThreadCommand::Edit {
            target: message(1),
            send: SendMessage {
                policy: TurnPolicy::Reject,
                ..send_message(11)
            },
        })
        .then([edited(11, 1, 1), superseded(2)]);
}

#[test]
fn an_archived_thread_refuses_an_edit_where_archived_means_read_only() {
    given(after(1, [ThreadEvent::Archived {}]))
        .when(edit(1, 11))
        .then_refused(Refusal::Archived);
}
