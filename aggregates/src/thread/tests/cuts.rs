//! Truncate, rewind, restore: what is hidden, and what can still be edited and answered.

use super::phrases::*;
use crate::thread::{Cut, Refusal, Tail, ThreadCommand, ThreadEvent};

#[test]
fn a_truncation_hides_all_before_a_place() {
    let thread = given(conversation(2))
        .when(truncate(3, 5))
        .then([truncated(2)])
        .state();
    assert!(thread.is_hidden(1) && thread.is_hidden(2));
    assert!(!thread.is_hidden(3));
}

#[test]
fn a_caller_who_counted_before_the_last_send_is_told_so() {
    for command in [
        truncate(3, 3),
        rewind(3, tail(1, 2), 7),
        restore(tail(3, 4), 3),
    ] {
        given(after(2, [truncated(1)]))
            .when(command)
            .then_refused(Refusal::Stale);
    }
}

#[test]
fn a_truncation_that_hides_nothing_new_or_lies_outside_is_refused() {
    for before in [0, 1, 2, 3, 6, u64::MAX] {
        given(after(2, [truncated(2)]))
            .when(truncate(before, 5))
            .then_refused(Refusal::BadCut);
    }
}

#[test]
fn a_truncation_may_hide_everything_and_then_nothing_can_be_edited_or_answered() {
    let hidden = || after(2, [truncated(4)]);
    given(conversation(2))
        .when(truncate(5, 5))
        .then([truncated(4)]);
    given(hidden())
        .when(edit(3, 13))
        .then_refused(Refusal::NotTheLastUserMessage);
    given(hidden())
        .when(reload(14))
        .then_refused(Refusal::NothingToAnswer);
    given(hidden()).when(send(5)).then([sent(5), started(6)]);
}

#[test]
fn a_truncation_spares_the_running_turn_and_those_that_wait() {
    let running = || after(1, [sent(3), started(4), sent(5)]);
    given(running())
        .when(truncate(4, 7))
        .then_refused(Refusal::BadCut);
    given(running()).when(truncate(3, 7)).then([truncated(2)]);
    given(after(1, [edited(11, 1, 1), again(12, 11, 2, Some(2))]))
        .when(truncate(3, 3))
        .then_refused(Refusal::BadCut);
}

#[test]
fn cuts_that_touch_or_overlap_become_one() {
    let thread = given(after(
        5,
        [
            rewound(9, 10, tail(7, 8)),
            truncated(2),
            truncated(4),
            rewound(7, 10, tail(5, 6)),
        ],
    ))
    .state();
    assert_eq!(
        thread.cuts(),
        [Cut { from: 1, to: 4 }, Cut { from: 7, to: 10 }]
    );
    let thread = given(after(3, [truncated(2), rewound(3, 6, Tail::default())])).state();
    assert_eq!(thread.cuts(), [Cut { from: 1, to: 6 }]);
}

#[test]
fn a_rewind_hides_a_message_and_all_after_it() {
    given(conversation(3))
        .when(rewind(3, tail(1, 2), 7))
        .then([rewound(3, 6, tail(1, 2))])
        .when(send(7))
        .then([sent(7), started(8)]);
}

#[test]
fn after_a_rewind_the_message_before_it_is_the_last_one() {
    let rewound = || after(2, [rewound(3, 4, tail(1, 2))]);
    given(rewound())
        .when(edit(3, 13))
        .then_refused(Refusal::NotTheLastUserMessage);
    given(rewound())
        .when(edit(1, 11))
        .then([edited(11, 1, 1), again(12, 11, 2, Some(2))]);
    given(rewound())
        .when(reload(12))
        .then([reload_requested(12, 1, 2), again(12, 1, 2, Some(2))]);
}

#[test]
fn a_rewind_to_a_place_that_is_hidden_or_was_never_there_is_refused() {
    for from in [0, 2, 5, u64::MAX] {
        given(after(2, [truncated(2)]))
            .when(rewind(from, Tail::default(), 5))
            .then_refused(Refusal::BadCut);
    }
}

