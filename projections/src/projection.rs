//! What a projection is: which rows an event touches, and what becomes of each.

use crate::{Recorded, Row};

/// A view of the log as the rows of one table. Nothing but the events decides what is in it.
pub trait Projection: Send + 'static {
    /// Raised whenever the same events would make other rows or other columns: the table is then made anew.
    const VERSION: u32;
    /// A row of the table; the table's name is the projection's name.
    type Row: Row;

    /// The rows that `event` touches; none for most.
    fn keys(event: &Recorded) -> Vec<String>;

    /// What becomes of the row with `key`: the new row, or `None` when it is to go (or not to come).
    fn fold(row: Option<Self::Row>, key: &str, event: &Recorded) -> Option<Self::Row>;

    /// Whether `event` makes the row with `key` anew, whatever it was before: such a row need not be loaded.
    fn renews(_event: &Recorded, _key: &str) -> bool {
        false
    }

    /// A row that has to be known to fold `event`, without being touched by it.
    fn beside(_event: &Recorded) -> Option<String> {
        None
    }

    /// [`Self::fold`], knowing the row that [`Self::beside`] has named, as it stands before the event.
    fn fold_beside(
        row: Option<Self::Row>,
        key: &str,
        event: &Recorded,
        _beside: Option<&Self::Row>,
    ) -> Option<Self::Row> {
        Self::fold(row, key, event)
    }

    /// All the rows that `event` removes at once; they are gone before its own keys are folded.
    fn clears(_event: &Recorded) -> Option<Clear> {
        None
    }
}

/// Rows to be removed, however many they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clear {
    /// An indexed text column.
    pub column: &'static str,
    /// Rows that have this there go.
    pub value: String,
}
