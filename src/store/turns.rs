//! Nodes and the replies they run.

use uuid::Uuid;

use super::{Store, StoreError, on_either};

/// A node that was not seen for this long is taken for dead. Microseconds.
pub(super) const SILENCE: i64 = 15_000_000;

/// Which open turns are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnsOf {
    /// Every one.
    All,
    /// Those that nobody runs any more: not `boot`'s own, and their owner was replaced by a later
    /// boot of its node, or not seen for 15 s. With SQLite there is one node: everybody else's.
    AbandonedBut {
        /// Who is asking.
        boot: Uuid,
    },
    /// Those of them that certainly nobody runs: their owner was replaced.
    ReplacedBut {
        /// Who is asking.
        boot: Uuid,
    },
    /// Those that this boot runs.
    Boot(Uuid),
    /// This one.
    Turn(Uuid),
}

/// A reply that was started and not closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTurnRow {
    /// The turn.
    pub turn: Uuid,
    /// Its thread.
    pub thread: String,
    /// The boot that runs it.
    pub owner: Uuid,
    /// Draft inserts must name it.
    pub epoch: i64,
}

impl Store {
    /// Says that `boot` of `node` runs now; an earlier boot of the node is replaced.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn register_node(&self, node: Uuid, boot: Uuid) -> Result<(), StoreError> {
        on_either!(self, database => database.register_node(node, boot).await)
    }

    /// Says that the node still runs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn beat(&self, node: Uuid) -> Result<(), StoreError> {
        on_either!(self, database => database.beat(node).await)
    }

    /// Whether some node was seen in the last 15 s.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_live_node(&self) -> Result<bool, StoreError> {
        on_either!(self, database => database.has_live_node(SILENCE).await)
    }

    /// Replies that were started and not closed, oldest turn first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_turns(&self, of: TurnsOf) -> Result<Vec<OpenTurnRow>, StoreError> {
        on_either!(self, database => database.open_turns(of).await)
    }

    /// Raises the turn's epoch: when this returns, everything its owner was allowed to release is in
    /// the draft, and nothing more will be. The new epoch, or `None` when the turn is not open.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn fence(&self, turn: Uuid) -> Result<Option<i64>, StoreError> {
        on_either!(self, database => database.fence(turn).await)
    }
}
