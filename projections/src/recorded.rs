//! An event as the log holds it, its payload parsed once for all projections.

use aggregates::{
    key::KeyEvent, quota::QuotaEvent, session::SessionEvent, thread::ThreadEvent, user::UserEvent,
};

/// One event of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its place in the log, from 1, without gaps.
    pub position: u64,
    /// When it was committed, in microseconds since 1970; never less than its predecessor's.
    pub recorded_at: i64,
    /// Whose event it is.
    pub aggregate_id: String,
    /// Its place in its aggregate's stream, from 1.
    pub sequence: u64,
    /// What happened.
    pub event: Event,
}

/// What happened, by the kind of aggregate.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// To a conversation.
    Thread(ThreadEvent),
    /// To a user.
    User(UserEvent),
    /// To an API key.
    Key(KeyEvent),
    /// To a quota.
    Quota(QuotaEvent),
    /// To a chat session.
    Session(SessionEvent),
    /// To something that no projection shows.
    Other,
}

impl Event {
    /// Parses a stored payload.
    ///
    /// # Errors
    /// The payload is not an event of this kind of aggregate, or not one this program knows.
    pub fn parse(aggregate_type: &str, payload: &str) -> Result<Self, serde_json::Error> {
        Ok(match aggregate_type {
            "thread" => Self::Thread(serde_json::from_str(payload)?),
            "user" => Self::User(serde_json::from_str(payload)?),
            "quota" => Self::Quota(serde_json::from_str(payload)?),
            "session" => Self::Session(serde_json::from_str(payload)?),
            "key" => Self::Key(serde_json::from_str(payload)?),
            _ => Self::Other,
        })
    }
}
