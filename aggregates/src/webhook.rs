//! A webhook: an address that is told of events as they are recorded. It is told which ones there are, never what was
//! said in them.

use std::collections::BTreeSet;

use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Decide,
    aggregate::handle_by_deciding,
    configured::{ConfiguredRefusal, Life, given, lives},
    ids::{ThreadId, UserId, WebhookId},
    schema,
    thread::Destroyed,
};

#[cfg(test)]
mod tests;

/// Types of events that one webhook names at most.
const MOST_TYPES: usize = 100;

/// An event of a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WebhookEvent {
    /// It is there, and told of what comes from now on.
    #[serde(rename = "webhook.created")]
    Created(WebhookMade),
    /// Some of it is otherwise.
    #[serde(rename = "webhook.changed")]
    Changed(WebhookChange),
    /// It signs with another secret; the one before signs, too, for a day.
    #[serde(rename = "webhook.rotated")]
    Rotated {
        /// The new secret, encrypted under the server's key and bound to its id. Content.
        secret: String,
    },
    /// It is told nothing until it is enabled; what comes meanwhile is told then.
    #[serde(rename = "webhook.disabled")]
    Disabled {
        /// Why.
        why: Disabled,
    },
    /// It is told again, from where it stopped.
    #[serde(rename = "webhook.enabled")]
    Enabled {},
    /// It is told once more of everything from a position on.
    #[serde(rename = "webhook.replayed")]
    Replayed {
        /// The first event of it.
        from: u64,
    },
    /// It is told of this event alone, whatever it wants.
    #[serde(rename = "webhook.tested")]
    Tested {},
    /// It is gone for ever.
    #[serde(rename = "webhook.deleted")]
    Deleted {},
    /// Its address and its secrets are to be destroyed. With its end.
    #[serde(rename = "erasure.requested")]
    ErasureRequested {},
    /// They are destroyed.
    #[serde(rename = "erasure.confirmed")]
    ErasureConfirmed {
        /// What was destroyed, by store.
        receipt: Vec<Destroyed>,
    },
}

/// A webhook as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookMade {
    /// Its id.
    pub webhook: WebhookId,
    /// Where it is told. Content.
    pub url: String,
    /// What it is for. Content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it signs with, encrypted under the server's key and bound to its id. Content.
    pub secret: String,
    /// Which types of events it wants: names, beginnings as `thread.*`, or `*`.
    pub events: Vec<String>,
    /// Of this thread alone, and who was shown it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadId>,
    /// Only what this user did, and what happened to the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
}

/// What is otherwise; nothing within something takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookChange {
    /// Another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Another purpose.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub description: Option<Option<String>>,
    /// Other types of events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// Of another thread, or of all.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub thread: Option<Option<ThreadId>>,
    /// Of another user, or of all.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub user: Option<Option<UserId>>,
}

/// Why a webhook is told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disabled {
    /// Somebody wanted it so.
    Asked,
    /// Its receiver says that it is gone (410).
    Gone,
    /// Its receiver has taken nothing for days.
    Failing,
}

impl Disabled {
    /// The word it is stored as.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

impl DomainEvent for WebhookEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Created(_) => "webhook.created",
            Self::Changed(_) => "webhook.changed",
            Self::Rotated { .. } => "webhook.rotated",
            Self::Disabled { .. } => "webhook.disabled",
            Self::Enabled {} => "webhook.enabled",
            Self::Replayed { .. } => "webhook.replayed",
            Self::Tested {} => "webhook.tested",
            Self::Deleted {} => "webhook.deleted",
            Self::ErasureRequested {} => "erasure.requested",
            Self::ErasureConfirmed { .. } => "erasure.confirmed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A command to a webhook.
#[derive(Clone, Debug)]
pub enum WebhookCommand {
    /// Make it.
    Create(WebhookMade),
    /// Make some of it otherwise, and have it told or not.
    Change {
        /// What is otherwise.
        change: WebhookChange,
        /// Whether it is told; as before, where nothing is said.
        enabled: Option<bool>,
        /// The thread that it tells of, as far as whoever asks knows: what their rights were judged by.
        of: Option<ThreadId>,
    },
    /// Let it sign with another secret.
    Rotate {
        /// Encrypted.
        secret: String,
        /// As with a change.
        of: Option<ThreadId>,
    },
    /// Tell it nothing. Idempotent.
    Disable {
        /// Why.
        why: Disabled,
    },
    /// Tell it once more of everything from this position on.
    Replay {
        /// The first event of it.
        from: u64,
    },
    /// Tell it of this.
    Test,
    /// End it for ever. Idempotent.
    Delete,
    /// Note that its content is destroyed. Idempotent.
    ConfirmErasure {
        /// What was destroyed, by store.
        receipt: Vec<Destroyed>,
    },
}

/// The state that the rules need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Webhook {
    life: Life,
    disabled: bool,
    #[serde(default)]
    thread: Option<ThreadId>,
}

