//! What the notary keeps beside the log: hashes of its tree, and what it has signed.

use uuid::Uuid;

use super::{Leaves, Store, StoreError, on_either};

/// The name of the notary's checkpoint among the subscribers': how many events its tree has.
pub(in crate::store) const NOTARY: &str = "notary";

/// Neighbouring hashes of the tree, at most 256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashTile {
    /// They stand at the height 8 * level.
    pub level: u8,
    /// Which tile of its level, from 0.
    pub index: u64,
    /// 32 bytes each.
    pub hashes: Vec<u8>,
}

/// What was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// The events up to this position.
    pub size: u64,
    /// When, in microseconds since 1970.
    pub signed_at: i64,
    /// The checkpoint (c2sp.org/tlog-checkpoint).
    pub note: String,
}

/// The tree has grown.
#[derive(Clone, Debug)]
pub struct Growth {
    /// How many events it had.
    pub from: u64,
    /// What is new in it; the last tile of each level is written again.
    pub tiles: Vec<HashTile>,
    /// How many it has, signed.
    pub checkpoint: SignedCheckpoint,
}

impl Store {
    /// The first events after `position`, as they are stored: at most `limit`, and fewer where they are large. One
    /// whose columns have other types than they were made with is left out.
    ///
    /// # Errors
    /// When the database does not answer, or its files are damaged.
    pub async fn leaves_after(&self, position: u64, limit: u32) -> Result<Leaves, StoreError> {
        on_either!(self, database => database.leaves_after(position, limit).await)
    }

    /// All events, whatever their positions.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_events(&self) -> Result<u64, StoreError> {
        on_either!(self, database => database.count_events().await)
    }

    /// Takes the notary's work for so many seconds; how many events its tree has. `None` while another node has it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hold_notary(&self, node: Uuid, seconds: u32) -> Result<Option<u64>, StoreError> {
        self.hold_subscription(NOTARY, node, seconds).await
    }

    /// Gives the notary's work back without having done any.
    ///
    /// # Errors
    /// When the database does not answer; then it is free once its seconds are over.
    pub async fn release_notary(&self, node: Uuid) -> Result<(), StoreError> {
        self.release_subscription(NOTARY, node, 0).await
    }

    /// Those of the tiles (level and index) that there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tiles(&self, which: &[(u8, u64)]) -> Result<Vec<HashTile>, StoreError> {
        on_either!(self, database => database.tiles(which).await)
    }

    /// Keeps how the tree has grown, and gives the work back. `false`: another node was faster, nothing is kept.
    ///
    /// # Errors
    /// When the database does not answer; then it may be kept.
    pub async fn grow_tree(&self, node: Uuid, growth: &Growth) -> Result<bool, StoreError> {
        on_either!(self, database => database.grow_tree(node, growth).await)
    }

    /// What was signed of more than `size` events, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn checkpoints_after(
        &self,
        size: u64,
        limit: u32,
    ) -> Result<Vec<SignedCheckpoint>, StoreError> {
        on_either!(self, database => database.checkpoints_after(size, limit).await)
    }

    /// What was signed last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn last_checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        on_either!(self, database => database.last_checkpoint().await)
    }
}
