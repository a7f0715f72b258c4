//! Identities. All are UUIDs; version 7 unless a comment says otherwise.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// A conversation. Where a dialect lets clients name conversations, the id is a UUIDv5 of that name
    /// ([`ThreadId::named`]), so that two requests for one new name meet in the same thread.
    ThreadId
);
id!(
    /// A message of a thread; an edit or a reload makes a new message with a new id.
    MessageId
);
id!(
    /// A provider call. The answer it makes is the message of the same id ([`TurnId::answer`]).
    TurnId
);
id!(
    /// A person or a program with an account.
    UserId
);
id!(
    /// Bytes that are kept apart from the log.
    BlobId
);
id!(
    /// An API key.
    KeyId
);
id!(
    /// A chat session; each user has one, and always the same ([`SessionId::of`]).
    SessionId
);
id!(
    /// One attempt to change something. The same id is never committed twice.
    CommandId
);

/// The namespace of [`ThreadId::named`]; random, fixed for ever.
const THREAD_NAMES: Uuid = Uuid::from_u128(0x5d5c_9a0e_6b0b_4b62_9d3c_0f6f_8a86_3f10);

impl ThreadId {
    /// The thread that a dialect's own conversation name stands for.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(Uuid::new_v5(&THREAD_NAMES, name.as_bytes()))
    }
}

/// The namespace of [`SessionId::of`]; random, fixed for ever.
const SESSIONS: Uuid = Uuid::from_u128(0x6b1e_52d7_94c8_4f0b_a3a5_7f2c_11d0_9e46);

impl SessionId {
    /// The session of a user.
    #[must_use]
    pub fn of(user: UserId) -> Self {
        Self(Uuid::new_v5(&SESSIONS, user.0.as_bytes()))
    }
}

impl TurnId {
    /// The message this turn makes.
    #[must_use]
    pub fn answer(self) -> MessageId {
        MessageId(self.0)
    }
}
