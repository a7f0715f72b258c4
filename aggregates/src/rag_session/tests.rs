//! The rules of sessions.

use uuid::Uuid;

use super::{
    RagSession, RagSessionCommand as Command, RagSessionEvent as Event, RagSessionOpened,
    RagSessionRefusal,
};
use crate::{
    ids::{RagSessionId, UserId},
    testing::given,
};

fn opened() -> RagSessionOpened {
    RagSessionOpened {
        session: RagSessionId(Uuid::from_u128(1)),
        owner: UserId(Uuid::from_u128(2)),
        name: "sess_abc123".to_owned(),
        label: None,
    }
}

#[test]
fn a_session_is_made_once() {
    given::<RagSession>([])
        .when(Command::Open(opened()))
        .then([Event::Opened(opened())])
        .when(Command::Open(opened()))
        .then_refused(RagSessionRefusal::Exists);
}

#[test]
fn a_session_is_relabelled_while_it_is_there() {
    let label = || "Physics".to_owned();
    given::<RagSession>([Event::Opened(opened())])
        .when(Command::Rename { label: label() })
        .then([Event::Renamed { label: label() }]);
    for events in [vec![], vec![Event::Opened(opened()), Event::Deleted {}]] {
        given::<RagSession>(events)
            .when(Command::Rename { label: label() })
            .then_refused(RagSessionRefusal::Unknown);
    }
}

#[test]
fn a_deleted_session_is_erased_and_stays_gone() {
    let receipt = Vec::new;
    given::<RagSession>([Event::Opened(opened())])
        .when(Command::Delete)
        .then([Event::Deleted {}, Event::ErasureRequested {}])
        .when(Command::Delete)
        .then_nothing()
        .when(Command::ConfirmErasure { receipt: receipt() })
        .then([Event::ErasureConfirmed { receipt: receipt() }])
        .when(Command::ConfirmErasure { receipt: receipt() })
        .then_nothing()
        .when(Command::Open(opened()))
        .then_refused(RagSessionRefusal::Exists);
}

#[test]
fn what_nobody_has_deleted_is_not_erased() {
    let confirm = || Command::ConfirmErasure { receipt: vec![] };
    given::<RagSession>([Event::Opened(opened())])
        .when(confirm())
        .then_refused(RagSessionRefusal::NotDeleted);
    given::<RagSession>([])
        .when(confirm())
        .then_refused(RagSessionRefusal::Unknown);
}
