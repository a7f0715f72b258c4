//! `names`.

use aggregates::{
    UserId,
    thread::{Expired, ThreadEvent},
    user::{Role, UserEvent},
};
use projections::{
    Event, NameRow, Names,
    testing::{given, happened},
};

use super::story::*;

fn renamed(name: &str) -> ThreadEvent {
    ThreadEvent::Renamed {
        name: name.to_owned(),
        generated: true,
    }
}

fn named(number: i64, parts: &str) -> NameRow {
    NameRow {
        of: thread(),
        number,
        said: number,
        parts: parts.to_owned(),
    }
}

#[test]
fn a_thread_has_a_row_once_it_has_a_name() {
    story(exchange()).shows::<Names>(&[]);
    and_then([renamed("ABCd")]).shows::<Names>(&[named(5, " 61x62x63 62x63x64 ")]);
    and_then([renamed("abc"), renamed("ož!")]).shows::<Names>(&[named(6, " 6fx17ex21 ")]);
    and_then([renamed("ab")]).shows::<Names>(&[named(5, "")]);
}

#[test]
fn a_name_that_is_taken_away_or_erased_or_too_old_is_gone() {
    and_then([renamed("abc"), ThreadEvent::ErasureRequested {}]).shows::<Names>(&[]);
    and_then([renamed("abc"), ThreadEvent::Unnamed {}]).shows::<Names>(&[]);
    let expired = |through| {
        ThreadEvent::ContentExpired(Expired {
            before: 20_000,
            through,
            messages: vec![],
        })
    };
    and_then([renamed("abc"), expired(5)]).shows::<Names>(&[]);
    and_then([renamed("abc"), expired(4)]).shows::<Names>(&[named(5, " 61x62x63 ")]);
}

#[test]
fn a_person_has_one_until_they_are_gone() {
    let registered = UserEvent::Registered {
        user: UserId(id(1)),
        username: "Ann".to_owned(),
        role: Role::User,
        credential: id(7),
        generated: false,
    };
    let of = |event| (text(1), Event::User(event));
    given(happened([of(registered.clone())])).shows::<Names>(&[NameRow {
        of: text(1),
        number: 1,
        said: 1,
        parts: " 61x6ex6e ".to_owned(),
    }]);
    let events = [registered, UserEvent::Disabled {}, UserEvent::Deleted {}];
    given(happened(events.map(of))).shows::<Names>(&[]);
}
