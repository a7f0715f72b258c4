//! What has grown too old in a thread, and how far it is gone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::MessageId;

/// Some of what was said is too old.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Expired {
    /// The day (how many since 1970 were over, UTC) before which everything goes that was said.
    pub before: u64,
    /// The thread's last event of before that day.
    pub through: u64,
    /// The messages that say something in events up to there. What was made of them later stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessageId>,
}

/// What a thread remembers of that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Expiry {
    /// See [`Expired::before`].
    pub before: u64,
    /// See [`Expired::through`].
    pub through: u64,
    /// How many events have said that something is too old.
    pub count: u64,
    /// Of those so many are carried out.
    pub confirmed: u64,
}

impl Expiry {
    /// Something is too old, and it is not confirmed that it is gone.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.confirmed < self.count
    }

    pub(super) fn note(&mut self, expired: &Expired) {
        self.before = self.before.max(expired.before);
        self.through = self.through.max(expired.through);
        self.count += 1;
    }

    /// An erasure destroys that, too.
    pub(super) fn overtaken(self) -> Self {
        Self {
            confirmed: self.count,
            ..self
        }
    }
}
