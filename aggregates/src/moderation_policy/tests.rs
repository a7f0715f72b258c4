//! Which policies are put in force, and how that is stored.

use uuid::Uuid;

use super::{
    LONGEST, ModerationPolicy, ModerationPolicyCommand, ModerationPolicyEvent,
    ModerationPolicyRefusal,
};
use crate::{ids::UserId, testing::given};

const BY: UserId = UserId(Uuid::from_u128(1));

fn apply(version: &str, text: &str) -> ModerationPolicyCommand {
    ModerationPolicyCommand::Apply {
        by: BY,
        version: version.to_owned(),
        text: text.to_owned(),
    }
}

fn applied(version: &str, text: &str, replaces: Option<&str>) -> ModerationPolicyEvent {
    ModerationPolicyEvent::Applied {
        by: BY,
        version: version.to_owned(),
        text: text.to_owned(),
        replaces: replaces.map(str::to_owned),
    }
}

fn withdrawn(version: &str) -> ModerationPolicyEvent {
    ModerationPolicyEvent::Withdrawn {
        by: BY,
        version: version.to_owned(),
    }
}

#[test]
fn one_after_the_other_is_in_force_and_the_same_again_changes_nothing() {
    given::<ModerationPolicy>([])
        .when(ModerationPolicyCommand::Withdraw { by: BY })
        .then_nothing()
        .when(apply("one", "1"))
        .then([applied("one", "1", None)])
        .when(apply("one", "1"))
        .then_nothing()
        .when(apply("two", "2"))
        .then([applied("two", "2", Some("one"))])
        .when(apply("one", "1"))
        .then([applied("one", "1", Some("two"))])
        .when(ModerationPolicyCommand::Withdraw { by: BY })
        .then([withdrawn("one")])
        .when(ModerationPolicyCommand::Withdraw { by: BY })
        .then_nothing()
        .when(apply("one", "1"))
        .then([applied("one", "1", None)]);
}

#[test]
fn other_rules_need_another_version_and_have_a_size() {
    given::<ModerationPolicy>([applied("one", "1", None)])
        .when(apply("one", "other"))
        .then_refused(ModerationPolicyRefusal::SameVersion("one".to_owned()));
    given::<ModerationPolicy>([])
        .when(apply("one", &"x".repeat(LONGEST + 1)))
        .then_refused(ModerationPolicyRefusal::TooLong);
}

#[test]
fn the_events_are_stored_like_this() {
    for (event, stored) in [
        (
            applied("two", "version = \"two\"", Some("one")),
            format!(
                r#"{{"moderation_policy.applied":{{"by":"{BY}","version":"two","text":"version = \"two\"","replaces":"one"}}}}"#
            ),
        ),
        (
            applied("one", "", None),
            format!(r#"{{"moderation_policy.applied":{{"by":"{BY}","version":"one","text":""}}}}"#),
        ),
        (
            withdrawn("two"),
            format!(r#"{{"moderation_policy.withdrawn":{{"by":"{BY}","version":"two"}}}}"#),
        ),
    ] {
        assert_eq!(serde_json::to_string(&event).unwrap(), stored);
        let read: ModerationPolicyEvent = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, event);
    }
}
