//! `users` and `keys`.

use aggregates::{
    KeyId, PolicyId, ProjectId, UserId,
    key::{KeyEvent, KeyScope},
    thread::Mood,
    user::{Preference, Role, UserEvent},
};
use projections::{
    Event, KeyRow, Keys, UserRow, Users,
    testing::{BEGINNING, Given, given, happened},
};

use super::story::{id, text};

fn users(events: impl IntoIterator<Item = UserEvent>) -> Given {
    given(happened(
        events
            .into_iter()
            .map(|event| (text(1), Event::User(event))),
    ))
}

fn registered(generated: bool) -> UserEvent {
    UserEvent::Registered {
        user: UserId(id(1)),
        username: "Žofie".to_owned(),
        role: Role::Staff,
        credential: id(7),
        generated,
    }
}

fn zofie() -> UserRow {
    UserRow {
        disabled: false,
        provider: None,
        mood: None,
        without_reasoning: false,
        user: text(1),
        username: "Žofie".to_owned(),
        username_key: "žofie".to_owned(),
        role: "staff".to_owned(),
        credential: text(7),
        generated: false,
        claimed: true,
        password_changed_at: None,
        short: UserId(id(1)).short(),
        policies: "[]".to_owned(),
        restrictions: "[]".to_owned(),
        created: BEGINNING,
        updated: BEGINNING,
    }
}

/// `UserRow` as it is after so many further events.
fn after(events: i64, row: UserRow) -> UserRow {
    UserRow {
        updated: BEGINNING + events * 1_000_000,
        ..row
    }
}

#[test]
fn a_registered_user_is_there() {
    let story = users([registered(false)]);
    story.shows::<Users>(&[zofie()]);
    assert_eq!(story.rows::<Users>()[0].role(), Role::Staff);
}

#[test]
fn another_password_is_another_credential_from_then_on() {
    let changed = UserEvent::PasswordChanged { credential: id(8) };
    users([registered(false), changed]).shows::<Users>(&[UserRow {
        credential: text(8),
        password_changed_at: Some(BEGINNING + 1_000_000),
        ..after(1, zofie())
    }]);
}

#[test]
fn what_a_user_prefers_is_in_the_row() {
    let chosen = [
        Preference::Provider(Some("groq".to_owned())),
        Preference::Mood(Mood::Serious),
        Preference::Reasoning(false),
    ];
    let chosen = chosen.map(UserEvent::Preferred);
    users([&[registered(false)][..], &chosen].concat()).shows::<Users>(&[UserRow {
        provider: Some("groq".to_owned()),
        mood: Some("serious".to_owned()),
        without_reasoning: true,
        ..after(3, zofie())
    }]);
}

#[test]
fn the_policies_that_are_attached_last_count() {
    let attached = |ids: &[u128]| UserEvent::PoliciesAttached {
        policies: ids.iter().map(|id| PolicyId::from_random(*id)).collect(),
    };
    let story = users([registered(false), attached(&[1, 2]), attached(&[3])]);
    story.shows::<Users>(&[UserRow {
        policies: r#"["pol_3000000000000000"]"#.to_owned(),
        ..after(2, zofie())
    }]);
    let row = &story.rows::<Users>()[0];
    assert_eq!(row.policies(), [PolicyId::from_random(3)]);
}

#[test]
fn a_disabled_user_says_so_and_a_deleted_one_is_gone() {
    let disabled = [registered(false), UserEvent::Disabled {}];
    users(disabled.clone()).shows::<Users>(&[UserRow {
        disabled: true,
        ..after(1, zofie())
    }]);
    let enabled = [&disabled[..], &[UserEvent::Enabled {}]].concat();
    users(enabled).shows::<Users>(&[after(2, zofie())]);
    let mut gone = [&disabled[..], &[UserEvent::Deleted {}]].concat();
    users(gone.clone()).shows::<Users>(&[]);
    gone.extend([
        UserEvent::ErasureRequested {},
        UserEvent::ErasureConfirmed { receipt: vec![] },
    ]);
    users(gone).shows::<Users>(&[]);
}

#[test]
fn a_generated_account_is_claimed_by_its_first_login() {
    let generated = UserRow {
        generated: true,
        ..zofie()
    };
    users([registered(true)]).shows::<Users>(&[UserRow {
        claimed: false,
        ..generated.clone()
    }]);
    users([registered(true), UserEvent::FirstLogin {}]).shows::<Users>(&[after(1, generated)]);
}

#[test]
fn a_key_works_until_it_is_revoked() {
    let issued = KeyEvent::Issued {
        key: KeyId(id(2)),
        owner: UserId(id(1)),
        name: "laptop".to_owned(),
        digest: "ab".repeat(32),
        prefix: "col_abcd".to_owned(),
        scope: KeyScope::default(),
    };
    let keys = |events: Vec<KeyEvent>| {
        given(happened(
            events.into_iter().map(|event| (text(2), Event::Key(event))),
        ))
    };
    let key = KeyRow {
        key: text(2),
        owner: text(1),
        name: "laptop".to_owned(),
        digest: "ab".repeat(32),
        prefix: "col_abcd".to_owned(),
        short: KeyId(id(2)).short(),
        project: None,
        policies: "[]".to_owned(),
        camel: false,
        created: BEGINNING,
        updated: BEGINNING,
        revoked: None,
    };
    keys(vec![issued.clone()]).shows::<Keys>(std::slice::from_ref(&key));
    keys(vec![issued.clone(), KeyEvent::Erased {}]).shows::<Keys>(&[]);
    let scope = KeyScope {
        project: Some(ProjectId::from_random(1)),
        policies: vec![PolicyId::from_random(2)],
        camel: true,
    };
    let changed = KeyEvent::Changed {
        name: "desktop".to_owned(),
        scope: scope.clone(),
    };
    let story = keys(vec![issued.clone(), changed]);
    story.shows::<Keys>(&[KeyRow {
        name: "desktop".to_owned(),
        project: Some("proj_1000000000000000".to_owned()),
        policies: r#"["pol_2000000000000000"]"#.to_owned(),
        camel: true,
        updated: BEGINNING + 1_000_000,
        ..key.clone()
    }]);
    assert_eq!(story.rows::<Keys>()[0].scope(), scope);
    keys(vec![issued, KeyEvent::Revoked {}]).shows::<Keys>(&[KeyRow {
        revoked: Some(BEGINNING + 1_000_000),
        ..key
    }]);
}
