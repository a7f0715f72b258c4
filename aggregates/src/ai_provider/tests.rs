//! The rules of an AI provider: those of all configured things, and whose secret is taken away.

use super::{
    AiProvider, AiProviderChange, AiProviderCommand as Command, AiProviderEvent as Event,
    AiProviderMade,
};
use crate::{
    configured::ConfiguredRefusal,
    ids::{AiProviderId, ProjectId, SecretId},
    testing::given,
    thread::Destroyed,
};

fn made(secret: Option<u128>) -> AiProviderMade {
    AiProviderMade {
        provider: AiProviderId::from_random(1),
        project: ProjectId::from_random(1),
        name: "mine".to_owned(),
        kind: "openai".to_owned(),
        model: "m".to_owned(),
        secret: secret.map(SecretId::from_random),
        base_url: None,
        config: None,
    }
}

fn gets(secret: Option<u128>) -> AiProviderChange {
    AiProviderChange {
        secret: Some(secret.map(SecretId::from_random)),
        ..AiProviderChange::default()
    }
}

fn renamed() -> AiProviderChange {
    AiProviderChange {
        name: Some("other".to_owned()),
        ..AiProviderChange::default()
    }
}

fn take_away(secret: u128) -> Command {
    Command::TakeAway(SecretId::from_random(secret))
}

fn receipt() -> Vec<Destroyed> {
    vec![Destroyed {
        store: "keys".to_owned(),
        items: 1,
    }]
}

#[test]
fn a_secret_is_taken_from_a_provider_that_has_it() {
    given::<AiProvider>([Event::Created(made(Some(1)))])
        .when(Command::Change(renamed()))
        .then([Event::Changed(renamed())])
        .when(take_away(1))
        .then([Event::Changed(gets(None))])
        .when(take_away(1))
        .then_nothing();
}

#[test]
fn a_provider_that_has_another_secret_by_now_keeps_it() {
    given::<AiProvider>([Event::Created(made(Some(1)))])
        .when(Command::Change(gets(Some(2))))
        .then([Event::Changed(gets(Some(2)))])
        .when(take_away(1))
        .then_nothing()
        .when(take_away(2))
        .then([Event::Changed(gets(None))]);
    given::<AiProvider>([Event::Created(made(None))])
        .when(take_away(1))
        .then_nothing();
}

#[test]
fn nothing_is_taken_from_a_provider_that_is_not_there() {
    for before in [
        vec![],
        vec![Event::Created(made(Some(1))), Event::Deleted {}],
    ] {
        given::<AiProvider>(before)
            .when(take_away(1))
            .then_refused(ConfiguredRefusal::Unknown);
    }
}

#[test]
fn a_provider_is_made_once_and_changed_by_something_only_while_it_is_there() {
    given::<AiProvider>([])
        .when(Command::Create(made(None)))
        .then([Event::Created(made(None))])
        .when(Command::Change(AiProviderChange::default()))
        .then_nothing()
        .when(Command::Create(made(None)))
        .then_refused(ConfiguredRefusal::Exists);
    for before in [vec![], vec![Event::Created(made(None)), Event::Deleted {}]] {
        given::<AiProvider>(before)
            .when(Command::Change(renamed()))
            .then_refused(ConfiguredRefusal::Unknown);
    }
}

#[test]
fn a_deleted_provider_is_erased_and_never_comes_back() {
    given::<AiProvider>([Event::Created(made(Some(1)))])
        .when(Command::Delete)
        .then([Event::Deleted {}, Event::ErasureRequested {}])
        .when(Command::Delete)
        .then_nothing()
        .when(Command::ConfirmErasure { receipt: receipt() })
        .then([Event::ErasureConfirmed { receipt: receipt() }])
        .when(Command::ConfirmErasure { receipt: receipt() })
        .then_nothing()
        .when(Command::Create(made(None)))
        .then_refused(ConfiguredRefusal::Exists);
    given::<AiProvider>([])
        .when(Command::Delete)
        .then_refused(ConfiguredRefusal::Unknown);
    given::<AiProvider>([Event::Created(made(None))])
        .when(Command::ConfirmErasure { receipt: receipt() })
        .then_refused(ConfiguredRefusal::NotDeleted);
}
