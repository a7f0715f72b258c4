//! What is configured: there from its making to its end, as it was last changed.

use std::slice;

use aggregates::{
    AiProviderId, ChatId, DocumentId, PolicyId, ProjectId, SecretId, ThreadId, WebhookId,
    ai_provider::{AiProviderChange, AiProviderEvent, AiProviderMade},
    chat::{ChatEvent, ChatMade},
    document::{DocumentChange, DocumentEvent, DocumentMade},
    policy::{PolicyChange, PolicyEvent, PolicyMade},
    project::{ProjectChange, ProjectEvent, ProjectMade},
    secret::{SecretChange, SecretEvent, SecretMade},
    webhook::{Disabled, WebhookChange, WebhookEvent, WebhookMade},
};
use projections::{
    AiProviders, Chats, ConfiguredRow, DocumentTexts, Documents, Event, Policies, Projection,
    Projects, Replaced, Secrets, Webhooks,
    testing::{BEGINNING, Given, given, happened},
};

fn things(events: impl IntoIterator<Item = (&'static str, Event)>) -> Given {
    let events = events.into_iter();
    given(happened(events.map(|(id, event)| (id.to_owned(), event))))
}

fn project() -> ProjectId {
    ProjectId::from_random(1)
}

/// The only row of a view.
#[track_caller]
fn only<P: Projection>(story: &Given) -> P::Row {
    let mut rows = story.rows::<P>();
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

#[test]
fn a_project_is_there_until_it_is_deleted() {
    let made = ProjectEvent::Created(ProjectMade {
        project: project(),
        name: "house".to_owned(),
    });
    let made = ("proj_1", Event::Project(made));
    let row = only::<Projects>(&things([made.clone()]));
    assert_eq!((row.id(), row.project()), ("proj_1", Some("proj_1")));
    assert_eq!((row.name.as_str(), row.created), ("house", BEGINNING));
    assert_eq!(row.retention_days, None);
    let kept = |days| {
        let change = ProjectChange {
            retention_days: Some(days),
        };
        ("proj_1", Event::Project(ProjectEvent::Changed(change)))
    };
    let row = only::<Projects>(&things([made.clone(), kept(Some(30))]));
    assert_eq!((row.name.as_str(), row.retention_days), ("house", Some(30)));
    let row = only::<Projects>(&things([made.clone(), kept(Some(30)), kept(None)]));
    assert_eq!(row.retention_days, None);
    let deleted = ("proj_1", Event::Project(ProjectEvent::Deleted {}));
    let requested = ("proj_1", Event::Project(ProjectEvent::ErasureRequested {}));
    things([made, deleted, requested]).shows::<Projects>(&[]);
}

#[test]
fn a_secret_has_its_last_value_and_its_name_stays() {
    let made = SecretEvent::Created(SecretMade {
        secret: SecretId::from_random(1),
        project: project(),
        name: "openai".to_owned(),
        value: "one".to_owned(),
    });
    let changed = SecretEvent::Changed(SecretChange {
        value: Some("two".to_owned()),
        ..SecretChange::default()
    });
    let story = things([
        ("sec_1", Event::Secret(made)),
        ("sec_1", Event::Secret(changed)),
    ]);
    let row = only::<Secrets>(&story);
    assert_eq!((row.name.as_str(), row.value.as_str()), ("openai", "two"));
    assert_eq!((row.updated - row.created, row.number), (1_000_000, 1));
}

#[test]
fn what_is_taken_away_from_a_provider_is_gone_and_the_rest_stays() {
    let made = AiProviderEvent::Created(AiProviderMade {
        provider: AiProviderId::from_random(1),
        project: project(),
        name: "mine".to_owned(),
        kind: "custom".to_owned(),
        model: "m".to_owned(),
        secret: Some(SecretId::from_random(1)),
        base_url: Some("http://localhost:1/v1".to_owned()),
        config: None,
    });
    let changed = AiProviderEvent::Changed(AiProviderChange {
        secret: Some(None),
        model: Some("n".to_owned()),
        config: Some(Some("{}".to_owned())),
        ..AiProviderChange::default()
    });
    let story = things([
        ("aip_1", Event::AiProvider(made)),
        ("aip_1", Event::AiProvider(changed)),
    ]);
    let row = only::<AiProviders>(&story);
    assert_eq!((row.secret, row.model.as_str()), (None, "n"));
    assert_eq!(row.base_url.as_deref(), Some("http://localhost:1/v1"));
    assert_eq!(row.config.as_deref(), Some("{}"));
}

#[test]
fn a_policy_belongs_to_no_project() {
    let made = PolicyEvent::Created(PolicyMade {
        policy: PolicyId::from_random(1),
        name: Some("readers".to_owned()),
        description: None,
        document: "{}".to_owned(),
    });
    let changed = PolicyEvent::Changed(PolicyChange {
        name: Some(None),
        ..PolicyChange::default()
    });
    let story = things([
        ("pol_1", Event::Policy(made)),
        ("pol_1", Event::Policy(changed)),
    ]);
    let row = only::<Policies>(&story);
    assert_eq!((row.project(), row.name.clone()), (None, None));
    assert_eq!(row.document, "{}");
}

#[test]
fn a_chat_shows_what_it_was_made_of() {
    let made = ChatEvent::Created(ChatMade {
        chat: ChatId::from_random(1),
        project: project(),
        ai_provider: AiProviderId::from_random(1),
        name: None,
        system_message: Some("Be brief".to_owned()),
        model: None,
    });
    let made = ("cht_1", Event::Chat(made));
    let row = only::<Chats>(&things([made.clone()]));
    assert_eq!(row.ai_provider, "aip_1000000000000000");
    assert_eq!(row.system_message.as_deref(), Some("Be brief"));
    things([made, ("cht_1", Event::Chat(ChatEvent::Deleted {}))]).shows::<Chats>(&[]);
}

#[test]
fn a_documents_size_is_that_of_its_last_content_in_bytes() {
    let made = DocumentEvent::Created(DocumentMade {
        document: DocumentId::from_random(1),
        project: project(),
        filename: "a.txt".to_owned(),
        path: None,
        title: None,
        metadata: None,
        tags: None,
        content: "žluť".to_owned(),
    });
    let made = ("doc_1", Event::Document(made));
    assert_eq!(only::<Documents>(&things([made.clone()])).size, 6);
    let changed = |content: Option<&str>| {
        Event::Document(DocumentEvent::Changed(DocumentChange {
            title: Some(Some("A".to_owned())),
            content: content.map(str::to_owned),
            ..DocumentChange::default()
        }))
    };
    let story = things([
        made,
        ("doc_1", changed(Some("ab"))),
        ("doc_1", changed(None)),
    ]);
    let row = only::<Documents>(&story);
    let text = only::<DocumentTexts>(&story);
    assert_eq!((row.size, text.content.as_str()), (2, "ab"));
    assert_eq!(row.title.as_deref(), Some("A"));
    let gone = things([
        ("doc_1", changed(Some("ab"))),
        ("doc_1", Event::Document(DocumentEvent::Deleted {})),
    ]);
    gone.shows::<DocumentTexts>(&[]);
}

#[test]
fn a_webhook_is_as_it_was_last_changed_and_its_old_secret_stays_beside_the_new_one() {
    let id = uuid::Uuid::from_u128(1);
    let made = WebhookEvent::Created(WebhookMade {
        webhook: WebhookId(id),
        url: "https://siem.example/".to_owned(),
        description: Some("The SIEM".to_owned()),
        secret: "one".to_owned(),
        events: vec!["*".to_owned()],
        thread: Some(ThreadId(id)),
        user: None,
    });
    let changed = WebhookEvent::Changed(WebhookChange {
        events: Some(vec!["thread.*".to_owned()]),
        thread: Some(None),
        ..WebhookChange::default()
    });
    let rotated = WebhookEvent::Rotated {
        secret: "two".to_owned(),
    };
    let gone = WebhookEvent::Disabled {
        why: Disabled::Gone,
    };
    let replayed = WebhookEvent::Replayed { from: 3 };
    let told = [made, changed, rotated, gone, replayed];
    let told = told.map(|event| ("w", Event::Webhook(event)));
    let row = only::<Webhooks>(&things(told.clone()));
    assert_eq!(
        (row.url.as_str(), row.thread.as_deref()),
        ("https://siem.example/", None)
    );
    assert_eq!(row.events, r#"["thread.*"]"#);
    let replaced = Replaced {
        secret: "one".to_owned(),
        at: BEGINNING + 2_000_000,
    };
    assert_eq!(row.secret, "two");
    assert_eq!(row.replaced(replaced.at), slice::from_ref(&replaced));
    let last = replaced.at + Replaced::SIGNS - 1;
    assert_eq!(
        (row.replaced(last).len(), row.replaced(last + 1).len()),
        (1, 0)
    );
    assert_eq!(row.rotated, Some(BEGINNING + 2_000_000));
    assert_eq!(
        (row.disabled.as_deref(), row.replay_from),
        (Some("gone"), Some(3))
    );
    assert_eq!((row.number, row.replayed), (1, Some(5)));
    let enabled = ("w", Event::Webhook(WebhookEvent::Enabled {}));
    let tested = ("w", Event::Webhook(WebhookEvent::Tested {}));
    let row = only::<Webhooks>(&things(told.into_iter().chain([enabled, tested])));
    assert_eq!((row.disabled, row.disabled_at), (None, None));
    assert_eq!(row.enabled_at, Some(BEGINNING + 5_000_000));
    let deleted = Event::Webhook(WebhookEvent::Deleted {});
    things([("w", deleted)]).shows::<Webhooks>(&[]);
}
