//! What is handed to the committer, and what comes back.

use cqrs_es::DomainEvent;
use uuid::Uuid;

use super::{StoreError, readable};

/// More events than this in one commit are a fault of ours.
const MAX_EVENTS: usize = 64;
/// Bytes of one event's payload, and of a commit's metadata.
const MAX_PAYLOAD: usize = 4 << 20;
/// Bytes of all payloads of one commit.
const MAX_COMMIT: usize = 16 << 20;
/// Bytes of a name: aggregate ids, event types, reserved keys.
const MAX_NAME: usize = 1024;

/// One command's events, to be written together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Committed at most once.
    pub command_id: Uuid,
    /// Of the request that caused it, when it had an idempotency key.
    pub fingerprint: Option<[u8; 32]>,
    /// The sort of aggregate.
    pub aggregate_type: &'static str,
    /// Which one: the stream, together with its type.
    pub aggregate_id: String,
    /// The stream's last sequence that the decision was made on; 0 for a new stream.
    pub expected: u64,
    /// How often the aggregate had been erased then: its content is sealed with the key of that epoch.
    pub epoch: u64,
    /// 1 to 64, in order.
    pub events: Vec<NewEvent>,
    /// A JSON object of strings, the same for all events.
    pub metadata: String,
    /// Names to take for this aggregate.
    pub reserve: Vec<Reservation>,
    /// Names of this aggregate to give up; done before `reserve`.
    pub release: Vec<Reservation>,
    /// Turns that these events open or close.
    pub turns: Vec<TurnChange>,
}

/// An event on its way into the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Its stable name.
    pub event_type: String,
    /// The version of its shape.
    pub event_version: String,
    /// JSON, stored byte for byte, its content sealed.
    pub payload: String,
}

impl NewEvent {
    /// Serialises a domain event.
    ///
    /// # Errors
    /// When it cannot be JSON.
    pub fn of<E: DomainEvent>(event: &E) -> Result<Self, StoreError> {
        Ok(Self {
            event_type: event.event_type(),
            event_version: event.event_version(),
            payload: serde_json::to_string(event)
                .map_err(|error| StoreError::Refused(error.to_string()))?,
        })
    }
}

/// A name within a kind. Its owner is the aggregate of the commit that takes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reservation {
    /// What sort of name, as `username`.
    pub kind: &'static str,
    /// The name.
    pub key: String,
}

/// What a commit does to the table of running replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TurnChange {
    /// A reply was started; its epoch is 1.
    Opened {
        /// The turn.
        turn: Uuid,
        /// Its thread.
        thread: String,
        /// The boot that runs it.
        owner: Uuid,
    },
    /// A reply has ended, however.
    Closed {
        /// The turn.
        turn: Uuid,
    },
}

/// Where a commit went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Global position of its first event.
    pub first_position: u64,
    /// Global position of its last event.
    pub last_position: u64,
    /// The stream's last sequence now.
    pub last_sequence: u64,
    /// Microseconds since 1970, on the log's clock.
    pub recorded_at: i64,
}

/// What is remembered of a commit, by its command id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRecord {
    /// The command.
    pub command_id: Uuid,
    /// Of the request that caused it, when it had an idempotency key.
    pub fingerprint: Option<[u8; 32]>,
    /// The sort of aggregate.
    pub aggregate_type: String,
    /// Which one.
    pub aggregate_id: String,
    /// Global position of its first event; 0: it had nothing to do.
    pub first_position: u64,
    /// Global position of its last event; of the log's, where it had nothing to do.
    pub last_position: u64,
    /// The first event's sequence in its stream.
    pub first_sequence: u64,
    /// Microseconds since 1970.
    pub recorded_at: i64,
}

impl CommandRecord {
    /// From which on reads show what it did; 0 when it had nothing to do.
    #[must_use]
    pub fn position(&self) -> u64 {
        match self.first_position {
            0 => 0,
            _ => self.last_position,
        }
    }

    /// The result that the commit had.
    #[must_use]
    pub fn committed(&self) -> Committed {
        Committed {
            first_position: self.first_position,
            last_position: self.last_position,
            last_sequence: self.first_sequence + (self.last_position - self.first_position),
            recorded_at: self.recorded_at,
        }
    }
}

impl Commit {
    /// Bytes that its events take.
    pub(super) fn size(&self) -> usize {
        let payloads: usize = self.events.iter().map(|event| event.payload.len()).sum();
        payloads + self.metadata.len() * self.events.len()
    }

    /// What both databases and every reader can take; the rest is refused here, before it can
    /// cost a whole batch its append.
    pub(super) fn check(&self) -> Result<(), String> {
        if !(1..=MAX_EVENTS).contains(&self.events.len()) {
            return Err(format!(
                "a commit has 1 to {MAX_EVENTS} events, not {}",
                self.events.len()
            ));
        }
        if self.expected > i64::MAX as u64 / 2 {
            return Err(format!("there is no sequence {}", self.expected));
        }
        if self.size() > MAX_COMMIT || self.metadata.len() > MAX_PAYLOAD {
            return Err(format!(
                "a commit has at most {MAX_COMMIT} bytes, not {}",
                self.size()
            ));
        }
        let names = self
            .events
            .iter()
            .flat_map(|event| [&event.event_type, &event.event_version]);
        let keys = self
            .reserve
            .iter()
            .chain(&self.release)
            .map(|name| &name.key);
        for name in names.chain(keys).chain([&self.aggregate_id]) {
            if name.len() > MAX_NAME || name.contains('\0') {
                return Err(format!(
                    "a name has at most {MAX_NAME} bytes and no U+0000: {name:?}"
                ));
            }
        }
        for event in &self.events {
            if event.payload.len() > MAX_PAYLOAD {
                let size = event.payload.len();
                return Err(format!(
                    "a payload has at most {MAX_PAYLOAD} bytes, not {size}"
                ));
            }
            readable::check(&event.payload).map_err(|error| {
                format!(
                    "the payload of {} is not readable: {error}",
                    event.event_type
                )
            })?;
        }
        readable::check(&self.metadata)
            .map_err(|error| format!("the metadata are not readable: {error}"))
    }
}
