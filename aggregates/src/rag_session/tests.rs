//! The rules of sessions.

use cqrs_es::DomainEvent;
use serde_json::json;
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

#[test]
fn the_stored_shape_of_every_event_is_for_ever() {
    let [one, two] = [1, 2].map(|number| Uuid::from_u128(number).to_string());
    for (event, stored) in [
        (
            Event::Opened(RagSessionOpened {
                label: Some("Physics".to_owned()),
                ..opened()
            }),
            json!({ "rag_session.opened": { "session": one, "owner": two, "name": "sess_abc123", "label": "Physics" } }),
        ),
        (
            Event::Renamed {
                label: "Chemistry".to_owned(),
            },
            json!({ "rag_session.renamed": { "label": "Chemistry" } }),
        ),
        (Event::Deleted {}, json!({ "rag_session.deleted": {} })),
        (
            Event::ErasureRequested {},
            json!({ "erasure.requested": {} }),
        ),
    ] {
        assert_eq!(serde_json::to_value(&event).unwrap(), stored);
        assert_eq!(
            serde_json::from_value::<Event>(stored.clone()).unwrap(),
            event
        );
        assert!(stored.get(event.event_type()).is_some());
    }
}
