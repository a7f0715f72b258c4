//! A chat: how completions are made, so that who wants one need only bring the messages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    configured::configured,
    ids::{AiProviderId, ChatId, ProjectId},
};

/// A chat as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChatMade {
    /// Its id.
    pub chat: ChatId,
    /// Whose it is.
    pub project: ProjectId,
    /// Whom it asks.
    pub ai_provider: AiProviderId,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How the model is to behave where a request says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_message: Option<String>,
    /// The model, when not the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

configured! {
    /// A chat.
    Chat is "chat", ChatCommand, ChatEvent;
    ChatMade is "chat.created";
    "chat.deleted"
}
