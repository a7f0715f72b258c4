//! Sessions of questions: there from the first question to the end, with when something was asked last.

use aggregates::{
    RagSessionId, UserId,
    rag_session::{RagSessionEvent, RagSessionOpened},
    thread::{Grounding, ThreadEvent},
};
use projections::{
    Event, RagSessions,
    testing::{BEGINNING, given, happened},
};
use uuid::Uuid;

use super::story;

fn session() -> RagSessionId {
    RagSessionId(Uuid::from_u128(7))
}

fn owner() -> UserId {
    UserId(Uuid::from_u128(8))
}

fn of_session(event: RagSessionEvent) -> (String, Event) {
    (session().to_string(), Event::RagSession(event))
}

fn opened() -> (String, Event) {
    of_session(RagSessionEvent::Opened(RagSessionOpened {
        session: session(),
        owner: owner(),
        name: "sess_abc123".to_owned(),
        label: None,
    }))
}

fn asked() -> (String, Event) {
    let ThreadEvent::MessageSent(mut sent) = story::sent(1, 1, "hi") else {
        panic!("a message is sent");
    };
    sent.options.grounding = Some(Grounding {
        session: session(),
        owner: owner(),
        institution: None,
    });
    let event = Event::Thread(ThreadEvent::MessageSent(sent));
    (session().thread().to_string(), event)
}

#[test]
fn a_session_knows_its_label_and_when_something_was_asked_last() {
    let label = "Physics".to_owned();
    let renamed = of_session(RagSessionEvent::Renamed { label });
    let story = given(happened([opened(), renamed, asked()]));
    let rows = story.rows::<RagSessions>();
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(
        (row.name.as_str(), row.label.as_deref()),
        ("sess_abc123", Some("Physics"))
    );
    assert_eq!(
        (row.created, row.last_active),
        (BEGINNING, BEGINNING + 2_000_000)
    );
}

#[test]
fn a_deleted_session_has_no_row_and_a_late_question_makes_none() {
    let deleted = of_session(RagSessionEvent::Deleted {});
    given(happened([opened(), deleted, asked()])).shows::<RagSessions>(&[]);
}
