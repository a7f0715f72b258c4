//! How far each subscriber is, and who works for it: one node at a time, without holding a connection while
//! it works, which may take as long as somebody else's answer.

use uuid::Uuid;

use super::{Recorded, Store, StoreError, on_either};

impl Store {
    /// Takes the work of a subscriber for so many seconds, or keeps it: everything up to the answered position
    /// is done. `None` while another node has it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hold_subscription(
        &self,
        subscriber: &str,
        node: Uuid,
        seconds: u32,
    ) -> Result<Option<u64>, StoreError> {
        on_either!(self, database => database.hold_subscription(subscriber, node, seconds).await)
    }

    /// Everything up to `position` is done: gives the work back. It never goes back, and does nothing for a
    /// node that has lost the work to another.
    ///
    /// # Errors
    /// When the database does not answer; the same work is then done again.
    pub async fn release_subscription(
        &self,
        subscriber: &str,
        node: Uuid,
        position: u64,
    ) -> Result<(), StoreError> {
        on_either!(self, database => database.release_subscription(subscriber, node, position).await)
    }

    /// The first `limit` events after `position` that have one of these names, in global order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read_named_after(
        &self,
        names: &[&str],
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let events =
            on_either!(self, database => database.read_named_after(names, position, limit).await)?;
        self.opened(events).await
    }
}
