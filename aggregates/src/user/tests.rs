//! The rules of a user, one sentence each, and how its events are stored.

use serde_json::json;
use uuid::Uuid;

use super::{Preference, Restriction, Role, User, UserCommand, UserEvent, UserRefusal};
use crate::{
    hold::{Hold, HoldRefusal, Release},
    ids::{HoldId, MessageId, PolicyId, UserId},
    testing::{Given, given},
    thread::{Destroyed, Mood},
};

const USER: UserId = UserId(Uuid::from_u128(1));
const HASH: Uuid = Uuid::from_u128(2);
const OTHER_HASH: Uuid = Uuid::from_u128(3);

fn registered(username: &str, generated: bool) -> UserEvent {
    UserEvent::Registered {
        user: USER,
        username: username.to_owned(),
        role: Role::Staff,
        credential: HASH,
        generated,
    }
}

fn register(username: &str, generated: bool) -> UserCommand {
    UserCommand::Register {
        user: USER,
        username: username.to_owned(),
        role: Role::Staff,
        credential: HASH,
        generated,
    }
}

fn nobody() -> Given<User> {
    given([])
}

#[test]
fn a_user_is_registered_once() {
    nobody()
        .when(register("ada", false))
        .then([registered("ada", false)])
        .when(register("ada", false))
        .then_refused(UserRefusal::Exists);
}

#[test]
fn a_user_name_has_1_to_150_characters_without_control_characters_or_space_at_its_ends() {
    let longest = "ä".repeat(150);
    nobody()
        .when(register(&longest, false))
        .then([registered(&longest, false)]);
    for bad in ["", " ada", "ada\n", "a\u{0}da", &"a".repeat(151)] {
        nobody()
            .when(register(bad, false))
            .then_refused(UserRefusal::BadName);
    }
}

#[test]
fn a_user_name_has_no_characters_that_nobody_sees() {
    for bad in [
        "mia\u{200b}",
        "mi\u{ad}a",
        "mia\u{2060}",
        "\u{202e}aim",
        "\u{2066}mia\u{2069}",
        "mia\u{fe0f}",
        "mia\u{e0100}",
        "mia\u{e0041}",
        "mia\u{3164}",
        "mi\u{2028}a",
        // For private use, and not assigned.
        "mia\u{e000}",
        "mia\u{378}",
    ] {
        nobody()
            .when(register(bad, false))
            .then_refused(UserRefusal::BadName);
    }
    for good in ["Žofie", "mia bell", "مريم", "ミア", "ม่อา", "mia 🦊"] {
        nobody()
            .when(register(good, false))
            .then([registered(good, false)]);
    }
}

#[test]
fn a_password_is_changed_only_for_somebody_who_exists() {
    let change = || UserCommand::ChangePassword {
        credential: OTHER_HASH,
        instead_of: None,
    };
    nobody().when(change()).then_refused(UserRefusal::Unknown);
    given::<User>([registered("ada", false)])
        .when(change())
        .then([UserEvent::PasswordChanged {
            credential: OTHER_HASH,
        }]);
}

#[test]
fn a_password_is_changed_only_by_who_knew_the_one_that_counts() {
    let change = |instead_of| UserCommand::ChangePassword {
        credential: OTHER_HASH,
        instead_of: Some(instead_of),
    };
    given::<User>([registered("ada", false)])
        .when(change(HASH))
        .then([UserEvent::PasswordChanged {
            credential: OTHER_HASH,
        }])
        .when(change(HASH))
        .then_refused(UserRefusal::OtherPassword);
}

#[test]
fn a_user_is_disabled_and_enabled_and_twice_is_once() {
    for command in [UserCommand::Disable, UserCommand::Enable] {
        nobody().when(command).then_refused(UserRefusal::Unknown);
    }
    given::<User>([registered("ada", false)])
        .when(UserCommand::Enable)
        .then_nothing()
        .when(UserCommand::Disable)
        .then([UserEvent::Disabled {}])
        .when(UserCommand::Disable)
        .then_nothing()
        .when(UserCommand::Enable)
        .then([UserEvent::Enabled {}]);
}

#[test]
fn a_deleted_user_is_gone_for_ever_and_leaves_nothing_in_the_state() {
    nobody()
        .when(UserCommand::Delete)
        .then_refused(UserRefusal::Unknown);
    let gone = || {
        given::<User>([registered("ada", false), UserEvent::Disabled {}])
            .when(UserCommand::Delete)
            .then([UserEvent::Deleted {}, UserEvent::ErasureRequested {}])
            .when(UserCommand::Delete)
            .then_nothing()
    };
    for command in [
        UserCommand::Enable,
        UserCommand::NoteLogin,
        UserCommand::Prefer(Preference::Reasoning(false)),
        UserCommand::ChangePassword {
            credential: OTHER_HASH,
            instead_of: None,
        },
    ] {
        gone().when(command).then_refused(UserRefusal::Unknown);
    }
    gone()
        .when(register("ada", false))
        .then_refused(UserRefusal::Exists);
}

