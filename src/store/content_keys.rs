//! The table of keys beside the log.

use super::{
    Store, StoreError, on_either,
    sealing::{KeyName, Keyring, StoredKey},
};

impl Store {
    /// Destroys the keys of an aggregate of before its erasure number `epoch`, here and in memory; how many.
    /// What they sealed can be read by nobody any more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn destroy_keys(
        &self,
        aggregate_type: &str,
        id: &str,
        epoch: u64,
    ) -> Result<u64, StoreError> {
        let destroyed =
            on_either!(self, database => database.destroy_keys(aggregate_type, id, epoch).await)?;
        self.forget_keys(aggregate_type, id, epoch);
        Ok(destroyed)
    }

    /// Forgets keys that another node destroys.
    pub fn forget_keys(&self, aggregate_type: &str, id: &str, epoch: u64) {
        self.keyring().forget(aggregate_type, id, epoch);
    }

    /// Those of the keys that are stored.
    pub(super) async fn content_keys(
        &self,
        names: &[KeyName],
    ) -> Result<Vec<StoredKey>, StoreError> {
        on_either!(self, database => database.content_keys(names).await)
    }

    pub(super) fn keyring(&self) -> &Keyring {
        on_either!(self, database => database.keyring())
    }
}
