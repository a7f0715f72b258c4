//! The rule of a bulk decision, and how its event is stored.

use uuid::Uuid;

use super::*;
use crate::testing::given;

fn order(cases: &[u128]) -> BulkOrder {
    BulkOrder {
        by: UserId(Uuid::from_u128(1)),
        decision: Decision::Dismiss,
        cases: cases
            .iter()
            .map(|case| MessageId(Uuid::from_u128(*case)))
            .collect(),
    }
}

#[test]
fn it_is_ordered_once_and_means_the_same_cases_ever_after() {
    given::<BulkDecision>([])
        .when(BulkDecisionCommand::Order(order(&[2, 3])))
        .then([BulkDecisionEvent::Ordered(order(&[2, 3]))])
        .when(BulkDecisionCommand::Order(order(&[4])))
        .then_nothing();
}

#[test]
fn the_event_is_stored_like_this() {
    let event = BulkDecisionEvent::Ordered(order(&[2]));
    let stored = r#"{"bulk_decision.ordered":{"by":"00000000-0000-0000-0000-000000000001","decision":"dismiss","cases":["00000000-0000-0000-0000-000000000002"]}}"#;
    assert_eq!(serde_json::to_string(&event).unwrap(), stored);
    let parsed: BulkDecisionEvent = serde_json::from_str(stored).unwrap();
    assert_eq!(parsed, event);
}
