//! `transcript`.

use aggregates::{MessageId, thread::ThreadEvent, verdict::Verdict};
use projections::{
    Author, MessageStatus, Transcript, TranscriptRow,
    testing::{BEGINNING, Given},
};

use super::story::*;

fn row(given: &Given, n: u128) -> TranscriptRow {
    let rows = given.rows::<Transcript>();
    rows.into_iter().find(|row| row.message == text(n)).unwrap()
}

fn question() -> TranscriptRow {
    TranscriptRow {
        message: text(1),
        thread: thread(),
        role: Author::User,
        place: 1,
        text: "Hello?".to_owned(),
        reasoning: None,
        status: MessageStatus::Sent,
        replaces: None,
        replaced_by: None,
        turn: text(2),
        answers: None,
        provider: None,
        model: None,
        error: None,
        prompt_tokens: 0,
        completion_tokens: 0,
        estimated: false,
        finish: None,
        created: BEGINNING + 1_000_000,
        finished: Some(BEGINNING + 1_000_000),
        shown: true,
        length: 6,
        position: 2,
        scan: "unscanned".to_owned(),
        is_flagged: false,
        severity: "none".to_owned(),
        injection_categories: "[]".to_owned(),
        pii_categories: "[]".to_owned(),
        action_taken: "allow".to_owned(),
        warning: None,
        redacted: false,
        lookups: "[]".to_owned(),
        said: 2,
        expired: false,
    }
}

fn answer() -> TranscriptRow {
    TranscriptRow {
        message: text(2),
        role: Author::Assistant,
        place: 2,
        text: "Hello!".to_owned(),
        status: MessageStatus::Completed,
        answers: Some(text(1)),
        provider: Some("echo".to_owned()),
        model: Some("echo-1".to_owned()),
        prompt_tokens: 10,
        completion_tokens: 3,
        finish: Some("stop".to_owned()),
        created: BEGINNING + 2_000_000,
        finished: Some(BEGINNING + 3_000_000),
        position: 4,
        said: 4,
        ..question()
    }
}

#[test]
fn a_question_and_its_answer_are_two_rows() {
    story(exchange()).shows::<Transcript>(&[question(), answer()]);
}

#[test]
fn a_running_reply_is_generating_and_not_shown() {
    let story = story([opened(), sent(1, 1, "Hello?"), started(2, 2)]);
    let reply = row(&story, 2);
    assert_eq!(reply.status, MessageStatus::Generating);
    assert!(!reply.shown);
    assert_eq!((reply.text.as_str(), reply.finished), ("", None));
}

#[test]
fn an_edit_replaces_the_question_and_then_its_answer() {
    let story = and_then([
        edited(3, 1, "Hello, you?", 1),
        started_again(4, 2, 3, 2),
        completed(4, "Hi."),
    ]);
    assert_eq!(row(&story, 1).replaced_by, Some(text(3)));
    assert_eq!(row(&story, 2).replaced_by, Some(text(4)));
    assert_eq!(row(&story, 3).replaces, Some(text(1)));
    assert_eq!(row(&story, 4).replaces, Some(text(2)));
    let shown = |n| row(&story, n).shown;
    assert_eq!(
        [shown(1), shown(2), shown(3), shown(4)],
        [false, false, true, true]
    );
}

#[test]
fn a_reply_that_ends_early_is_shown_when_it_has_a_word() {
    for end in [failed, stopped, interrupted] {
        let partly = story([opened(), sent(1, 1, "?"), started(2, 2), end(2, "Hel")]);
        assert!(row(&partly, 2).shown);
        let empty = story([opened(), sent(1, 1, "?"), started(2, 2), end(2, "")]);
        assert!(!row(&empty, 2).shown);
    }
}

#[test]
fn a_failed_reply_says_why() {
    let story = story([opened(), sent(1, 1, "?"), started(2, 2), failed(2, "")]);
    let reply = row(&story, 2);
    assert_eq!(reply.status, MessageStatus::Failed);
    assert_eq!(reply.error.as_deref(), Some("nobody answers"));
}

