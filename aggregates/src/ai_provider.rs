//! An AI provider: whom a project's chats ask, where that is, and with which secret.

use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Decide,
    aggregate::handle_by_deciding,
    configured::{ConfiguredRefusal, Life, given, lives},
    ids::{AiProviderId, ProjectId, SecretId},
    thread::Destroyed,
};

#[cfg(test)]
mod tests;

/// What has happened to it. Names and versions are for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AiProviderEvent {
    /// It is there.
    #[serde(rename = "ai_provider.created")]
    Created(AiProviderMade),
    /// Some of it is otherwise.
    #[serde(rename = "ai_provider.changed")]
    Changed(AiProviderChange),
    /// It is gone for ever.
    #[serde(rename = "ai_provider.deleted")]
    Deleted {},
    /// Its content is to be destroyed. With its end.
    #[serde(rename = "erasure.requested")]
    ErasureRequested {},
    /// It is destroyed.
    #[serde(rename = "erasure.confirmed")]
    ErasureConfirmed {
        /// What was destroyed, by store.
        receipt: Vec<Destroyed>,
    },
}

/// A provider as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AiProviderMade {
    /// Its id.
    pub provider: AiProviderId,
    /// Whose it is.
    pub project: ProjectId,
    /// What people call it.
    pub name: String,
    /// How to talk to it, as `openai`.
    pub kind: String,
    /// The model that is asked where nobody names one.
    pub model: String,
    /// What it wants to see before it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretId>,
    /// Where it is, when not at its kind's usual place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// What else it is told: a JSON object, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
}

/// What is otherwise; nothing within something takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AiProviderChange {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another way to talk to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Another model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Another secret.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub secret: Option<Option<SecretId>>,
    /// Another place.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub base_url: Option<Option<String>>,
    /// Something else that it is told.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub config: Option<Option<String>>,
}

impl DomainEvent for AiProviderEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Created(_) => "ai_provider.created",
            Self::Changed(_) => "ai_provider.changed",
            Self::Deleted {} => "ai_provider.deleted",
            Self::ErasureRequested {} => "erasure.requested",
            Self::ErasureConfirmed { .. } => "erasure.confirmed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// What somebody may want of it.
#[derive(Clone, Debug)]
pub enum AiProviderCommand {
    /// Make it.
    Create(AiProviderMade),
    /// Make some of it otherwise.
    Change(AiProviderChange),
    /// Let it have this secret no more; where it has another one by now, it keeps that. Idempotent.
    TakeAway(SecretId),
    /// End it for ever. Idempotent.
    Delete,
    /// Note that its content is destroyed. Idempotent.
    ConfirmErasure {
        /// What was destroyed, by store.
        receipt: Vec<Destroyed>,
    },
}

/// The state that the rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AiProvider {
    life: Life,
    secret: Option<SecretId>,
}

impl Aggregate for AiProvider {
    const TYPE: &'static str = "ai_provider";
    type Command = AiProviderCommand;
    type Event = AiProviderEvent;
    type Error = ConfiguredRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: AiProviderEvent) {
        match event {
            AiProviderEvent::Created(made) => {
                self.life = Life::Present;
                self.secret = made.secret;
            }
            AiProviderEvent::Changed(change) => {
                if let Some(secret) = change.secret {
                    self.secret = secret;
                }
            }
            AiProviderEvent::Deleted {} => self.life = Life::Deleted,
            AiProviderEvent::ErasureRequested {} => {}
            AiProviderEvent::ErasureConfirmed { .. } => self.life = Life::Erased,
        }
    }
}

impl Decide for AiProvider {
    fn decide(
        &self,
        command: AiProviderCommand,
    ) -> Result<Vec<AiProviderEvent>, ConfiguredRefusal> {
        use AiProviderCommand as Command;
        use AiProviderEvent as Event;
        match (self.life, command) {
            (Life::Absent, Command::Create(made)) => Ok(vec![Event::Created(made)]),
            (_, Command::Create(_)) => Err(ConfiguredRefusal::Exists),
            (Life::Present, Command::Change(change)) => {
                let nothing = change == AiProviderChange::default();
                Ok(if nothing {
                    vec![]
                } else {
                    vec![Event::Changed(change)]
                })
            }
            (Life::Present, Command::TakeAway(secret)) => Ok(if self.secret == Some(secret) {
                vec![Event::Changed(AiProviderChange {
                    secret: Some(None),
                    ..AiProviderChange::default()
                })]
            } else {
                vec![]
            }),
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
            | (_, Command::Change(_) | Command::TakeAway(_)) => Err(ConfiguredRefusal::Unknown),
        }
    }
}

lives!(AiProvider.life, AiProviderMade, AiProviderCommand);
