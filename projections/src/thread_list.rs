//! `thread_list`: every thread there ever was, for staff and for the threads dialect.
//!
//! An erased thread keeps its row, without its name: who used how much (`usage`) is known by it.

use aggregates::{
    MessageId, TurnId,
    case::{CaseEvent, Decision, Flagged, SaidIn},
    thread::ThreadEvent,
    verdict::Severity,
};

use crate::{Event, Projection, Recorded, conversations::dialect, row::row, transcript::count};

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
        /// The event, by its place in the thread's stream, that says it.
        pub name_said: i64,
        /// The name it is shown with, in lower case, to be found by.
        pub name_key: String,
        /// When it was opened.
        pub created: i64,
        /// When anything last happened to it.
        pub modified: i64,
        /// It is archived.
        pub is_archived: bool,
        /// Messages in all, hidden and replaced ones too; an answer once it has ended.
        pub message_count: i64,
        /// A moderator should look at it.
        pub is_flagged: bool,
        /// The worst that was found in it.
        pub max_severity: String,
        /// How many of its messages are flagged, by severity: none, low, medium, high and critical, between spaces.
        pub flags: String,
        /// Its contents are gone.
        pub erased: bool,
        /// The messages for which moderators keep it from its owner, as a list in JSON; nothing where they do not.
        pub hidden_for: Option<String>,
        /// The turn whose answer is being written.
        pub answering: Option<String>,
    }
    indexes {
        by_owner: r#""owner", "created" DESC, "thread" DESC"#,
        by_owner_and_change: r#""owner", "modified" DESC, "thread" DESC"#,
        by_creation: r#""erased", "created" DESC, "thread" DESC"#,
        by_change: r#""erased", "modified" DESC, "thread" DESC"#,
        by_severity: r#""max_severity", "created" DESC, "thread" DESC"#,
        by_archive: r#""is_archived", "created" DESC, "thread" DESC"#,
    }
    tally { erased, dialect, is_archived, is_flagged, max_severity by day of created, modified }
}

/// What a thread without a name is called.
pub const UNNAMED: &str = "New chat";

/// From the least to the worst.
const SEVERITIES: [Severity; 5] = [
    Severity::None,
    Severity::Low,
    Severity::Medium,
    Severity::High,
    Severity::Critical,
];

