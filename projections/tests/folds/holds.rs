//! `holds`.

use aggregates::{
    HoldId, UserId,
    hold::{Hold, Release},
    thread::ThreadEvent,
    user::UserEvent,
};
use projections::{
    Event, HeldKind, HoldsView, ThreadList, Users,
    testing::{BEGINNING, given, happened},
};

use super::story::{id, text};

fn hold(number: u128) -> Hold {
    Hold {
        hold: HoldId(id(number)),
        by: UserId(id(9)),
        reason: "A claim".to_owned(),
        matter: Some(format!("17/{number}")),
    }
}

fn release(number: u128) -> Release {
    Release {
        hold: HoldId(id(number)),
        by: UserId(id(8)),
        reason: "Settled".to_owned(),
    }
}

fn thread(event: ThreadEvent) -> (String, Event) {
    (text(1), Event::Thread(event))
}

#[test]
fn a_hold_stays_in_the_list_when_it_is_released() {
    let story = given(happened([
        thread(ThreadEvent::Held(hold(5))),
        thread(ThreadEvent::Held(hold(6))),
        (text(2), Event::User(UserEvent::Held(hold(7)))),
        thread(ThreadEvent::Released(release(5))),
    ]));
    let rows = story.rows::<HoldsView>();
    let [first, second, of_user] = &rows[..] else {
        panic!("{rows:?}")
    };
    assert_eq!(
        (first.kind, first.subject.clone(), first.number),
        (HeldKind::Thread, text(1), 1)
    );
    assert_eq!((first.held_at, first.held_by.clone()), (BEGINNING, text(9)));
    assert_eq!(first.released_at, Some(BEGINNING + 3_000_000));
    assert_eq!(first.release_reason.as_deref(), Some("Settled"));
    assert_eq!((second.released_at, &second.released_by), (None, &None));
    assert_eq!(
        (of_user.kind, of_user.subject.clone()),
        (HeldKind::User, text(2))
    );
    assert_eq!(of_user.matter.as_deref(), Some("17/7"));
}

#[test]
fn who_is_held_sees_nothing_of_it() {
    let held = happened([
        thread(ThreadEvent::Held(hold(5))),
        (text(2), Event::User(UserEvent::Held(hold(7)))),
    ]);
    given(held.clone()).shows::<ThreadList>(&[]);
    given(held).shows::<Users>(&[]);
}
