//! Rename: what is a name, and whose counts.

use super::phrases::*;
use crate::thread::{Attempt, Opening, Refusal, ThreadCommand, ThreadEvent, Usage};

fn rename(name: &str, generated: bool) -> ThreadCommand {
    ThreadCommand::Rename {
        name: name.to_owned(),
        generated,
    }
}

fn renamed(name: &str, generated: bool) -> ThreadEvent {
    ThreadEvent::Renamed {
        name: name.to_owned(),
        generated,
    }
}

#[test]
fn a_name_is_kept_without_the_space_around_it() {
    given([opened()])
        .when(rename("  Tea for two \n", false))
        .then([renamed("Tea for two", false)]);
}

#[test]
fn a_name_has_1_to_150_characters() {
    let longest = "ä".repeat(150);
    given([opened()])
        .when(rename(&longest, false))
        .then([renamed(&longest, false)]);
    for bad in ["", " \t ", &"a".repeat(151)] {
        given([opened()])
            .when(rename(bad, false))
            .then_refused(Refusal::BadName);
    }
}

#[test]
fn a_generated_name_is_taken_only_while_there_is_none() {
    given([opened()])
        .when(rename("Tea", true))
        .then([renamed("Tea", true)])
        .when(rename("Coffee", true))
        .then_nothing()
        .when(rename("Cocoa", false))
        .then([renamed("Cocoa", false)])
        .when(rename("Coffee", true))
        .then_nothing();
}

#[test]
fn a_thread_opened_with_a_name_is_named() {
    let thread = given([]).when(ThreadCommand::Open(Opening {
        name: Some("Tea".to_owned()),
        ..opening()
    }));
    let ThreadEvent::Opened(mut event) = opened() else {
        panic!("a thread opens with thread.opened");
    };
    event.name = Some("Tea".to_owned());
    thread
        .then([ThreadEvent::Opened(event)])
        .when(rename("Coffee", true))
        .then_nothing();
}

fn asked(error: Option<&str>) -> Vec<Attempt> {
    vec![Attempt {
        route: route(),
        duration_ms: 12,
        error: error.map(str::to_owned),
        status: None,
        model: None,
        usage: Usage::default(),
        shown_from: None,
        images: vec![],
    }]
}

#[test]
fn what_a_title_costs_is_noted_of_any_thread_and_of_an_erased_one_without_its_errors() {
    let note = |erasure| ThreadCommand::NoteTitle {
        attempts: asked(Some("no title for \"my secret\"")),
        erasure,
    };
    let noted = |error| ThreadEvent::TitleAsked {
        attempts: asked(error),
    };
    let told = || given([opened(), renamed("Tea", false)]);
    told()
        .when(note(0))
        .then([noted(Some("no title for \"my secret\""))]);
    told()
        .when(ThreadCommand::RequestErasure)
        .then([ThreadEvent::ErasureRequested {}])
        .when(note(0))
        .then([noted(None)]);
    told()
        .when(ThreadCommand::NoteTitle {
            attempts: vec![],
            erasure: 0,
        })
        .then_nothing();
}
