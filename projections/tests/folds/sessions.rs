//! `sessions`.

use aggregates::{SessionId, UserId, session::SessionEvent};
use projections::{
    Event, SessionRow, Sessions,
    testing::{BEGINNING, given, happened},
};

use super::story::{id, text};

#[test]
fn an_opened_session_is_there() {
    let user = UserId(id(1));
    let session = SessionId::of(user);
    let opened = SessionEvent::Opened { session, user };
    let story = given(happened([(session.to_string(), Event::Session(opened))]));
    story.shows::<Sessions>(&[SessionRow {
        session: session.to_string(),
        owner: text(1),
        created: BEGINNING,
    }]);
}
