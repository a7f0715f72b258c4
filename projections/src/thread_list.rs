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
        /// The name it is shown with, in lower case, to be found by.
        pub name_key: String,
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
        by_owner: r#""owner", "created" DESC, "thread" DESC"#,
        by_owner_and_change: r#""owner", "modified" DESC, "thread" DESC"#,
        by_creation: r#""erased", "created" DESC, "thread" DESC"#,
        by_change: r#""erased", "modified" DESC, "thread" DESC"#,
        by_severity: r#""max_severity", "created" DESC, "thread" DESC"#,
        by_archive: r#""is_archived", "created" DESC, "thread" DESC"#,
    }
}

/// What a thread without a name is called.
pub const UNNAMED: &str = "New chat";

impl ThreadRow {
    /// The name it is shown with.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(UNNAMED)
    }

    fn called(self, name: Option<String>) -> Self {
        Self {
            name_key: name.as_deref().unwrap_or(UNNAMED).to_lowercase(),
            name,
            ..self
        }
    }
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct ThreadList;

impl Projection for ThreadList {
    const VERSION: u32 = 2;
    type Row = ThreadRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match &event.event {
            Event::Thread(
                ThreadEvent::StopRequested { .. }
                | ThreadEvent::TitleAsked { .. }
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
                name: None,
                name_key: String::new(),
                created: event.recorded_at,
                modified: event.recorded_at,
                is_archived: false,
                message_count: 0,
                is_flagged: false,
                max_severity: "none".to_owned(),
                erased: false,
            }
            .called(opened.name.clone()),
            _ => row?,
        };
        match happened {
            ThreadEvent::Renamed { name, generated } => {
                row = row.called(Some(name.clone()));
                // A title that comes by itself is no change that anybody made.
                if *generated {
                    return Some(row);
                }
            }
            ThreadEvent::Archived {} => row.is_archived = true,
            ThreadEvent::Unarchived {} => row.is_archived = false,
            ThreadEvent::MessageSent(_) | ThreadEvent::ReplyStarted(_) => row.message_count += 1,
            ThreadEvent::ErasureRequested {} => {
                row.erased = true;
                row = row.called(None);
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
