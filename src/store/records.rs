//! The small tables beside the log: commands, reservations, credentials, snapshots.

use uuid::Uuid;

use super::{CommandRecord, Store, StoreError, on_either};

impl Store {
    /// What is remembered of a command.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn command(&self, id: Uuid) -> Result<Option<CommandRecord>, StoreError> {
        on_either!(self, database => database.command(id).await)
    }

    /// Remembers a command that came to nothing, unless something is remembered of it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_command(&self, record: &CommandRecord) -> Result<(), StoreError> {
        on_either!(self, database => database.note_command(record).await)
    }

    /// Forgets the commands committed before this time (microseconds since 1970); how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_commands(&self, older_than_micros: i64) -> Result<u64, StoreError> {
        on_either!(self, database => database.forget_commands(older_than_micros).await)
    }

    /// The id of the aggregate that owns a name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reservation(&self, kind: &str, key: &str) -> Result<Option<String>, StoreError> {
        on_either!(self, database => database.reservation(kind, key).await)
    }

    /// How many names of this kind are taken.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_reservations(&self, kind: &str) -> Result<u64, StoreError> {
        on_either!(self, database => database.count_reservations(kind).await)
    }

    /// Keeps a password hash. Credentials are written once and never changed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn put_credential(&self, id: Uuid, hash: &str) -> Result<(), StoreError> {
        on_either!(self, database => database.put_credential(id, hash).await)
    }

    /// A password hash.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn credential(&self, id: Uuid) -> Result<Option<String>, StoreError> {
        on_either!(self, database => database.credential(id).await)
    }

    /// Removes a password hash that no event names.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_credential(&self, id: Uuid) -> Result<(), StoreError> {
        on_either!(self, database => database.forget_credential(id).await)
    }

    /// Keeps the state of an aggregate at `sequence`, unless a later one is kept already.
    ///
    /// # Errors
    /// When the database does not answer, or the state is not JSON.
    pub async fn save_snapshot(
        &self,
        aggregate_type: &str,
        id: &str,
        sequence: u64,
        state_json: &str,
    ) -> Result<(), StoreError> {
        super::readable::check(state_json)
            .map_err(|error| StoreError::Refused(error.to_string()))?;
        on_either!(self, database => database.save_snapshot(aggregate_type, id, sequence, state_json).await)
    }
}
