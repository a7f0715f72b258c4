//! An AI provider: whom a project's chats ask, where that is, and with which secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    configured::{configured, given},
    ids::{AiProviderId, ProjectId, SecretId},
};

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

configured! {
    /// An AI provider.
    AiProvider is "ai_provider", AiProviderCommand, AiProviderEvent;
    AiProviderMade is "ai_provider.created";
    AiProviderChange is "ai_provider.changed";
    "ai_provider.deleted"
}
