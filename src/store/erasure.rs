//! Finding erasures, and destroying what the store has beside the log.

use super::{Recorded, Store, StoreError, on_either, postgres, sqlite};

/// The copies of an aggregate that were destroyed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// Remembered commands.
    pub commands: u64,
    /// Snapshots.
    pub snapshots: u64,
}

/// The right to work as a subscriber, and how far it is. One node has it at a time.
#[derive(Debug)]
pub struct Watch(pub(super) Inner);

#[derive(Debug)]
pub(super) enum Inner {
    Sqlite(sqlite::Watch),
    Postgres(postgres::Watch),
}

impl Watch {
    /// Everything up to here is done.
    #[must_use]
    pub fn position(&self) -> u64 {
        match &self.0 {
            Inner::Sqlite(watch) => watch.position,
            Inner::Postgres(watch) => watch.position,
        }
    }

    /// Everything up to `position` is done now; lets the next one work. It never goes back.
    ///
    /// # Errors
    /// When the database does not answer; the same work is then done again.
    pub async fn move_to(self, position: u64) -> Result<(), StoreError> {
        match self.0 {
            Inner::Sqlite(watch) => watch.move_to(position).await,
            Inner::Postgres(watch) => watch.move_to(position).await,
        }
    }
}

impl Store {
    /// Takes the right to work as this subscriber; `None` while another node has it.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such subscriber.
    pub async fn watch(&self, subscriber: &'static str) -> Result<Option<Watch>, StoreError> {
        on_either!(self, database => database.watch(subscriber).await)
    }

    /// The requested and the confirmed erasures after `position`, in order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn erasures_after(
        &self,
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        on_either!(self, database => database.erasures_after(position, limit).await)
    }

    /// Destroys what is kept of an aggregate beside the log, from before its event at `position`, which is
    /// its `sequence`-th.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn destroy_copies(
        &self,
        aggregate_type: &str,
        id: &str,
        position: u64,
        sequence: u64,
    ) -> Result<Copies, StoreError> {
        on_either!(self, database => database.destroy_copies(aggregate_type, id, position, sequence).await)
    }

    /// Empties the files of changes that are not yet in their database, which still hold what was deleted
    /// there: how many; `None` while somebody reads or writes, then it has to be tried again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn empty_wal(&self) -> Result<Option<u64>, StoreError> {
        match self {
            Self::Sqlite(database) => database.empty_wal().await,
            // PostgreSQL recycles its own.
            Self::Postgres(_) => Ok(Some(0)),
        }
    }
}
