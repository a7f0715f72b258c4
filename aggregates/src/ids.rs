//! Identities. All are UUIDs; version 7 unless a comment says otherwise.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no id as in 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct NoId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NoId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self).map_err(|_| NoId)
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
    /// A question with one answer, which belong to no thread.
    CompletionId
);
id!(
    /// Texts that become vectors.
    EmbeddingId
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
    /// A session of questions about documents; its user calls it by a name of their own.
    RagSessionId
);
id!(
    /// A document's way into a session.
    IngestId
);
id!(
    /// A legal hold.
    HoldId
);
id!(
    /// A webhook.
    WebhookId
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

impl EmbeddingId {
    /// The turn that makes it.
    #[must_use]
    pub fn turn(self) -> TurnId {
        TurnId(self.0)
    }

    /// What it is taken for among the turns: a conversation of its own, which no thread has the id of.
    #[must_use]
    pub fn alone(self) -> ThreadId {
        ThreadId(self.0)
    }
}

impl CompletionId {
    /// The turn that makes its answer.
    #[must_use]
    pub fn turn(self) -> TurnId {
        TurnId(self.0)
    }

    /// What it is taken for where turns are followed: a conversation of its own, which no thread has the id of.
    #[must_use]
    pub fn alone(self) -> ThreadId {
        ThreadId(self.0)
    }

    /// The message that is answered, where moderators look at it. Its answer is [`TurnId::answer`].
    #[must_use]
    pub fn question(self) -> MessageId {
        MessageId(Uuid::new_v5(&QUESTIONS, self.0.as_bytes()))
    }
}

/// The namespace of [`CompletionId::question`]; random, fixed for ever.
const QUESTIONS: Uuid = Uuid::from_u128(0x2f8b_6c1d_70e4_4a95_b3d8_91c5_e6fa_0427);

impl RagSessionId {
    /// The conversation in it.
    #[must_use]
    pub fn thread(self) -> ThreadId {
        ThreadId::named(&format!("rag:{self}"))
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

    /// What came with the wish for it, where another answer was wished for: no message, but a case may be about it.
    #[must_use]
    pub fn wish(self) -> MessageId {
        MessageId(Uuid::new_v5(&self.0, b"wish"))
    }
}

/// A short id: a prefix and 16 of `[A-Za-z0-9]`, 95 bits of chance.
macro_rules! short_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal $(, also $other:literal)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id that these random bits make.
            #[must_use]
            pub fn from_random(bits: u128) -> Self {
                Self(short($prefix, bits))
            }

            /// As it is printed.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let rest = text.strip_prefix($prefix)$(.or_else(|| text.strip_prefix($other)))?;
                match rest {
                    Some(rest) if is_short(rest) => Ok(Self(format!("{}{rest}", $prefix))),
                    _ => Err(NotAnId),
                }
            }
        }
    };
}

/// Something else than an id of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no id of this kind")]
pub struct NotAnId;

short_id!(
    /// A project.
    ProjectId, "proj_"
);
short_id!(
    /// A provider that a project's people have set up.
    AiProviderId, "aip_"
);
short_id!(
    /// A sealed value.
    SecretId, "sec_"
);
short_id!(
    /// A policy.
    PolicyId, "pol_"
);
short_id!(
    /// A chat: how a completion is made.
    ChatId, "cht_", also "chat_"
);
short_id!(
    /// A document.
    DocumentId, "doc_"
);

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH: usize = 16;

fn short(prefix: &str, mut bits: u128) -> String {
    let mut text = prefix.to_owned();
    for _ in 0..LENGTH {
        text.push(char::from(DIGITS[(bits % 62) as usize]));
        bits /= 62;
    }
    text
}

/// Whether this is `prefix` and 16 letters and digits.
#[must_use]
pub fn is_short_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(is_short)
}

fn is_short(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The namespace of [`UserId::short`] and [`KeyId::short`]; random, fixed for ever.
const SHORT: Uuid = Uuid::from_u128(0x9c41_0f37_5a2e_4d86_8b1d_e1c6_40a9_27f5);

impl UserId {
    /// The same user where ids are short: made of this id, so that it needs no memory.
    #[must_use]
    pub fn short(self) -> String {
        short("user_", Uuid::new_v5(&SHORT, self.0.as_bytes()).as_u128())
    }
}

impl KeyId {
    /// The same key where ids are short.
    #[must_use]
    pub fn short(self) -> String {
        short("key_", Uuid::new_v5(&SHORT, self.0.as_bytes()).as_u128())
    }
}

impl DocumentId {
    /// The id of the file that the document is kept in: one each.
    #[must_use]
    pub fn file(&self) -> String {
        self.0.replacen("doc_", "file_", 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_id_is_a_prefix_and_sixteen_letters_and_digits() {
        let id = ProjectId::from_random(u128::MAX);
        assert_eq!(id.as_str().len(), "proj_".len() + 16);
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_ne!(id, ProjectId::from_random(u128::MAX - 1));
        for text in [
            "",
            "proj_",
            "proj_123",
            "cht_0123456789abcdef",
            "proj_0123456789abcde!",
            "proj_0123456789abcdéf",
        ] {
            assert_eq!(text.parse::<ProjectId>(), Err(NotAnId), "{text}");
        }
    }

    #[test]
    fn a_chat_is_found_by_either_prefix_and_printed_with_one() {
        let id: ChatId = "chat_0123456789abcdef".parse().unwrap();
        assert_eq!(id.as_str(), "cht_0123456789abcdef");
        assert_eq!(id.as_str().parse(), Ok(id));
    }

    #[test]
    fn the_short_ids_of_users_and_keys_stay_the_same_for_ever() {
        let id = Uuid::from_u128(1);
        assert_eq!(UserId(id).short().len(), 21);
        assert_eq!(UserId(id).short()[5..], KeyId(id).short()[4..]);
        assert_ne!(UserId(id).short(), UserId(Uuid::from_u128(2)).short());
        assert_eq!(UserId(id).short(), "user_zxNxlCXbIXhzfIMp");
    }
}
