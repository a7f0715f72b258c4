//! `conversations`.

use aggregates::{MessageId, thread::ThreadEvent};
use projections::{
    ConversationRow, Conversations,
    testing::{BEGINNING, Given},
};

use super::story::*;

fn row(given: &Given) -> ConversationRow {
    given.rows::<Conversations>().pop().unwrap()
}

fn size(given: &Given) -> (Option<i64>, Option<i64>) {
    let row = row(given);
    (row.message_count, row.content_length)
}

fn whole(given: &Given) -> (Option<i64>, Option<i64>) {
    let row = row(given);
    (row.whole_count, row.whole_length)
}

#[test]
fn a_conversation_shows_who_began_it_how_and_how_long_it_is() {
    story(exchange()).shows::<Conversations>(&[ConversationRow {
        thread: thread(),
        owner: text(OWNER),
        dialect: "assistant".to_owned(),
        reference: Some("ann:web:0011aabb".to_owned()),
        channel: Some("web".to_owned()),
        name: None,
        first_user_text: Some("Hello?".to_owned()),
        first_place: Some(1),
        name_said: 1,
        first_said: 2,
        created: BEGINNING,
        last_active: BEGINNING + 3_000_000,
        message_count: Some(2),
        content_length: Some(12),
        whole_count: Some(2),
        whole_length: Some(12),
        archived: false,
        cuts: "[]".to_owned(),
        open_turn: None,
        open_place: None,
        next_index: 3,
        last_user: Some(text(1)),
        last_user_length: 6,
        last_turn: Some(text(2)),
        last_answer_length: Some(6),
        hidden_for: None,
        sequence: 4,
        position: 4,
    }]);
}

#[test]
fn a_title_is_the_name_else_the_beginning_of_the_first_message() {
    assert_eq!(row(&story([opened()])).title(), "New conversation");
    let long = "ž".repeat(81);
    let unnamed = story([opened(), sent(1, 1, &long)]);
    assert_eq!(row(&unnamed).title(), format!("{}…", "ž".repeat(80)));
    let exact = story([opened(), sent(1, 1, &"ž".repeat(80))]);
    assert_eq!(row(&exact).title(), "ž".repeat(80));
    let named = and_then([ThreadEvent::Renamed {
        name: "Greetings".to_owned(),
        generated: true,
    }]);
    assert_eq!(row(&named).title(), "Greetings");
}

#[test]
fn a_redacted_conversation_without_a_name_is_called_by_what_its_first_message_says_now() {
    let redacted = |index: u64| ThreadEvent::MessageRedacted {
        message: MessageId(id(u128::from(index))),
        index,
        newest: true,
        text: "[taken away]".to_owned(),
    };
    let restored = ThreadEvent::MessageRestored {
        message: MessageId(id(1)),
        index: 1,
        newest: true,
        text: "Hello?".to_owned(),
        reasoning: None,
    };
    let named = ThreadEvent::Renamed {
        name: "Greetings".to_owned(),
        generated: true,
    };
    let unnamed = || ThreadEvent::Unnamed {};
    let answer = and_then([named.clone(), redacted(2), unnamed()]);
    assert_eq!(row(&answer).title(), "Hello?");
    let first = [named, redacted(1), unnamed()];
    assert_eq!(row(&and_then(first.clone())).title(), "[taken away]");
    let again = and_then(first.into_iter().chain([restored]));
    assert_eq!(row(&again).title(), "Hello?");
}

#[test]
fn an_edited_first_message_gives_another_title() {
    let story = and_then([edited(3, 1, "Good day?", 1)]);
    assert_eq!(row(&story).title(), "Good day?");
}

#[test]
fn a_running_turn_is_open_until_it_ends() {
    let running = story([opened(), sent(1, 1, "?"), started(2, 2)]);
    assert_eq!(row(&running).open_turn, Some(text(2)));
    assert_eq!(row(&story(exchange())).open_turn, None);
}

#[test]
fn an_edit_counts_once() {
    let story = and_then([
        edited(3, 1, "Hello, you?", 1),
        started_again(4, 2, 3, 2),
        completed(4, "Hi."),
    ]);
    assert_eq!(size(&story), (Some(2), Some(14)));
}

