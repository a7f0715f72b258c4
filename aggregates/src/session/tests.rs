//! The rules of a session, and how its event is stored.

use uuid::Uuid;

use super::{Session, SessionCommand, SessionEvent};
use crate::{
    ids::{SessionId, UserId},
    testing::given,
};

const USER: UserId = UserId(Uuid::from_u128(1));

fn opened() -> SessionEvent {
    SessionEvent::Opened {
        session: SessionId::of(USER),
        user: USER,
    }
}

#[test]
fn a_session_is_opened_once() {
    let open = || SessionCommand::Open { user: USER };
    given::<Session>([])
        .when(open())
        .then([opened()])
        .when(open())
        .then_nothing();
}

#[test]
fn a_user_has_the_same_session_for_ever() {
    assert_eq!(
        SessionId::of(USER).to_string(),
        "10757d45-3643-5673-b322-b85d622eb0cc"
    );
    assert_ne!(
        SessionId::of(USER),
        SessionId::of(UserId(Uuid::from_u128(2)))
    );
}

#[test]
fn the_event_is_stored_like_this() {
    let stored = format!(
        r#"{{"session.opened":{{"session":"{}","user":"{USER}"}}}}"#,
        SessionId::of(USER)
    );
    assert_eq!(serde_json::to_string(&opened()).unwrap(), stored);
    let read: SessionEvent = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, opened());
}
