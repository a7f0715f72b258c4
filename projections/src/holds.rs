//! `holds`: legal holds, those that last and those that are over.

use aggregates::{
    hold::{Hold, Release},
    thread::ThreadEvent,
    user::UserEvent,
};

use crate::{Event, Projection, Recorded, row::row, row::word};

word! {
    /// What is held.
    pub enum HeldKind {
        /// A conversation.
        Thread = "thread",
        /// A user, with everything of theirs.
        User = "user",
    }
}

row! {
    /// A hold.
    pub struct HoldRow in "holds" {
        /// Its id.
        pub hold: String,
        /// What sort of thing is held.
        pub kind: HeldKind,
        /// Which one.
        pub subject: String,
        /// The case that it is for.
        pub matter: Option<String>,
        /// Why it was laid.
        pub reason: String,
        /// By whom.
        pub held_by: String,
        /// When.
        pub held_at: i64,
        /// Why it was released.
        pub release_reason: Option<String>,
        /// By whom.
        pub released_by: Option<String>,
        /// When; nothing while it lasts.
        pub released_at: Option<i64>,
        /// Where in the log it was laid.
        pub number: i64,
    }
    indexes {
        by_number: r#""number""#,
        by_subject: r#""subject", "number""#,
    }
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct HoldsView;

impl Projection for HoldsView {
    const VERSION: u32 = 1;
    type Row = HoldRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match happened(event) {
            Some(Happened::Laid(_, hold)) => vec![hold.hold.to_string()],
            Some(Happened::Over(release)) => vec![release.hold.to_string()],
            None => vec![],
        }
    }

    fn fold(row: Option<HoldRow>, key: &str, event: &Recorded) -> Option<HoldRow> {
        match happened(event) {
            Some(Happened::Laid(kind, hold)) => Some(HoldRow {
                hold: key.to_owned(),
                kind,
                subject: event.aggregate_id.clone(),
                matter: hold.matter.clone(),
                reason: hold.reason.clone(),
                held_by: hold.by.to_string(),
                held_at: event.recorded_at,
                release_reason: None,
                released_by: None,
                released_at: None,
                number: i64::try_from(event.position).unwrap_or(i64::MAX),
            }),
            Some(Happened::Over(release)) => Some(HoldRow {
                release_reason: Some(release.reason.clone()),
                released_by: Some(release.by.to_string()),
                released_at: Some(event.recorded_at),
                ..row?
            }),
            None => row,
        }
    }
}

enum Happened<'e> {
    Laid(HeldKind, &'e Hold),
    Over(&'e Release),
}

fn happened(event: &Recorded) -> Option<Happened<'_>> {
    match &event.event {
        Event::Thread(ThreadEvent::Held(hold)) => Some(Happened::Laid(HeldKind::Thread, hold)),
        Event::User(UserEvent::Held(hold)) => Some(Happened::Laid(HeldKind::User, hold)),
        Event::Thread(ThreadEvent::Released(release))
        | Event::User(UserEvent::Released(release)) => Some(Happened::Over(release)),
        _ => None,
    }
}
