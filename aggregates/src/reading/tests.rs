//! The rule of a reading, and how its event is stored.

use uuid::Uuid;

use super::{Looked, Reading, ReadingCommand, ReadingEvent};
use crate::{
    ids::{ThreadId, UserId},
    testing::given,
};

const READER: UserId = UserId(Uuid::from_u128(1));
const THREAD: ThreadId = ThreadId(Uuid::from_u128(2));

fn note(threads: Vec<ThreadId>) -> ReadingCommand {
    ReadingCommand::Note {
        reader: READER,
        what: Looked::Messages,
        threads,
        completions: vec![],
        reason: None,
    }
}

fn read() -> ReadingEvent {
    ReadingEvent::ContentRead {
        reader: READER,
        what: Looked::Messages,
        threads: vec![THREAD],
        completions: vec![],
        reason: None,
    }
}

#[test]
fn looking_is_noted_and_looking_at_nothing_is_not() {
    given::<Reading>([])
        .when(note(vec![]))
        .then_nothing()
        .when(note(vec![THREAD]))
        .then([read()]);
}

#[test]
fn the_event_is_stored_like_this() {
    let stored = format!(
        r#"{{"content.read":{{"reader":"{READER}","what":"messages","threads":["{THREAD}"]}}}}"#
    );
    assert_eq!(serde_json::to_string(&read()).unwrap(), stored);
    let parsed: ReadingEvent = serde_json::from_str(&stored).unwrap();
    assert_eq!(parsed, read());
}

#[test]
fn a_reason_is_kept_with_it() {
    let stored = format!(
        r#"{{"content.read":{{"reader":"{READER}","what":"messages","threads":["{THREAD}"],"reason":"A complaint"}}}}"#
    );
    let parsed: ReadingEvent = serde_json::from_str(&stored).unwrap();
    let ReadingEvent::ContentRead { reason, .. } = &parsed;
    assert_eq!(reason.as_deref(), Some("A complaint"));
    assert_eq!(serde_json::to_string(&parsed).unwrap(), stored);
}
