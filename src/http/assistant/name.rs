//! Conversations by the names this dialect gives them: `<user_id>:<channel>:<8 hex>`.

use aggregates::{ThreadId, UserId};
use serde_json::{Value, json};

use super::error::Error;
use crate::http::query::Query;

/// The longest name, in bytes.
const LONGEST: usize = 200;

/// A conversation by its name.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) channel: String,
    pub(super) thread: ThreadId,
}

impl Conversation {
    /// Reads the name in a body; only names that begin with the user's own id are theirs.
    pub(super) fn in_body(user: UserId, id: &str) -> Result<Self, Error> {
        Self::read(user, id, "body")
    }

    /// Reads the name in a path.
    pub(super) fn in_path(user: UserId, id: &str) -> Result<Self, Error> {
        Self::read(user, id, "path")
    }

    /// Reads the name in a query, where it must be.
    pub(super) fn in_query(user: UserId, query: &Query) -> Result<Self, Error> {
        let id = query.get("conversation_id").ok_or_else(|| {
            let place = ["query", "conversation_id"];
            Error::field("missing", &place, "Field required", Value::Null)
        })?;
        Self::read(user, id, "query")
    }

    fn read(user: UserId, id: &str, place: &str) -> Result<Self, Error> {
        let mut parts = id.splitn(3, ':');
        let owner = parts.next().unwrap_or_default();
        if owner != user.to_string() {
            return Err(Error::forbidden());
        }
        let channel = parts.next().unwrap_or_default();
        let tail = parts.next().unwrap_or_default();
        let plain = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
        if id.len() > LONGEST || !plain(channel) || !plain(tail) {
            return Err(Error::field(
                "value_error",
                &[place, "conversation_id"],
                "A conversation id has the form <user_id>:<channel>:<8 hex digits>",
                json!(id.chars().take(LONGEST).collect::<String>()),
            ));
        }
        Ok(Self {
            id: id.to_owned(),
            channel: channel.to_owned(),
            thread: ThreadId::named(id),
        })
    }

    /// A new name.
    pub(super) fn new(user: UserId, seed: uuid::Uuid) -> Self {
        let id = format!("{user}:web:{:08x}", seed.as_u128() as u32);
        Self {
            channel: "web".to_owned(),
            thread: ThreadId::named(&id),
            id,
        }
    }
}