impl ThreadRow {
    /// The name it is shown with.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(UNNAMED)
    }

    /// So many more of its messages are flagged. What is edited or cut away later stays counted.
    fn flag(&mut self, severity: Severity, more: i64) {
        let mut counts: Vec<i64> = self
            .flags
            .split(' ')
            .map(|count| count.parse().unwrap_or(0))
            .collect();
        counts.resize(SEVERITIES.len(), 0);
        if let Some(count) = counts.get_mut(severity as usize) {
            *count = (*count + more).max(0);
        }
        let worst = counts.iter().rposition(|count| *count > 0);
        self.is_flagged = worst.is_some();
        let worst = SEVERITIES.get(worst.unwrap_or(0));
        self.max_severity = worst.copied().unwrap_or_default().as_str().to_owned();
        let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
        self.flags = counts.join(" ");
    }

    /// A moderator sees a flag otherwise than before.
    fn weigh(&mut self, flagged: Flagged, before: Option<Decision>, now: Option<Decision>) {
        let more = i64::from(flagged.counts(now)) - i64::from(flagged.counts(before));
        if more != 0 {
            self.flag(flagged.severity, more);
        }
    }

    /// A turn has ended. That of a conversation that was erased meanwhile has left no message.
    fn answered(&mut self, turn: TurnId) {
        let turn = turn.to_string();
        if self.answering.take_if(|running| *running == turn).is_some() {
            self.message_count += 1;
        }
    }

    fn called(self, name: Option<String>, sequence: u64) -> Self {
        Self {
            name_said: count(sequence),
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
    const VERSION: u32 = 9;
    type Row = ThreadRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match &event.event {
            Event::Thread(
                ThreadEvent::StopRequested { .. }
                | ThreadEvent::TitleAsked { .. }
                | ThreadEvent::ReloadRequested { .. }
                | ThreadEvent::DecisionRecorded { .. }
                | ThreadEvent::DecisionOverturned { .. }
                | ThreadEvent::MessageRedacted { .. }
                | ThreadEvent::MessageRestored { .. }
                | ThreadEvent::Held(_)
                | ThreadEvent::Released(_)
                | ThreadEvent::ReplyKept { .. }
                | ThreadEvent::ErasureOrdered { .. }
                | ThreadEvent::Imported(_)
                | ThreadEvent::ErasureConfirmed { .. }
                | ThreadEvent::ExpiryConfirmed { .. },
            ) => vec![],
            Event::Thread(ThreadEvent::VerdictRecorded(recorded))
                if !recorded.verdict.is_flagged() =>
            {
                vec![]
            }
            Event::Thread(_) => vec![event.aggregate_id.clone()],
            Event::Case(
                CaseEvent::Decided { flagged, .. } | CaseEvent::Overturned { flagged, .. },
            ) => match flagged.said_in {
                SaidIn::Thread(thread) => vec![thread.to_string()],
                SaidIn::Completion(_) => vec![],
            },
            _ => vec![],
        }
    }

    fn fold(row: Option<ThreadRow>, key: &str, event: &Recorded) -> Option<ThreadRow> {
        let happened = match &event.event {
            Event::Thread(happened) => happened,
            Event::Case(happened) => {
                return row.map(|row| weighed(row, happened, event.recorded_at));
            }
            _ => return row,
        };
        let mut row = match happened {
            ThreadEvent::Opened(opened) => ThreadRow {
                thread: key.to_owned(),
                owner: opened.owner.to_string(),
                dialect: dialect(opened.dialect).to_owned(),
                name: None,
                name_said: 0,
                name_key: String::new(),
                created: event.recorded_at,
                modified: event.recorded_at,
                is_archived: false,
                message_count: 0,
                is_flagged: false,
                max_severity: Severity::None.as_str().to_owned(),
                flags: String::new(),
                erased: false,
                hidden_for: None,
                answering: None,
            }
            .called(opened.name.clone(), event.sequence),
            _ => row?,
        };
        match happened {
            ThreadEvent::Renamed { name, generated } => {
                row = row.called(Some(name.clone()), event.sequence);
                // A title that comes by itself is no change that anybody made.
                if *generated {
                    return Some(row);
                }
            }
            // Nobody has changed it by that.
            ThreadEvent::Unnamed {} => return Some(row.called(None, event.sequence)),
            ThreadEvent::Hidden { message } => {
                row.hidden_for = hidden_for(row.hidden_for, Some(*message), &[]);
                return Some(row);
            }
            ThreadEvent::Unhidden { message } => {
                row.hidden_for = hidden_for(row.hidden_for, None, &[*message]);
                return Some(row);
            }
            ThreadEvent::ContentExpired(expired) => {
                row.hidden_for = hidden_for(row.hidden_for, None, &expired.messages);
                return Some(match row.name_said <= count(expired.through) {
                    true => row.called(None, event.sequence),
                    false => row,
                });
            }
            ThreadEvent::Archived {} => row.is_archived = true,
            ThreadEvent::Unarchived {} => row.is_archived = false,
            ThreadEvent::MessageSent(_) => row.message_count += 1,
            ThreadEvent::ReplyStarted(started) => row.answering = Some(started.turn.to_string()),
            ThreadEvent::ReplyCompleted(end)
            | ThreadEvent::ReplyFailed(end)
            | ThreadEvent::ReplyStopped(end)
            | ThreadEvent::ReplyInterrupted(end) => row.answered(end.turn),
            ThreadEvent::VerdictRecorded(recorded) => row.flag(recorded.verdict.severity, 1),
            ThreadEvent::ErasureRequested {} => {
                row.erased = true;
                row.is_flagged = false;
                row.max_severity = Severity::None.as_str().to_owned();
                row.flags = String::new();
                row.hidden_for = None;
                row.answering = None;
                row = row.called(None, event.sequence);
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

/// A list of messages in JSON with one more, and without others; nothing where none is left.
pub(crate) fn hidden_for(
    known: Option<String>,
    more: Option<MessageId>,
    less: &[MessageId],
) -> Option<String> {
    let known = known.and_then(|known| serde_json::from_str(&known).ok());
    let mut messages: Vec<MessageId> = known.unwrap_or_default();
    messages.retain(|message| !less.contains(message));
    messages.extend(more);
    match messages.is_empty() {
        true => None,
        false => serde_json::to_string(&messages).ok(),
    }
}

/// What a moderator's decision makes of a thread's flags. It changes the thread where they are shown otherwise.
fn weighed(mut row: ThreadRow, happened: &CaseEvent, at: i64) -> ThreadRow {
    if row.erased {
        return row;
    }
    let before = (row.is_flagged, row.max_severity.clone());
    match happened {
        CaseEvent::Decided {
            flagged,
            decision,
            instead_of,
            ..
        } => row.weigh(*flagged, *instead_of, Some(*decision)),
        CaseEvent::Overturned {
            flagged, undone, ..
        } => row.weigh(*flagged, Some(*undone), None),
        _ => {}
    }
    if before != (row.is_flagged, row.max_severity.clone()) {
        row.modified = row.modified.max(at);
    }
    row
}