#[test]
fn a_history_cannot_end_outside_itself() {
    given(conversation(2))
        .when(rewind(3, tail(3, 4), 5))
        .then_refused(Refusal::Stale);
    given(after(2, [truncated(2)]))
        .when(restore(tail(5, 6), 5))
        .then_refused(Refusal::Stale);
}

#[test]
fn a_rewind_drops_waiting_turns_and_stops_the_running_one_which_stays_hidden() {
    given(after(1, [sent(3), started(4), sent(5)]))
        .when(rewind(3, tail(1, 2), 7))
        .then([rewound(3, 6, tail(1, 2)), superseded(4)])
        .when(ThreadCommand::StopReply(reply_end(4), None, context()))
        .then([ThreadEvent::ReplyStopped(reply_end(4))])
        .when(reload(12))
        .then([reload_requested(12, 1, 2), again(12, 1, 2, Some(2))]);
}

#[test]
fn a_rewind_that_only_reaches_waiting_turns_lets_the_running_one_be() {
    let before = Tail {
        user: Some((message(1), 1)),
        answer: None,
    };
    given([opened(), sent(1), started(2), sent(3)])
        .when(rewind(3, before, 5))
        .then([rewound(3, 4, before)])
        .when(complete(2))
        .then([completed(2)]);
}

#[test]
fn a_message_whose_answers_place_was_rewound_waits_for_a_restore() {
    let before = Tail {
        user: Some((message(1), 1)),
        answer: None,
    };
    let hidden = || after(1, [rewound(2, 2, before)]);
    given(hidden())
        .when(reload(12))
        .then_refused(Refusal::NothingToAnswer);
    given(hidden())
        .when(edit(1, 11))
        .then_refused(Refusal::NotTheLastUserMessage);
    given(hidden())
        .when(restore(tail(1, 2), 3))
        .then([restored(tail(1, 2))])
        .when(reload(12))
        .then([reload_requested(12, 1, 2), again(12, 1, 2, Some(2))]);
}

#[test]
fn a_restore_shows_everything_again() {
    let thread = given(after(3, [truncated(2), rewound(5, 6, tail(3, 4))]))
        .when(restore(tail(5, 6), 7))
        .then([restored(tail(5, 6))])
        .when(edit(5, 15))
        .then([edited(15, 5, 5), again(16, 15, 6, Some(6))])
        .state();
    assert_eq!(thread.cuts(), []);
}

#[test]
fn a_restore_without_cuts_does_nothing() {
    given(conversation(1))
        .when(restore(tail(1, 2), 3))
        .then_nothing();
}

#[test]
fn a_restore_leaves_what_was_said_since_the_last_word() {
    given(after(
        2,
        [rewound(3, 4, tail(1, 2)), sent(5), started(6), sent(7)],
    ))
    .when(restore(tail(3, 4), 9))
    .then([restored(tail(3, 4))])
    .when(edit(7, 17))
    .then([edited(17, 7, 7)]);
}

#[test]
fn a_waiting_turn_still_replaces_its_answer_when_a_restore_shows_newer_ones() {
    given(after(
        1,
        [
            sent(3),
            started(4),
            rewound(3, 4, tail(1, 2)),
            superseded(4),
        ],
    ))
    .when(edit(1, 11))
    .then([edited(11, 1, 1)])
    .when(restore(tail(3, 2), 5))
    .then([restored(tail(3, 2))])
    .when(complete(4))
    .then([completed(4), again(12, 11, 2, Some(2))]);
}

#[test]
fn a_reload_of_the_running_turn_replaces_its_answer_even_when_another_turn_comes_between() {
    given(after(
        1,
        [
            sent(3),
            started(4),
            rewound(3, 4, tail(1, 2)),
            superseded(4),
            edited(11, 1, 1),
        ],
    ))
    .when(restore(tail(3, 2), 5))
    .then([restored(tail(3, 2))])
    .when(reload(14))
    .then([reload_requested(14, 3, 4)])
    .when(complete(4))
    .then([completed(4), again(12, 11, 2, Some(2))])
    .when(complete(12))
    .then([completed(12), again(14, 3, 4, Some(4))]);
}