impl Webhook {
    /// Whether there was one that is no more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.life, Life::Deleted | Life::Erased)
    }
}

impl Aggregate for Webhook {
    const TYPE: &'static str = "webhook";
    type Command = WebhookCommand;
    type Event = WebhookEvent;
    type Error = ConfiguredRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: WebhookEvent) {
        match event {
            WebhookEvent::Created(made) => {
                self.life = Life::Present;
                self.thread = made.thread;
            }
            WebhookEvent::Changed(change) => self.thread = change.thread.unwrap_or(self.thread),
            WebhookEvent::Disabled { .. } => self.disabled = true,
            WebhookEvent::Enabled {} => self.disabled = false,
            WebhookEvent::Deleted {} => self.life = Life::Deleted,
            WebhookEvent::ErasureConfirmed { .. } => self.life = Life::Erased,
            WebhookEvent::Rotated { .. }
            | WebhookEvent::Replayed { .. }
            | WebhookEvent::Tested {}
            | WebhookEvent::ErasureRequested {} => {}
        }
    }
}

impl Decide for Webhook {
    fn decide(&self, command: WebhookCommand) -> Result<Vec<WebhookEvent>, ConfiguredRefusal> {
        use WebhookCommand as Command;
        use WebhookEvent as Event;
        match (self.life, command) {
            (Life::Absent, Command::Create(made)) => Ok(vec![Event::Created(made)]),
            (_, Command::Create(_)) => Err(ConfiguredRefusal::Exists),
            (Life::Present, Command::Change { of, .. } | Command::Rotate { of, .. })
                if of != self.thread =>
            {
                Err(ConfiguredRefusal::Moved)
            }
            (
                Life::Present,
                Command::Change {
                    change, enabled, ..
                },
            ) => {
                let changed = (change != WebhookChange::default()).then_some(change);
                let told = match enabled {
                    Some(true) if self.disabled => Some(Event::Enabled {}),
                    Some(false) => self.disabled(Disabled::Asked),
                    _ => None,
                };
                Ok(changed
                    .map(Event::Changed)
                    .into_iter()
                    .chain(told)
                    .collect())
            }
            (Life::Present, Command::Rotate { secret, .. }) => Ok(vec![Event::Rotated { secret }]),
            (Life::Present, Command::Disable { why }) => Ok(Vec::from_iter(self.disabled(why))),
            (Life::Present, Command::Replay { from }) => Ok(vec![Event::Replayed { from }]),
            (Life::Present, Command::Test) => Ok(vec![Event::Tested {}]),
            (Life::Present, Command::Delete) => {
                Ok(vec![Event::Deleted {}, Event::ErasureRequested {}])
            }
            (Life::Deleted, Command::ConfirmErasure { receipt }) => {
                Ok(vec![Event::ErasureConfirmed { receipt }])
            }
            (Life::Deleted | Life::Erased, Command::Delete)
            | (Life::Erased, Command::ConfirmErasure { .. }) => Ok(vec![]),
            (Life::Present, Command::ConfirmErasure { .. }) => Err(ConfiguredRefusal::NotDeleted),
            (Life::Absent, Command::Delete | Command::ConfirmErasure { .. })
            | (
                _,
                Command::Change { .. }
                | Command::Rotate { .. }
                | Command::Disable { .. }
                | Command::Replay { .. }
                | Command::Test,
            ) => Err(ConfiguredRefusal::Unknown),
        }
    }
}

impl Webhook {
    fn disabled(&self, why: Disabled) -> Option<WebhookEvent> {
        (!self.disabled).then_some(WebhookEvent::Disabled { why })
    }
}

lives!(Webhook.life, WebhookMade, WebhookCommand);

/// Whether one of these patterns (a name, a beginning as `thread.*`, or `*`) means this type of event.
#[must_use]
pub fn wants(patterns: &[String], event_type: &str) -> bool {
    patterns.iter().any(|pattern| fits(pattern, event_type))
}

fn fits(pattern: &str, event_type: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some("") => true,
        Some(beginning) => beginning.ends_with('.') && event_type.starts_with(beginning),
        None => pattern == event_type,
    }
}

/// Why this is no list of types; `None`: it is one, in which every pattern means something.
#[must_use]
pub fn fault(patterns: &[String]) -> Option<String> {
    if patterns.is_empty() || patterns.len() > MOST_TYPES {
        return Some(format!("events must name 1 to {MOST_TYPES} types"));
    }
    let catalogue = schema::catalogue().events;
    let known: BTreeSet<&str> = catalogue
        .iter()
        .map(|event| event.event_type.as_str())
        .collect();
    let means_nothing = |pattern: &&String| !known.iter().any(|name| fits(pattern, name));
    let unknown = patterns.iter().find(means_nothing)?;
    let unknown: String = unknown.chars().take(60).collect();
    Some(format!(
        "there is no type of events {unknown:?}; /api/audit/schema lists them, and thread.* is all that begin so"
    ))
}
