//! Import: a conversation of elsewhere is whole once, and for ever.

use super::phrases::*;
use crate::thread::{Imported, Refusal, ThreadCommand, ThreadEvent};

fn imported() -> Imported {
    Imported {
        source: "chatgpt".to_owned(),
        reference: "c1".to_owned(),
        began_at: None,
        changed_at: None,
        written: vec![],
        left_out: 0,
    }
}

#[test]
fn an_import_is_whole_once() {
    given(conversation(2))
        .when(ThreadCommand::NoteImport(imported()))
        .then([ThreadEvent::Imported(imported())])
        .when(ThreadCommand::NoteImport(imported()))
        .then_nothing();
}

#[test]
fn a_reply_that_runs_was_not_said_elsewhere() {
    given([opened(), sent(1), started(2)])
        .when(ThreadCommand::NoteImport(imported()))
        .then_refused(Refusal::ReplyRunning);
    given([])
        .when(ThreadCommand::NoteImport(imported()))
        .then_refused(Refusal::NotOpen);
}

#[test]
fn what_was_imported_and_erased_is_still_known_to_have_been_here() {
    let mut events = conversation(1);
    events.push(ThreadEvent::Imported(imported()));
    events.push(ThreadEvent::ErasureRequested {});
    let thread = given(events).state();
    assert!(thread.is_imported());
    assert_eq!(thread.owner(), None);
}
