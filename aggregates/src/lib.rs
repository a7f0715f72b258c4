//! The rules: what may happen to a conversation, a user and a key, and what it is called when it has.
//!
//! An aggregate is a function. State and command in, events or a named refusal out. Nothing here
//! knows a clock, a database, a network or a source of randomness: ids come in with the command and
//! time is the log's. `cqrs_es::Aggregate` is implemented for each, so the stock stores load them;
//! the actors call [`Decide::decide`] themselves, because a failing `handle` would leave a
//! half-applied state behind.

mod aggregate;
mod content;
pub mod ids;
pub mod key;
pub mod quota;
pub mod reading;
pub mod session;
#[cfg(test)]
mod testing;
pub mod thread;
pub mod user;

pub use aggregate::Decide;
pub use content::content_of;
pub use ids::{BlobId, CommandId, KeyId, MessageId, SessionId, ThreadId, TurnId, UserId};
