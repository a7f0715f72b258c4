//! The rules of an API key, one sentence each, and how its events are stored.

use serde_json::json;
use uuid::Uuid;

use super::{Key, KeyCommand, KeyEvent, KeyRefusal, KeyScope};
use crate::{
    ids::{KeyId, PolicyId, ProjectId, UserId},
    testing::given,
};

const KEY: KeyId = KeyId(Uuid::from_u128(1));
const OWNER: UserId = UserId(Uuid::from_u128(2));

fn issued() -> KeyEvent {
    KeyEvent::Issued {
        key: KEY,
        owner: OWNER,
        name: "laptop".to_owned(),
        digest: "00ff".to_owned(),
        prefix: "clq_ab".to_owned(),
        scope: KeyScope::default(),
    }
}

fn issue() -> KeyCommand {
    KeyCommand::Issue {
        key: KEY,
        owner: OWNER,
        name: "laptop".to_owned(),
        digest: "00ff".to_owned(),
        prefix: "clq_ab".to_owned(),
        scope: KeyScope::default(),
    }
}

#[test]
fn a_key_is_issued_once() {
    given::<Key>([])
        .when(issue())
        .then([issued()])
        .when(issue())
        .then_refused(KeyRefusal::Exists);
}

#[test]
fn a_revoked_key_stays_revoked_and_is_not_issued_again() {
    given::<Key>([issued()])
        .when(KeyCommand::Revoke)
        .then([KeyEvent::Revoked {}])
        .when(KeyCommand::Revoke)
        .then_nothing()
        .when(issue())
        .then_refused(KeyRefusal::Exists);
}

fn scope() -> KeyScope {
    KeyScope {
        project: Some(ProjectId::from_random(1)),
        policies: vec![PolicyId::from_random(2)],
        camel: true,
    }
}

#[test]
fn a_key_is_changed_for_as_long_as_it_works() {
    let change = || KeyCommand::Change {
        name: "desktop".to_owned(),
        scope: scope(),
    };
    let changed = KeyEvent::Changed {
        name: "desktop".to_owned(),
        scope: scope(),
    };
    given::<Key>([issued()]).when(change()).then([changed]);
    for before in [vec![], vec![issued(), KeyEvent::Revoked {}]] {
        given::<Key>(before)
            .when(change())
            .then_refused(KeyRefusal::Unknown);
    }
}

#[test]
fn a_key_is_erased_once_whether_it_works_or_not_and_is_then_revoked() {
    for before in [vec![issued()], vec![issued(), KeyEvent::Revoked {}]] {
        given::<Key>(before)
            .when(KeyCommand::Erase)
            .then([KeyEvent::Erased {}])
            .when(KeyCommand::Erase)
            .then_nothing()
            .when(KeyCommand::Revoke)
            .then_nothing()
            .when(issue())
            .then_refused(KeyRefusal::Exists);
    }
    given::<Key>([])
        .when(KeyCommand::Erase)
        .then_refused(KeyRefusal::Unknown);
}

#[test]
fn a_key_that_was_never_issued_is_not_revoked() {
    given::<Key>([])
        .when(KeyCommand::Revoke)
        .then_refused(KeyRefusal::Unknown);
}

#[test]
fn the_stored_shape_of_every_key_event_is_for_ever() {
    let (key, owner) = (KEY.to_string(), OWNER.to_string());
    for (event, stored) in [
        (
            issued(),
            json!({"key.issued": {"key": key, "owner": owner, "name": "laptop", "digest": "00ff", "prefix": "clq_ab"}}),
        ),
        (
            KeyEvent::Changed {
                name: "desktop".to_owned(),
                scope: scope(),
            },
            json!({"key.changed": {
                "name": "desktop",
                "project": "proj_1000000000000000",
                "policies": ["pol_2000000000000000"],
                "camel": true,
            }}),
        ),
        (KeyEvent::Revoked {}, json!({"key.revoked": {}})),
        (KeyEvent::Erased {}, json!({"key.erased": {}})),
    ] {
        assert_eq!(serde_json::to_value(&event).unwrap(), stored);
        assert_eq!(serde_json::from_value::<KeyEvent>(stored).unwrap(), event);
    }
}