#[test]
fn a_reply_that_failed_without_a_word_counts_nothing() {
    let failure = story([opened(), sent(1, 1, "Hello?"), started(2, 2), failed(2, "")]);
    assert_eq!(size(&failure), (Some(1), Some(6)));
    let again = story([
        opened(),
        sent(1, 1, "Hello?"),
        started(2, 2),
        failed(2, ""),
        started_again(3, 2, 1, 2),
        completed(3, "Hello!"),
    ]);
    assert_eq!(size(&again), (Some(2), Some(12)));
}

#[test]
fn after_a_cut_the_messages_have_to_be_counted() {
    let story = and_then([sent(3, 3, "More."), truncated(3)]);
    assert_eq!(size(&story), (None, None));
    assert_eq!(row(&story).cuts, "[[1,2]]");
    assert_eq!(row(&story).open_ranges(), [(3, 4)]);
}

#[test]
fn a_cut_of_everything_leaves_nothing_to_count() {
    let emptied = and_then([truncated(3)]);
    assert_eq!(size(&emptied), (Some(0), Some(0)));
    let afterwards = and_then([truncated(3), sent(3, 3, "Anew."), started(4, 4)]);
    assert_eq!(size(&afterwards), (Some(1), Some(5)));
}

#[test]
fn cuts_that_touch_become_one_and_restoring_lifts_all() {
    let cut = [
        sent(3, 3, "a"),
        rewound(3, 4),
        sent(5, 5, "b"),
        rewound(5, 6),
        sent(7, 7, "c"),
        sent(9, 9, "d"),
        rewound(9, 10),
        sent(11, 11, "e"),
    ];
    let story = and_then(cut.clone());
    assert_eq!(row(&story).cuts, "[[3,6],[9,10]]");
    assert_eq!(row(&story).open_ranges(), [(1, 2), (7, 8), (11, 12)]);
    let lifted = and_then(cut.into_iter().chain([restored()]));
    assert_eq!(row(&lifted).cuts, "[]");
    assert_eq!(size(&lifted), (None, None));
}

#[test]
fn what_is_hidden_stays_counted_with_the_rest() {
    let cut = [sent(3, 3, "More."), started(4, 4), truncated(3)];
    let ended = [completed(4, "Mm."), restored()];
    let story = and_then(cut.into_iter().chain(ended));
    assert_eq!(whole(&story), (Some(4), Some(20)));
    let hidden = [
        sent(3, 3, "More."),
        started(4, 4),
        rewound(3, 4),
        stopped(4, "Mm"),
    ];
    let story = and_then(hidden);
    assert_eq!(size(&story), (None, None));
    assert_eq!(whole(&story), (Some(4), Some(19)));
}

#[test]
fn what_was_last_before_a_cut_is_said_again_and_counts_once() {
    let story = and_then([
        sent(3, 3, "More."),
        started(4, 4),
        completed(4, "Mm."),
        truncated(3),
        edited(5, 3, "Much more.", 3),
        started_again(6, 4, 5, 4),
        completed(6, "M"),
    ]);
    assert_eq!(whole(&story), (Some(4), Some(23)));
}

#[test]
fn when_an_older_message_is_said_again_all_have_to_be_counted() {
    let more = || [sent(3, 3, "More."), started(4, 4), rewound(3, 4)];
    let again = [edited(5, 1, "Hi?", 1), started_again(5, 2, 1, 2)];
    for again in again {
        let story = and_then(more().into_iter().chain([stopped(4, "Mm"), again]));
        assert_eq!(whole(&story), (None, None));
    }
}

#[test]
fn archived_conversations_say_so() {
    assert!(row(&and_then([ThreadEvent::Archived {}])).archived);
    let back = and_then([ThreadEvent::Archived {}, ThreadEvent::Unarchived {}]);
    assert!(!row(&back).archived);
}

#[test]
fn names_and_archives_are_no_activity() {
    let story = and_then([ThreadEvent::Archived {}]);
    assert_eq!(row(&story).last_active, BEGINNING + 3_000_000);
}

#[test]
fn an_erased_conversation_is_gone() {
    and_then([ThreadEvent::ErasureRequested {}]).shows::<Conversations>(&[]);
}

#[test]
fn a_turn_from_before_the_erasure_does_not_count_in_the_conversation_after_it() {
    let story = story([
        opened(),
        sent(1, 1, "Hello?"),
        started(2, 2),
        ThreadEvent::ErasureRequested {},
        opened(),
        sent(3, 3, "Anew."),
        stopped(2, "Hel"),
        started(4, 4),
    ]);
    assert_eq!(size(&story), (Some(1), Some(5)));
    assert_eq!(row(&story).title(), "Anew.");
}
