//! The rules of a user, one sentence each, and how its events are stored.

use serde_json::json;
use uuid::Uuid;

use super::{Role, User, UserCommand, UserEvent, UserRefusal};
use crate::{
    ids::UserId,
    testing::{Given, given},
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
fn a_password_is_changed_only_for_somebody_who_exists() {
    let change = || UserCommand::ChangePassword {
        credential: OTHER_HASH,
    };
    nobody().when(change()).then_refused(UserRefusal::Unknown);
    given::<User>([registered("ada", false)])
        .when(change())
        .then([UserEvent::PasswordChanged {
            credential: OTHER_HASH,
        }]);
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
    ] {
        assert_eq!(serde_json::to_value(&event).unwrap(), stored);
        assert_eq!(serde_json::from_value::<UserEvent>(stored).unwrap(), event);
    }
}
