//! The rule of an export, and how its event is stored.

use uuid::Uuid;

use super::{Export, ExportCommand, ExportEvent, Exported};
use crate::{
    ids::{ThreadId, UserId},
    testing::given,
};

const READER: UserId = UserId(Uuid::from_u128(1));
const THREAD: ThreadId = ThreadId(Uuid::from_u128(2));

fn exported() -> Exported {
    Exported {
        reader: READER,
        thread: Some(THREAD),
        user: None,
        flagged: false,
        from: None,
        to: None,
        up_to: 20,
        reason: Some("A complaint".to_owned()),
        with_keys: false,
    }
}

#[test]
fn an_export_that_is_begun_again_is_noted_once() {
    given::<Export>([])
        .when(ExportCommand::Note(exported()))
        .then([ExportEvent::Exported(exported())])
        .when(ExportCommand::Note(exported()))
        .then_nothing();
}

#[test]
fn the_event_is_stored_like_this() {
    let event = ExportEvent::Exported(exported());
    let stored = format!(
        r#"{{"record.exported":{{"reader":"{READER}","thread":"{THREAD}","up_to":20,"reason":"A complaint"}}}}"#
    );
    assert_eq!(serde_json::to_string(&event).unwrap(), stored);
    let parsed: ExportEvent = serde_json::from_str(&stored).unwrap();
    assert_eq!(parsed, event);
}

#[test]
fn that_keys_left_with_it_is_stored() {
    let event = ExportEvent::Exported(Exported {
        thread: None,
        with_keys: true,
        ..exported()
    });
    let stored = format!(
        r#"{{"record.exported":{{"reader":"{READER}","up_to":20,"reason":"A complaint","with_keys":true}}}}"#
    );
    assert_eq!(serde_json::to_string(&event).unwrap(), stored);
}
