//! `thread_list`.

use aggregates::thread::ThreadEvent;
use projections::{ThreadList, ThreadRow, testing::BEGINNING};

use super::story::*;

fn listed() -> ThreadRow {
    ThreadRow {
        thread: thread(),
        owner: text(OWNER),
        dialect: "assistant".to_owned(),
        name: None,
        created: BEGINNING,
        modified: BEGINNING + 3_000_000,
        is_archived: false,
        message_count: 2,
        is_flagged: false,
        max_severity: "none".to_owned(),
        erased: false,
    }
}

#[test]
fn a_thread_is_listed() {
    story(exchange()).shows::<ThreadList>(&[listed()]);
}

#[test]
fn replaced_messages_count_too() {
    and_then([edited(3, 1, "Hello, you?", 1), started_again(4, 2, 3, 2)]).shows::<ThreadList>(&[
        ThreadRow {
            message_count: 4,
            modified: BEGINNING + 5_000_000,
            ..listed()
        },
    ]);
}

#[test]
fn an_erased_thread_stays_without_its_name() {
    let rename = ThreadEvent::Renamed {
        name: "Secret".to_owned(),
        generated: false,
    };
    and_then([rename, ThreadEvent::ErasureRequested {}]).shows::<ThreadList>(&[ThreadRow {
        message_count: 0,
        modified: BEGINNING + 5_000_000,
        erased: true,
        ..listed()
    }]);
}
