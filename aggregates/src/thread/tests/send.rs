//! Send: places, turn policies, the queue, archived threads.

use super::phrases::*;
use crate::thread::{
    Mood, Refusal, SendMessage, ThreadCommand, ThreadEvent, TurnOptions, TurnPolicy,
    turns::MOST_PENDING,
};

#[test]
fn a_send_reserves_the_place_of_its_answer_too() {
    let thread = given([opened()])
        .when(send(1))
        .then([sent(1), started(2)])
        .state();
    assert_eq!(thread.next_index(), 3);
}

#[test]
fn the_next_message_follows_the_answer() {
    given(conversation(1))
        .when(send(3))
        .then([sent(3), started(4)]);
}

#[test]
fn a_message_counts_when_sent_and_an_answer_when_ended() {
    let count = |events: Vec<ThreadEvent>| given(events).state().message_count();
    assert_eq!(count(vec![opened()]), 0);
    assert_eq!(count(vec![opened(), sent(1), started(2)]), 1);
    assert_eq!(count(conversation(1)), 2);
    assert_eq!(count(conversation(2)), 4);
}

#[test]
fn a_queued_send_is_kept_at_once_and_answered_afterwards() {
    given([opened(), sent(1), started(2)])
        .when(send(3))
        .then([sent(3)])
        .when(send(5))
        .then([sent(5)])
        .when(complete(2))
        .then([completed(2), started(4)])
        .when(complete(4))
        .then([completed(4), started(6)])
        .when(complete(6))
        .then([completed(6)]);
}

#[test]
fn a_send_that_will_not_wait_is_refused_while_a_reply_runs() {
    given([opened(), sent(1), started(2)])
        .when(send_with(3, TurnPolicy::Reject))
        .then_refused(Refusal::ReplyRunning);
    given(conversation(1))
        .when(send_with(3, TurnPolicy::Reject))
        .then([sent(3), started(4)]);
}

#[test]
fn an_interrupting_send_asks_the_running_reply_to_stop_once() {
    given([opened(), sent(1), started(2)])
        .when(send_with(3, TurnPolicy::Interrupt))
        .then([sent(3), superseded(2)])
        .when(send_with(5, TurnPolicy::Interrupt))
        .then([sent(5)]);
}

#[test]
fn the_queue_has_an_end() {
    let waiting = (3..).step_by(2).take(MOST_PENDING).map(sent);
    let full = || {
        [opened(), sent(1), started(2)]
            .into_iter()
            .chain(waiting.clone())
    };
    for policy in [TurnPolicy::Queue, TurnPolicy::Interrupt] {
        given(full())
            .when(send_with(67, policy))
            .then_refused(Refusal::QueueFull);
    }
    given(full().chain([completed(2), started(4)]))
        .when(send(67))
        .then([sent(67)]);
}

#[test]
fn a_queue_full_of_edits_between_rewinds_and_restores_takes_no_more_of_them() {
    let mut full = after(40, [sent(81), started(82)]);
    for index in (1..).step_by(2).take(MOST_PENDING) {
        full.extend([
            rewound(index + 2, 82, tail(index, index + 1)),
            edited(index + 1000, index, index),
            restored(tail(81, 80)),
        ]);
    }
    given(full.clone())
        .when(edit(81, 2000))
        .then_refused(Refusal::QueueFull);
    given(full.clone())
        .when(reload(2000))
        .then_refused(Refusal::QueueFull);
    assert_eq!(given(full).state().pending().len(), MOST_PENDING);
}

#[test]
fn an_archived_thread_refuses_a_send_where_archived_means_read_only() {
    let archived = || after(1, [ThreadEvent::Archived {}]);
    given(archived())
        .when(send(3))
        .then_refused(Refusal::Archived);
    given(archived())
        .when(ThreadCommand::Send(SendMessage {
            archived_is_readonly: false,
            ..send_message(3)
        }))
        .then([sent(3), started(4)]);
}

#[test]
fn what_the_sender_asked_of_a_turn_waits_with_it() {
    let options = TurnOptions {
        mood: Some(Mood::Friendly),
        web: true,
        ..TurnOptions::default()
    };
    let mut kept = message_sent(3);
    kept.options = options.clone();
    let mut begun = started(4);
    if let ThreadEvent::ReplyStarted(begun) = &mut begun {
        begun.options = options.clone();
    }
    given([opened(), sent(1), started(2)])
        .when(ThreadCommand::Send(SendMessage {
            options,
            ..send_message(3)
        }))
        .then([ThreadEvent::MessageSent(kept)])
        .when(complete(2))
        .then([completed(2), begun]);
}
