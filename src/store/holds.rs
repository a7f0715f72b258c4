//! Legal holds where something is destroyed: what is held, and which erasures wait for that.

use uuid::Uuid;

use super::{Reservation, Store, StoreError, on_either};

/// The sort of name that a hold is.
const KIND: &str = "hold";

/// An erasure that waits for holds to be released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldErasure {
    /// The sort of aggregate.
    pub aggregate_type: String,
    /// Which one.
    pub aggregate_id: String,
    /// Where it was requested last, in the global order.
    pub position: u64,
    /// And in the aggregate's stream.
    pub sequence: u64,
    /// When, in microseconds since 1970.
    pub requested_at: i64,
    /// Whose it was.
    pub owner: Option<String>,
}

impl Store {
    /// What is taken with a hold, and given up with its end: for as long as that lasts, whoever has taken it is held.
    #[must_use]
    pub fn hold(aggregate_type: &str, hold: Uuid) -> Reservation {
        Reservation {
            kind: KIND,
            key: format!("{aggregate_type}/{hold}"),
        }
    }

    /// Whether one of these threads and users is held.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_held(&self, ids: &[String]) -> Result<bool, StoreError> {
        on_either!(self, database => database.is_held(ids).await)
    }

    /// Whether this one waits for a hold, as far as that is noted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_waiting(&self, aggregate_type: &str, id: &str) -> Result<bool, StoreError> {
        on_either!(self, database => database.is_waiting(aggregate_type, id).await)
    }

    /// Remembers that this one waits. Idempotent.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_held(&self, waiting: &HeldErasure) -> Result<(), StoreError> {
        on_either!(self, database => database.note_held(waiting).await)
    }

    /// This one waits no more; a later one of the same aggregate may.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_held(&self, done: &HeldErasure) -> Result<(), StoreError> {
        on_either!(self, database => database.forget_held(done).await)
    }

    /// Erasures that had to wait, of which nothing is held any more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn released_erasures(&self, limit: u32) -> Result<Vec<HeldErasure>, StoreError> {
        on_either!(self, database => database.released_erasures(limit).await)
    }

    /// The erasures that wait for this thread or user, the oldest first, and how many there are of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn erasures_held_by(
        &self,
        subject: &str,
        limit: u32,
    ) -> Result<(Vec<HeldErasure>, u64), StoreError> {
        on_either!(self, database => database.erasures_held_by(subject, limit).await)
    }
}
