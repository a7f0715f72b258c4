//! The table of keys beside the log.

use super::{
    Store, StoreError, on_either,
    sealing::{KeyName, Keyring, StoredKey},
};

impl Store {
    /// Forgets the keys of an aggregate, some of which are destroyed, here or by another node. The others are
    /// read again when they are needed.
    pub fn forget_keys(&self, aggregate_type: &str, id: &str) {
        self.keyring().forget(aggregate_type, id);
        self.tail().forget();
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
