//! Finding erasures, and destroying what the store has beside the log.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Recorded, Store, StoreError, log::counted, on_either, postgres, sqlite};

/// Which erasure of which aggregate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The sort of aggregate.
    pub aggregate_type: String,
    /// Which one.
    pub aggregate_id: String,
    /// The how manieth of it: what was said in epochs before goes.
    pub number: u64,
    /// Where it was requested, in the global order.
    pub position: u64,
    /// And in the aggregate's stream.
    pub sequence: u64,
    /// Only what was sealed before this day goes, whatever its epoch, see [`super::day_of`]; nothing: all of it.
    pub before: Option<u64>,
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

    /// Up to where this subscriber has done everything, whoever works for it now.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such subscriber.
    pub async fn subscriber_position(&self, subscriber: &str) -> Result<u64, StoreError> {
        on_either!(self, database => database.subscriber_position(subscriber).await)
    }

    /// The requested and the confirmed erasures after `position`, what has expired, and the ends of legal holds, in
    /// order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn erasures_after(
        &self,
        position: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let (mut events, expiries) = on_either!(self, database => (
            database.erasures_after(position, limit).await?,
            database.expiries_after(position, limit).await?,
        ));
        events.extend(expiries);
        events.sort_unstable_by_key(|event| event.position);
        events.truncate(limit as usize);
        Ok(events)
    }

    /// Destroys the keys of what was said before, here and in memory: it can be read by nobody any more. `false`: it is
    /// not, because one of `held_by`, which are threads and users, is held. No hold can come in between.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn destroy_keys(
        &self,
        erasure: &Erasure,
        held_by: &[String],
    ) -> Result<bool, StoreError> {
        let (of, id) = (&erasure.aggregate_type, &erasure.aggregate_id);
        self.destroy_keys_of(erasure, of, id, held_by).await
    }

    /// The same of an aggregate that goes with the erased one, and is counted there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn destroy_keys_of(
        &self,
        erasure: &Erasure,
        aggregate_type: &str,
        aggregate_id: &str,
        held_by: &[String],
    ) -> Result<bool, StoreError> {
        let destroyed = on_either!(self, database => {
            database.destroy_keys_of(erasure, aggregate_type, aggregate_id, held_by).await
        })?;
        if destroyed {
            self.forget_keys(aggregate_type, aggregate_id);
        }
        Ok(destroyed)
    }

    /// Destroys what is kept beside the log of what was said before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn destroy_copies(&self, erasure: &Erasure) -> Result<(), StoreError> {
        on_either!(self, database => {
            let (of, id) = (&erasure.aggregate_type, &erasure.aggregate_id);
            database.destroy_blobs_of(erasure, of, id, erasure.sequence).await?;
            database.destroy_copies(erasure).await
        })
    }

    /// Destroys the blobs of an aggregate that goes with the erased one as a whole, and is counted there. What of them is
    /// in a bucket is [doomed](Store::has_doomed) as the erased one's.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn destroy_blobs_of(
        &self,
        erasure: &Erasure,
        aggregate_type: &str,
        aggregate_id: &str,
    ) -> Result<(), StoreError> {
        on_either!(self, database => {
            database.destroy_blobs_of(erasure, aggregate_type, aggregate_id, u64::MAX).await
        })
    }

    /// Destroys what tells repeated requests to aggregates of one sort that go with the erased one, and are counted there:
    /// there are fingerprints of what people wrote in it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn destroy_commands_of(
        &self,
        erasure: &Erasure,
        aggregate_type: &str,
        ids: &[String],
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        on_either!(self, database => database.destroy_commands_of(erasure, aggregate_type, ids).await)
    }

    /// Destroys password hashes, unless one of `held_by` is held; whether it did.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn destroy_credentials(
        &self,
        erasure: &Erasure,
        ids: &[Uuid],
        held_by: &[String],
    ) -> Result<bool, StoreError> {
        on_either!(self, database => database.destroy_credentials(erasure, ids, held_by).await)
    }

    /// Counts what was destroyed elsewhere: `items` in the store of this name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_destroyed(
        &self,
        erasure: &Erasure,
        store: &str,
        items: u64,
    ) -> Result<(), StoreError> {
        if items == 0 {
            return Ok(());
        }
        on_either!(self, database => database.note_destroyed(erasure, store, items).await)
    }

    /// What was destroyed for it so far, by all nodes and tries: how many in which store.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn destroyed(&self, erasure: &Erasure) -> Result<HashMap<String, u64>, StoreError> {
        let counts: Vec<(String, i64)> =
            on_either!(self, database => database.destroyed(erasure).await)?;
        let counts = counts.into_iter();
        Ok(counts
            .map(|(store, items)| (store, counted(items)))
            .collect())
    }

    /// The erasures of this sort of aggregate of which something is destroyed, and nothing says so yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn half_destroyed(&self, aggregate_type: &str) -> Result<Vec<String>, StoreError> {
        on_either!(self, database => database.half_destroyed(aggregate_type).await)
    }

    /// Forgets what was destroyed for this one and those before: a receipt says it now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_destroyed(&self, erasure: &Erasure) -> Result<(), StoreError> {
        on_either!(self, database => database.forget_destroyed(erasure).await)
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