#[test]
fn a_choice_is_an_event_only_when_it_changes_something() {
    let prefer = UserCommand::Prefer;
    nobody()
        .when(prefer(Preference::Reasoning(true)))
        .then_refused(UserRefusal::Unknown);
    let groq = || Preference::Provider(Some("groq".to_owned()));
    given::<User>([registered("ada", false)])
        .when(prefer(Preference::Reasoning(true)))
        .then_nothing()
        .when(prefer(Preference::Provider(None)))
        .then_nothing()
        .when(prefer(Preference::Reasoning(false)))
        .then([UserEvent::Preferred(Preference::Reasoning(false))])
        .when(prefer(groq()))
        .then([UserEvent::Preferred(groq())])
        .when(prefer(groq()))
        .then_nothing()
        .when(prefer(Preference::Provider(None)))
        .then([UserEvent::Preferred(Preference::Provider(None))])
        .when(prefer(Preference::Mood(Mood::Serious)))
        .then([UserEvent::Preferred(Preference::Mood(Mood::Serious))]);
}

#[test]
fn only_the_first_login_of_a_generated_account_is_an_event() {
    nobody()
        .when(UserCommand::NoteLogin)
        .then_refused(UserRefusal::Unknown);
    given::<User>([registered("ada", false)])
        .when(UserCommand::NoteLogin)
        .then_nothing();
    given::<User>([registered("admin", true)])
        .when(UserCommand::NoteLogin)
        .then([UserEvent::FirstLogin {}])
        .when(UserCommand::NoteLogin)
        .then_nothing();
}

fn receipt() -> Vec<Destroyed> {
    vec![Destroyed {
        store: "keys".to_owned(),
        items: 1,
    }]
}

fn confirmed() -> UserEvent {
    UserEvent::ErasureConfirmed { receipt: receipt() }
}

#[test]
fn an_erasure_is_confirmed_once_and_only_of_an_account_that_has_ended() {
    let confirm = || UserCommand::ConfirmErasure { receipt: receipt() };
    given::<User>([registered("ada", false)])
        .when(confirm())
        .then_refused(UserRefusal::NotDeleted);
    given::<User>([
        registered("ada", false),
        UserEvent::Deleted {},
        UserEvent::ErasureRequested {},
    ])
    .when(confirm())
    .then([confirmed()])
    .when(confirm())
    .then_nothing()
    .when(UserCommand::Delete)
    .then_nothing()
    .when(UserCommand::Enable)
    .then_refused(UserRefusal::Unknown);
}

fn attached() -> UserEvent {
    UserEvent::PoliciesAttached {
        policies: vec![PolicyId::from_random(1)],
    }
}

#[test]
fn policies_are_attached_when_they_are_others_than_before() {
    let attach = |policies| UserCommand::AttachPolicies(policies);
    given::<User>([registered("ada", false)])
        .when(attach(vec![]))
        .then_nothing()
        .when(attach(vec![PolicyId::from_random(1)]))
        .then([attached()])
        .when(attach(vec![PolicyId::from_random(1)]))
        .then_nothing();
    given::<User>([])
        .when(attach(vec![]))
        .then_refused(UserRefusal::Unknown);
}

#[test]
fn an_account_that_somebody_uses_is_not_deleted_as_unclaimed() {
    given::<User>([registered("ada", true)])
        .when(UserCommand::DeleteUnclaimed)
        .then([UserEvent::Deleted {}, UserEvent::ErasureRequested {}]);
    for before in [
        vec![registered("ada", false)],
        vec![registered("ada", true), UserEvent::FirstLogin {}],
    ] {
        given::<User>(before)
            .when(UserCommand::DeleteUnclaimed)
            .then_refused(UserRefusal::Claimed);
    }
}

