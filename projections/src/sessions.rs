//! `sessions`: the chat session of each user who has one.

use aggregates::session::SessionEvent;

use crate::{Event, Projection, Recorded, row::row};

row! {
    /// A chat session.
    pub struct SessionRow in "sessions" {
        /// Its id.
        pub session: String,
        /// Whose it is.
        pub owner: String,
        /// When it was opened.
        pub created: i64,
    }
    indexes {
        by_owner: r#""owner""#,
        by_creation: r#""created" DESC, "session" DESC"#,
    }
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct Sessions;

impl Projection for Sessions {
    const VERSION: u32 = 1;
    type Row = SessionRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Session(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<SessionRow>, key: &str, event: &Recorded) -> Option<SessionRow> {
        match &event.event {
            Event::Session(SessionEvent::Opened { user, .. }) => Some(SessionRow {
                session: key.to_owned(),
                owner: user.to_string(),
                created: event.recorded_at,
            }),
            _ => row,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Session(SessionEvent::Opened { .. }))
    }
}