#[test]
fn lengths_are_characters() {
    let story = story([opened(), sent(1, 1, "žluť 🐎")]);
    assert_eq!(row(&story, 1).length, 6);
}

#[test]
fn an_erasure_takes_every_message() {
    and_then([ThreadEvent::ErasureRequested {}]).shows::<Transcript>(&[]);
}

#[test]
fn a_reply_that_ends_after_the_erasure_leaves_nothing() {
    story([
        opened(),
        sent(1, 1, "Hello?"),
        started(2, 2),
        ThreadEvent::ErasureRequested {},
        stopped(2, "Hel"),
    ])
    .shows::<Transcript>(&[]);
}

#[test]
fn a_conversation_used_after_its_erasure_has_only_its_new_messages() {
    let story = and_then([
        ThreadEvent::ErasureRequested {},
        opened(),
        sent(3, 3, "Again."),
        started(4, 4),
    ]);
    let places: Vec<i64> = story
        .rows::<Transcript>()
        .iter()
        .map(|row| row.place)
        .collect();
    assert_eq!(places, [3, 4]);
}

#[test]
fn a_message_shows_what_was_said_of_it_and_its_answer_what_was_said_of_that() {
    let given = and_then([
        sent(3, 3, "My card is …"),
        judged(4, Some(3), card()),
        started(4, 4),
        completed(4, "I see"),
        judged(4, Some(4), Verdict::default()),
    ]);
    let question = row(&given, 3);
    assert_eq!(
        (question.scan.as_str(), question.is_flagged),
        ("scanned", true)
    );
    assert_eq!(
        (question.severity.as_str(), question.action_taken.as_str()),
        ("high", "redact")
    );
    assert_eq!(question.injection_categories, "[]");
    assert_eq!(
        question.pii_categories,
        r#"["pii_credit_card","pii_email"]"#
    );
    assert_eq!(question.warning.as_deref(), Some("Careful."));
    let answer = row(&given, 4);
    assert_eq!(
        (answer.scan.as_str(), answer.is_flagged),
        ("scanned", false)
    );
    assert_eq!(row(&given, 1).scan, "unscanned");
}

#[test]
fn what_is_said_of_no_message_makes_none() {
    let given = and_then([judged(9, None, card()), judged(9, Some(9), card())]);
    assert_eq!(given.rows::<Transcript>().len(), 2);
}

#[test]
fn a_redacted_message_says_something_else_until_it_is_restored() {
    let message = MessageId(id(1));
    let redacted = || ThreadEvent::MessageRedacted {
        message,
        index: 1,
        newest: true,
        text: "[…]".to_owned(),
    };
    let restored = ThreadEvent::MessageRestored {
        message,
        index: 1,
        newest: true,
        text: "Hello?".to_owned(),
        reasoning: Some("hm".to_owned()),
    };
    let shown = |events: Vec<ThreadEvent>| {
        let row = row(&and_then(events), 1);
        (row.text, row.length, row.redacted, row.reasoning, row.shown)
    };
    let taken = ("[…]".to_owned(), 3, true, None, true);
    assert_eq!(shown(vec![redacted()]), taken);
    let again = ("Hello?".to_owned(), 6, false, Some("hm".to_owned()), true);
    assert_eq!(shown(vec![redacted(), restored]), again);
}

#[test]
fn what_was_looked_up_stands_with_its_answer_in_order() {
    let given = story([
        opened(),
        sent(1, 1, "Which colour has tea?"),
        started(2, 2),
        called(2, 1, "Searching the web: tea"),
        called(2, 2, "Reading tea.example"),
        answered(2, 2),
    ]);
    let lookups = row(&given, 2).lookups();
    let seen: Vec<_> = lookups
        .iter()
        .map(|lookup| (lookup.label.as_str(), lookup.over))
        .collect();
    assert_eq!(
        seen,
        [
            ("Searching the web: tea", false),
            ("Reading tea.example", true)
        ]
    );
    assert_eq!(row(&given, 1).lookups(), []);
}
