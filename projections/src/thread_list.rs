//! `thread_list`: every thread there ever was, for staff and for the threads dialect.
//!
//! An erased thread keeps its row, without its name: who used how much (`usage`) is known by it.

use aggregates::thread::ThreadEvent;

use crate::{Event, Projection, Recorded, conversations::dialect, row::row};

row! {
    /// A thread.
    pub struct ThreadRow in "thread_list" {
        /// Its id.
        pub thread: String,
        /// Whose it is.
        pub owner: String,
        /// The API that opened it.
        pub dialect: String,
        /// Its name.
        pub name: Option<String>,
        /// When it was opened.
        pub created: i64,
        /// When anything last happened to it.
        pub modified: i64,
        /// It is archived.
        pub is_archived: bool,
        /// Messages in all, hidden and replaced ones too.
        pub message_count: i64,
        /// A moderator should look at it.
        pub is_flagged: bool,
        /// The worst that was found in it.
        pub max_severity: String,
        /// Its contents are gone.
        pub erased: bool,
    }
    indexes {
        by_owner: r#""owner", "modified" DESC"#,
        by_change: r#""modified" DESC"#,
    }
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct ThreadList;

impl Projection for ThreadList {
    const VERSION: u32 = 1;
    type Row = ThreadRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match &event.event {
            Event::Thread(
                ThreadEvent::StopRequested { .. }
                | ThreadEvent::ReloadRequested { .. }
                | ThreadEvent::ErasureConfirmed { .. },
            ) => vec![],
            Event::Thread(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<ThreadRow>, key: &str, event: &Recorded) -> Option<ThreadRow> {
        let Event::Thread(happened) = &event.event else {
            return row;
        };
        let mut row = match happened {
            ThreadEvent::Opened(opened) => ThreadRow {
                thread: key.to_owned(),
                owner: opened.owner.to_string(),
                dialect: dialect(opened.dialect).to_owned(),
                name: opened.name.clone(),
                created: event.recorded_at,
                modified: event.recorded_at,
                is_archived: false,
                message_count: 0,
                is_flagged: false,
                max_severity: "none".to_owned(),
                erased: false,
            },
            _ => row?,
        };
        match happened {
            ThreadEvent::Renamed { name, .. } => row.name = Some(name.clone()),
            ThreadEvent::Archived {} => row.is_archived = true,
            ThreadEvent::Unarchived {} => row.is_archived = false,
            ThreadEvent::MessageSent(_) | ThreadEvent::ReplyStarted(_) => row.message_count += 1,
            ThreadEvent::ErasureRequested {} => {
                row.erased = true;
                row.name = None;
                row.message_count = 0;
            }
            _ => {}
        }
        row.modified = row.modified.max(event.recorded_at);
        Some(row)
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Thread(ThreadEvent::Opened(_)))
    }
}
