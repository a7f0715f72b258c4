//! The rules of a closing, and how its events are stored.

use cqrs_es::DomainEvent;
use serde_json::json;

use super::{
    Closing,
    ClosingCommand::{Begin, Complete, Withdraw},
    ClosingEvent::{self, Begun, Completed, Withdrawn},
    ClosingRefusal,
};
use crate::testing::given;

#[test]
fn what_is_closed_is_never_used_again() {
    given::<Closing>([])
        .when(Begin)
        .then([Begun {}])
        .when(Begin)
        .then_nothing()
        .when(Complete)
        .then([Completed {}])
        .when(Complete)
        .then_nothing()
        .when(Begin)
        .then_nothing()
        .when(Withdraw)
        .then_refused(ClosingRefusal::Completed);
}

#[test]
fn what_is_used_meanwhile_is_not_closed() {
    given::<Closing>([Begun {}])
        .when(Withdraw)
        .then([Withdrawn {}])
        .when(Withdraw)
        .then_nothing()
        .when(Complete)
        .then_refused(ClosingRefusal::NotBegun);
    given::<Closing>([Begun {}, Withdrawn {}])
        .when(Begin)
        .then([Begun {}]);
}

#[test]
fn what_nobody_closes_is_used_without_a_word() {
    given::<Closing>([]).when(Withdraw).then_nothing();
}

#[test]
fn the_events_are_stored_like_this() {
    for (event, name) in [
        (Begun {}, "closing.begun"),
        (Withdrawn {}, "closing.withdrawn"),
        (Completed {}, "closing.completed"),
    ] {
        let stored = json!({ (name): {} });
        assert_eq!(event.event_type(), name);
        assert_eq!(serde_json::to_value(&event).unwrap(), stored);
        let read: ClosingEvent = serde_json::from_value(stored).unwrap();
        assert_eq!(read, event);
    }
}
