//! The rules of a webhook, what it wants, and how its events are stored.

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{Erasable, testing::given};

fn made() -> WebhookMade {
    WebhookMade {
        webhook: WebhookId(Uuid::from_u128(1)),
        url: "https://siem.example/hook".to_owned(),
        description: None,
        secret: "encrypted".to_owned(),
        events: vec!["thread.*".to_owned()],
        thread: None,
        user: None,
    }
}

fn there() -> Vec<WebhookEvent> {
    vec![WebhookEvent::Created(made())]
}

fn receipt() -> Vec<Destroyed> {
    vec![Destroyed {
        store: "keys".to_owned(),
        items: 1,
    }]
}

fn moved() -> WebhookChange {
    WebhookChange {
        url: Some("https://other.example/".to_owned()),
        ..WebhookChange::default()
    }
}

fn change(change: WebhookChange, enabled: Option<bool>) -> WebhookCommand {
    WebhookCommand::Change {
        change,
        enabled,
        of: None,
    }
}

#[test]
fn a_webhook_is_made_once() {
    given::<Webhook>([])
        .when(WebhookCommand::Create(made()))
        .then(there())
        .when(WebhookCommand::Create(made()))
        .then_refused(ConfiguredRefusal::Exists);
}

#[test]
fn a_webhook_is_changed_and_enabled_in_one_step_and_by_nothing_not_at_all() {
    let disabled = WebhookEvent::Disabled {
        why: Disabled::Asked,
    };
    given::<Webhook>(there())
        .when(change(WebhookChange::default(), Some(true)))
        .then_nothing()
        .when(change(WebhookChange::default(), Some(false)))
        .then([disabled])
        .when(change(WebhookChange::default(), Some(false)))
        .then_nothing()
        .when(change(moved(), Some(true)))
        .then([WebhookEvent::Changed(moved()), WebhookEvent::Enabled {}]);
}

#[test]
fn who_was_judged_by_another_thread_changes_nothing() {
    let [mine, other] = [1, 2].map(|n| ThreadId(Uuid::from_u128(n)));
    let to = |thread| WebhookChange {
        thread: Some(thread),
        ..WebhookChange::default()
    };
    let changed = |thread, of| WebhookCommand::Change {
        change: to(thread),
        enabled: None,
        of,
    };
    let rotate = |of| WebhookCommand::Rotate {
        secret: "other".to_owned(),
        of,
    };
    let rotated = WebhookEvent::Rotated {
        secret: "other".to_owned(),
    };
    given::<Webhook>(there())
        .when(rotate(Some(mine)))
        .then_refused(ConfiguredRefusal::Moved);
    given::<Webhook>(there())
        .when(changed(Some(mine), None))
        .then([WebhookEvent::Changed(to(Some(mine)))])
        .when(rotate(None))
        .then_refused(ConfiguredRefusal::Moved);
    let here = || {
        let mut here = there();
        here.push(WebhookEvent::Changed(to(Some(mine))));
        here
    };
    given::<Webhook>(here())
        .when(changed(Some(other), None))
        .then_refused(ConfiguredRefusal::Moved);
    given::<Webhook>(here())
        .when(rotate(Some(mine)))
        .then([rotated])
        .when(changed(None, Some(mine)))
        .then([WebhookEvent::Changed(to(None))])
        .when(rotate(Some(mine)))
        .then_refused(ConfiguredRefusal::Moved);
}

#[test]
fn a_webhook_is_disabled_once_and_the_first_reason_stays() {
    let gone = WebhookCommand::Disable {
        why: Disabled::Gone,
    };
    let failing = WebhookCommand::Disable {
        why: Disabled::Failing,
    };
    given::<Webhook>(there())
        .when(gone)
        .then([WebhookEvent::Disabled {
            why: Disabled::Gone,
        }])
        .when(failing)
        .then_nothing();
}

#[test]
fn a_deleted_webhook_takes_nothing_more_and_its_content_is_destroyed() {
    let rotate = || WebhookCommand::Rotate {
        secret: "other".to_owned(),
        of: None,
    };
    let ended = given::<Webhook>(there())
        .when(rotate())
        .then([WebhookEvent::Rotated {
            secret: "other".to_owned(),
        }])
        .when(WebhookCommand::Delete)
        .then([WebhookEvent::Deleted {}, WebhookEvent::ErasureRequested {}])
        .when(WebhookCommand::Delete)
        .then_nothing()
        .state();
    assert!(ended.has_ended() && ended.is_being_erased());
    for command in [
        rotate(),
        change(moved(), None),
        WebhookCommand::Replay { from: 1 },
        WebhookCommand::Test,
        WebhookCommand::Disable {
            why: Disabled::Failing,
        },
    ] {
        assert_eq!(
            ended.decide(command),
            Err(ConfiguredRefusal::Unknown),
            "after the end"
        );
    }
    let before = [
        WebhookEvent::Created(made()),
        WebhookEvent::Deleted {},
        WebhookEvent::ErasureRequested {},
    ];
    let confirm = || WebhookCommand::ConfirmErasure { receipt: receipt() };
    given::<Webhook>(before)
        .when(confirm())
        .then([WebhookEvent::ErasureConfirmed { receipt: receipt() }])
        .when(confirm())
        .then_nothing();
    given::<Webhook>(there())
        .when(confirm())
        .then_refused(ConfiguredRefusal::NotDeleted);
}

