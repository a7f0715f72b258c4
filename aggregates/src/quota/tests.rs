//! The rule of a quota, and how its event is stored.

use uuid::Uuid;

use super::{Quota, QuotaCommand, QuotaEvent, QuotaLimits};
use crate::{ids::UserId, testing::given};

const USER: UserId = UserId(Uuid::from_u128(1));
const LIMITS: QuotaLimits = QuotaLimits {
    daily: Some(100),
    weekly: Some(-1),
    monthly: None,
};

#[test]
fn other_limits_are_set_and_the_same_are_not() {
    let set = |limits| QuotaCommand::Set { user: USER, limits };
    let was_set = |limits| QuotaEvent::Set { user: USER, limits };
    given::<Quota>([])
        .when(set(QuotaLimits::default()))
        .then_nothing()
        .when(set(LIMITS))
        .then([was_set(LIMITS)])
        .when(set(LIMITS))
        .then_nothing()
        .when(set(QuotaLimits::default()))
        .then([was_set(QuotaLimits::default())]);
}

#[test]
fn the_event_is_stored_like_this() {
    let event = QuotaEvent::Set {
        user: USER,
        limits: LIMITS,
    };
    let stored = format!(
        r#"{{"quota.set":{{"user":"{USER}","limits":{{"daily":100,"weekly":-1,"monthly":null}}}}}}"#
    );
    assert_eq!(serde_json::to_string(&event).unwrap(), stored);
    let read: QuotaEvent = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, event);
}
