//! The rules that all configured things share, and how their events are stored.

use cqrs_es::DomainEvent;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::ConfiguredRefusal;
use crate::{
    ai_provider::{AiProviderChange, AiProviderEvent, AiProviderMade},
    chat::{Chat, ChatCommand, ChatEvent, ChatMade},
    document::{DocumentChange, DocumentEvent, DocumentMade},
    ids::{AiProviderId, ChatId, DocumentId, PolicyId, ProjectId, SecretId},
    policy::{PolicyChange, PolicyEvent, PolicyMade},
    project::{ProjectChange, ProjectEvent, ProjectMade},
    secret::{Secret, SecretChange, SecretCommand, SecretEvent, SecretMade},
    testing::given,
    thread::Destroyed,
};

const ONE: &str = "1000000000000000";

fn secret() -> SecretMade {
    SecretMade {
        secret: SecretId::from_random(1),
        project: ProjectId::from_random(1),
        name: "openai".to_owned(),
        value: "encrypted".to_owned(),
    }
}

fn chat() -> ChatMade {
    ChatMade {
        chat: ChatId::from_random(1),
        project: ProjectId::from_random(1),
        ai_provider: AiProviderId::from_random(1),
        name: None,
        system_message: Some("Be brief".to_owned()),
        model: None,
    }
}

fn renamed() -> SecretChange {
    SecretChange {
        name: Some("other".to_owned()),
        ..SecretChange::default()
    }
}

fn receipt() -> Vec<Destroyed> {
    vec![Destroyed {
        store: "keys".to_owned(),
        items: 1,
    }]
}

#[test]
fn a_thing_is_made_once() {
    given::<Chat>([])
        .when(ChatCommand::Create(chat()))
        .then([ChatEvent::Created(chat())])
        .when(ChatCommand::Create(chat()))
        .then_refused(ConfiguredRefusal::Exists);
}

#[test]
fn a_thing_is_changed_while_it_is_there_and_by_something_only() {
    given::<Secret>([SecretEvent::Created(secret())])
        .when(SecretCommand::Change(SecretChange::default()))
        .then_nothing()
        .when(SecretCommand::Change(renamed()))
        .then([SecretEvent::Changed(renamed())]);
    for before in [
        vec![],
        vec![SecretEvent::Created(secret()), SecretEvent::Deleted {}],
    ] {
        given::<Secret>(before)
            .when(SecretCommand::Change(renamed()))
            .then_refused(ConfiguredRefusal::Unknown);
    }
}

#[test]
fn a_deleted_thing_is_to_be_erased_and_never_comes_back() {
    given::<Chat>([ChatEvent::Created(chat())])
        .when(ChatCommand::Delete)
        .then([ChatEvent::Deleted {}, ChatEvent::ErasureRequested {}])
        .when(ChatCommand::Delete)
        .then_nothing()
        .when(ChatCommand::ConfirmErasure { receipt: receipt() })
        .then([ChatEvent::ErasureConfirmed { receipt: receipt() }])
        .when(ChatCommand::ConfirmErasure { receipt: receipt() })
        .then_nothing()
        .when(ChatCommand::Create(chat()))
        .then_refused(ConfiguredRefusal::Exists);
}

#[test]
fn nothing_is_deleted_that_was_not_made_and_nothing_erased_that_is_there() {
    given::<Chat>([])
        .when(ChatCommand::Delete)
        .then_refused(ConfiguredRefusal::Unknown);
    given::<Chat>([ChatEvent::Created(chat())])
        .when(ChatCommand::ConfirmErasure { receipt: receipt() })
        .then_refused(ConfiguredRefusal::NotDeleted);
}

#[track_caller]
fn stored<E>(event: E, name: &str, fields: Value)
where
    E: DomainEvent + Serialize + DeserializeOwned,
{
    let stored = json!({ (name): fields });
    assert_eq!(event.event_type(), name);
    assert_eq!(serde_json::to_value(&event).unwrap(), stored);
    assert_eq!(serde_json::from_value::<E>(stored).unwrap(), event);
}

#[test]
fn the_stored_shape_of_every_event_is_for_ever() {
    let (project, sec, aip) = (
        format!("proj_{ONE}"),
        format!("sec_{ONE}"),
        format!("aip_{ONE}"),
    );
    stored(
        ProjectEvent::Created(ProjectMade {
            project: ProjectId::from_random(1),
            name: "house".to_owned(),
        }),
        "project.created",
        json!({"project": project, "name": "house"}),
    );
    for days in [Some(30), None] {
        stored(
            ProjectEvent::Changed(ProjectChange {
                retention_days: Some(days),
            }),
            "project.changed",
            json!({"retention_days": days}),
        );
    }
    stored(
        SecretEvent::Created(secret()),
        "secret.created",
        json!({"secret": sec, "project": project, "name": "openai", "value": "encrypted"}),
    );
    stored(
        SecretEvent::Changed(renamed()),
        "secret.changed",
        json!({"name": "other"}),
    );
    stored(
        AiProviderEvent::Created(AiProviderMade {
            provider: AiProviderId::from_random(1),
            project: ProjectId::from_random(1),
            name: "mine".to_owned(),
            kind: "openai".to_owned(),
            model: "m".to_owned(),
            secret: Some(SecretId::from_random(1)),
            base_url: None,
            config: None,
        }),
        "ai_provider.created",
        json!({"provider": aip, "project": project, "name": "mine", "kind": "openai", "model": "m", "secret": sec}),
    );
    stored(
        AiProviderEvent::Changed(AiProviderChange {
            secret: Some(None),
            ..AiProviderChange::default()
        }),
        "ai_provider.changed",
        json!({"secret": null}),
    );
    stored(
        PolicyEvent::Created(PolicyMade {
            policy: PolicyId::from_random(1),
            name: None,
            description: None,
            document: "{}".to_owned(),
        }),
        "policy.created",
        json!({"policy": format!("pol_{ONE}"), "document": "{}"}),
    );
    stored(
        PolicyEvent::Changed(PolicyChange {
            name: Some(Some("n".to_owned())),
            ..PolicyChange::default()
        }),
        "policy.changed",
        json!({"name": "n"}),
    );
    stored(
        ChatEvent::Created(chat()),
        "chat.created",
        json!({"chat": format!("cht_{ONE}"), "project": project, "ai_provider": aip, "system_message": "Be brief"}),
    );
    stored(ChatEvent::Deleted {}, "chat.deleted", json!({}));
    stored(
        ChatEvent::ErasureRequested {},
        "erasure.requested",
        json!({}),
    );
    stored(
        DocumentEvent::Created(DocumentMade {
            document: DocumentId::from_random(1),
            project: ProjectId::from_random(1),
            filename: "a.txt".to_owned(),
            path: None,
            title: None,
            metadata: None,
            tags: Some("{}".to_owned()),
            content: "text".to_owned(),
        }),
        "document.created",
        json!({"document": format!("doc_{ONE}"), "project": project, "filename": "a.txt", "tags": "{}", "content": "text"}),
    );
    stored(
        DocumentEvent::Changed(DocumentChange {
            title: Some(None),
            ..DocumentChange::default()
        }),
        "document.changed",
        json!({"title": null}),
    );
}
