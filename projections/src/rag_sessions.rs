//! `rag_sessions`: sessions of questions about documents.

use aggregates::{rag_session::RagSessionEvent, thread::ThreadEvent};

use crate::{Event, Projection, Recorded, row::row};

row! {
    /// A session.
    pub struct RagSessionRow in "rag_sessions" {
        /// Its id.
        pub session: String,
        /// Whose it is.
        pub owner: String,
        /// What its user's programs call it.
        pub name: String,
        /// What people call it.
        pub label: Option<String>,
        /// When it was made.
        pub created: i64,
        /// When something was asked in it last.
        pub last_active: i64,
        /// Where it was made in the log: the newer one has the larger number.
        pub number: i64,
    }
    indexes {
        by_owner: r#""owner", "number" DESC"#,
        by_name: r#""owner", "name""#,
    }
}

/// The projection. What is deleted has no row.
#[derive(Clone, Copy, Debug)]
pub struct RagSessions;

impl Projection for RagSessions {
    const VERSION: u32 = 1;
    type Row = RagSessionRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match &event.event {
            Event::RagSession(_) => vec![event.aggregate_id.clone()],
            Event::Thread(ThreadEvent::MessageSent(sent)) => {
                let grounding = sent.options.grounding.iter();
                grounding.map(|it| it.session.to_string()).collect()
            }
            _ => vec![],
        }
    }

    fn fold(row: Option<RagSessionRow>, key: &str, event: &Recorded) -> Option<RagSessionRow> {
        let happened = match &event.event {
            Event::RagSession(happened) => happened,
            Event::Thread(_) => {
                return row.map(|row| RagSessionRow {
                    last_active: event.recorded_at,
                    ..row
                });
            }
            _ => return row,
        };
        match happened {
            RagSessionEvent::Opened(opened) => Some(RagSessionRow {
                session: key.to_owned(),
                owner: opened.owner.to_string(),
                name: opened.name.clone(),
                label: opened.label.clone(),
                created: event.recorded_at,
                last_active: event.recorded_at,
                number: i64::try_from(event.position).unwrap_or(i64::MAX),
            }),
            RagSessionEvent::Renamed { label } => Some(RagSessionRow {
                label: Some(label.clone()),
                ..row?
            }),
            RagSessionEvent::Deleted {}
            | RagSessionEvent::ErasureRequested {}
            | RagSessionEvent::ErasureConfirmed { .. } => None,
        }
    }
}
