//! The rules: what may happen to a conversation, a user, a key and what is configured, and what it is called when it has.
//!
//! An aggregate is a function. State and command in, events or a named refusal out. Nothing here
//! knows a clock, a database, a network or a source of randomness: ids come in with the command and
//! time is the log's. `cqrs_es::Aggregate` is implemented for each, so the stock stores load them;
//! the actors call [`Decide::decide`] themselves, because a failing `handle` would leave a
//! half-applied state behind.

mod aggregate;
pub mod ai_provider;
pub mod bulk_decision;
pub mod case;
pub mod chat;
pub mod closing;
pub mod completion;
pub mod configured;
mod content;
pub mod document;
pub mod embedding;
pub mod export;
pub mod hold;
pub mod ids;
pub mod ingest;
pub mod key;
pub mod moderation_policy;
pub mod policy;
pub mod project;
pub mod quota;
pub mod rag_session;
pub mod reading;
pub mod schema;
pub mod secret;
pub mod session;
#[cfg(test)]
mod testing;
pub mod thread;
pub mod user;
pub mod verdict;
pub mod webhook;

pub use aggregate::Decide;
pub use configured::{Configured, Erasable};
pub use content::{content_of, stays};
pub use ids::{
    AiProviderId, BlobId, ChatId, CommandId, CompletionId, DocumentId, EmbeddingId, HoldId,
    IngestId, KeyId, MessageId, PolicyId, ProjectId, RagSessionId, SecretId, SessionId, ThreadId,
    TurnId, UserId, WebhookId,
};