#[test]
fn the_stored_shape_of_every_user_event_is_for_ever() {
    let (user, hash) = (USER.to_string(), HASH.to_string());
    for (event, stored) in [
        (
            registered("ada", true),
            json!({"user.registered": {"user": user, "username": "ada", "role": "staff", "credential": hash, "generated": true}}),
        ),
        (
            UserEvent::PasswordChanged { credential: HASH },
            json!({"user.password_changed": {"credential": hash}}),
        ),
        (UserEvent::FirstLogin {}, json!({"user.first_login": {}})),
        (
            UserEvent::Preferred(Preference::Provider(Some("groq".to_owned()))),
            json!({"user.preferred": {"provider": "groq"}}),
        ),
        (
            UserEvent::Preferred(Preference::Provider(None)),
            json!({"user.preferred": {"provider": null}}),
        ),
        (
            UserEvent::Preferred(Preference::Mood(Mood::Friendly)),
            json!({"user.preferred": {"mood": "friendly"}}),
        ),
        (
            UserEvent::Preferred(Preference::Reasoning(false)),
            json!({"user.preferred": {"reasoning": false}}),
        ),
        (
            attached(),
            json!({"user.policies_attached": {"policies": ["pol_1000000000000000"]}}),
        ),
        (UserEvent::Disabled {}, json!({"user.disabled": {}})),
        (
            UserEvent::Restricted(Restriction {
                message: MessageId(Uuid::nil()),
                until: 7,
            }),
            json!({"user.restricted": {"message": Uuid::nil(), "until": 7}}),
        ),
        (
            UserEvent::Unrestricted {
                message: MessageId(Uuid::nil()),
            },
            json!({"user.unrestricted": {"message": Uuid::nil()}}),
        ),
        (UserEvent::Enabled {}, json!({"user.enabled": {}})),
        (UserEvent::Deleted {}, json!({"user.deleted": {}})),
        (
            UserEvent::ErasureRequested {},
            json!({"erasure.requested": {}}),
        ),
        (
            confirmed(),
            json!({"erasure.confirmed": {"receipt": [{"store": "keys", "items": 1}]}}),
        ),
    ] {
        assert_eq!(serde_json::to_value(&event).unwrap(), stored);
        assert_eq!(serde_json::from_value::<UserEvent>(stored).unwrap(), event);
    }
}

#[test]
fn a_user_is_restricted_for_each_message_until_that_is_taken_back() {
    let restriction = |number: u128, until| Restriction {
        message: MessageId(Uuid::from_u128(number)),
        until,
    };
    let restrict = |number, until| UserCommand::Restrict(restriction(number, until));
    let restricted = |number, until| UserEvent::Restricted(restriction(number, until));
    let message = MessageId(Uuid::from_u128(1));
    given::<User>([registered("ada", false)])
        .when(restrict(1, 70))
        .then([restricted(1, 70)])
        .when(restrict(1, 70))
        .then([])
        .when(restrict(1, 90))
        .then([restricted(1, 90)])
        .when(restrict(2, 80))
        .then([restricted(2, 80)])
        .when(UserCommand::Unrestrict(message))
        .then([UserEvent::Unrestricted { message }])
        .when(UserCommand::Unrestrict(message))
        .then([]);
    given::<User>([])
        .when(restrict(1, 70))
        .then_refused(UserRefusal::Unknown);
}

#[test]
fn a_user_is_held_until_the_account_is_erased_and_released_hold_by_hold() {
    let hold = |number| Hold {
        hold: HoldId(Uuid::from_u128(number)),
        by: USER,
        reason: "A claim".to_owned(),
        matter: None,
    };
    let release = |number| Release {
        hold: HoldId(Uuid::from_u128(number)),
        by: USER,
        reason: "Settled".to_owned(),
    };
    nobody()
        .when(UserCommand::Hold(hold(1)))
        .then_refused(HoldRefusal::Nothing.into());
    let user = given::<User>([registered("ada", false)])
        .when(UserCommand::Hold(hold(1)))
        .then([UserEvent::Held(hold(1))])
        .when(UserCommand::Delete)
        .then([UserEvent::Deleted {}, UserEvent::ErasureRequested {}])
        .when(UserCommand::Hold(hold(2)))
        .then([UserEvent::Held(hold(2))])
        .when(UserCommand::ReleaseHold(release(1)))
        .then([UserEvent::Released(release(1))])
        .state();
    assert!(!user.holds().are_none());
    given::<User>([registered("ada", false)])
        .when(UserCommand::ReleaseHold(release(1)))
        .then_refused(HoldRefusal::Unknown.into());
    let ended = [
        registered("ada", false),
        UserEvent::Deleted {},
        UserEvent::ErasureRequested {},
        UserEvent::ErasureConfirmed { receipt: vec![] },
    ];
    given::<User>(ended)
        .when(UserCommand::Hold(hold(1)))
        .then_refused(HoldRefusal::Nothing.into());
}

#[test]
fn the_stored_shape_of_a_users_holds_is_for_ever() {
    let id = Uuid::from_u128(1);
    let held = UserEvent::Held(Hold {
        hold: HoldId(id),
        by: USER,
        reason: "A claim".to_owned(),
        matter: None,
    });
    let released = UserEvent::Released(Release {
        hold: HoldId(id),
        by: USER,
        reason: "Settled".to_owned(),
    });
    for (event, stored) in [
        (
            held,
            json!({ "user.held": { "hold": id, "by": USER, "reason": "A claim" } }),
        ),
        (
            released,
            json!({ "user.released": { "hold": id, "by": USER, "reason": "Settled" } }),
        ),
    ] {
        assert_eq!(serde_json::to_value(&event).unwrap(), stored);
        assert_eq!(serde_json::from_value::<UserEvent>(stored).unwrap(), event);
    }
}
