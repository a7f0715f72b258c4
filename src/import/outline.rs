//! What a conversation says of itself, without reading what is in it.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{Format, text};

/// A conversation as far as it tells whose it is, in any of the shapes.
#[derive(Deserialize)]
pub(super) struct Outline<'r> {
    #[serde(default, rename = "conversationId")]
    conversation: Value,
    #[serde(default)]
    conversation_id: Value,
    #[serde(default)]
    id: Value,
    #[serde(default)]
    pub(super) title: Value,
    #[serde(borrow)]
    mapping: Option<&'r RawValue>,
    #[serde(borrow)]
    chat: Option<&'r RawValue>,
    #[serde(borrow, rename = "messagesTree")]
    pub(super) tree: Option<&'r RawValue>,
    #[serde(borrow)]
    pub(super) messages: Option<&'r RawValue>,
}

impl Outline<'_> {
    /// Whose it looks like.
    pub(super) fn format(&self) -> Option<Format> {
        if self.mapping.is_some() {
            Some(Format::ChatGpt)
        } else if self.chat.is_some() {
            Some(Format::OpenWebUi)
        } else if self.messages.is_some() || self.tree.is_some() {
            Some(Format::LibreChat)
        } else {
            None
        }
    }

    /// What it is called.
    pub(super) fn id(&self) -> Option<String> {
        let ids = [&self.conversation_id, &self.conversation, &self.id];
        ids.into_iter().find_map(text)
    }
}