#[test]
fn types_are_meant_by_name_by_beginning_or_all() {
    let patterns = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    let several = patterns(&["message.sent", "thread.*"]);
    assert!(wants(&several, "message.sent") && wants(&several, "thread.held"));
    assert!(!wants(&several, "message.redacted") && !wants(&several, "threads"));
    assert!(wants(&patterns(&["*"]), "anything.at_all"));
    assert!(!wants(&patterns(&["thr*"]), "thread.held"));
    assert_eq!(fault(&several), None);
    assert_eq!(fault(&patterns(&["*", "webhook.tested"])), None);
    for wrong in [
        patterns(&[]),
        patterns(&["message.snet"]),
        patterns(&["nothing.*"]),
        patterns(&["thr*"]),
        patterns(&[""]),
        vec!["*".to_owned(); MOST_TYPES + 1],
    ] {
        assert!(fault(&wrong).is_some(), "{wrong:?}");
    }
}

#[track_caller]
fn stored(event: WebhookEvent, name: &str, fields: Value) {
    let stored = json!({ (name): fields });
    assert_eq!(event.event_type(), name);
    assert_eq!(serde_json::to_value(&event).unwrap(), stored);
    assert_eq!(
        serde_json::from_value::<WebhookEvent>(stored).unwrap(),
        event
    );
}

#[test]
fn the_stored_shape_of_every_event_is_for_ever() {
    let id = Uuid::from_u128(1);
    stored(
        WebhookEvent::Created(made()),
        "webhook.created",
        json!({"webhook": id, "url": "https://siem.example/hook", "secret": "encrypted", "events": ["thread.*"]}),
    );
    let everything = WebhookChange {
        description: Some(None),
        events: Some(vec!["*".to_owned()]),
        thread: Some(Some(ThreadId(id))),
        user: Some(None),
        ..moved()
    };
    stored(
        WebhookEvent::Changed(everything),
        "webhook.changed",
        json!({"url": "https://other.example/", "description": null, "events": ["*"], "thread": id, "user": null}),
    );
    let secret = "other".to_owned();
    stored(
        WebhookEvent::Rotated { secret },
        "webhook.rotated",
        json!({"secret": "other"}),
    );
    for why in [Disabled::Asked, Disabled::Gone, Disabled::Failing] {
        stored(
            WebhookEvent::Disabled { why },
            "webhook.disabled",
            json!({ "why": why.as_str() }),
        );
    }
    stored(WebhookEvent::Enabled {}, "webhook.enabled", json!({}));
    stored(
        WebhookEvent::Replayed { from: 7 },
        "webhook.replayed",
        json!({"from": 7}),
    );
    stored(WebhookEvent::Tested {}, "webhook.tested", json!({}));
    stored(WebhookEvent::Deleted {}, "webhook.deleted", json!({}));
}

fn commands() -> impl Strategy<Value = WebhookCommand> {
    prop_oneof![
        Just(WebhookCommand::Create(made())),
        proptest::option::of(any::<bool>()).prop_map(|enabled| change(moved(), enabled)),
        Just(WebhookCommand::Disable {
            why: Disabled::Failing
        }),
        Just(WebhookCommand::Test),
        Just(WebhookCommand::Delete),
        Just(WebhookCommand::ConfirmErasure { receipt: receipt() }),
    ]
}

proptest! {
    /// Whatever is asked, in whatever order: made once, ended once, and disabled and enabled in turns.
    #[test]
    fn a_life_has_one_beginning_and_one_end(commands in proptest::collection::vec(commands(), 0..40)) {
        let mut webhook = Webhook::default();
        let mut names = vec![];
        for command in commands {
            for event in webhook.decide(command).unwrap_or_default() {
                names.push(event.event_type());
                webhook.apply(event);
            }
        }
        let count = |name: &str| names.iter().filter(|known| *known == name).count();
        prop_assert!(count("webhook.created") <= 1 && count("webhook.deleted") <= 1);
        prop_assert!(names.first().is_none_or(|first| first == "webhook.created"));
        let turns: Vec<_> = names.iter().filter(|name| name.ends_with("abled")).collect();
        for (nth, name) in turns.into_iter().enumerate() {
            let expected = if nth % 2 == 0 { "webhook.disabled" } else { "webhook.enabled" };
            prop_assert_eq!(name, expected);
        }
    }
}
