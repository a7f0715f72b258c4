//! What is too old, or will be: counted by the days of its keys.

use super::{StoreError, Trail};
use crate::{
    clock,
    store::{beginning_of, day_of},
};

/// How much of a kind is too old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooOld {
    /// `thread`, `completion`, `embedding` or `ingest`.
    pub kind: String,
    /// How many of them.
    pub count: u64,
    /// When the oldest day of it began, in microseconds since 1970.
    pub oldest: i64,
    /// It waits for a legal hold; otherwise it goes with the next look.
    pub held: bool,
}

impl Trail {
    /// What of the whole record is older than so many days.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn too_old(&self, days: u32) -> Result<Vec<TooOld>, StoreError> {
        let before = day_of(clock::now_micros()).saturating_sub(days.into());
        let mut found = vec![];
        for held in [false, true] {
            let aged = self.store().aged(before, held).await?;
            found.extend(aged.into_iter().map(|aged| TooOld {
                kind: aged.aggregate_type,
                count: aged.count,
                oldest: beginning_of(aged.oldest),
                held,
            }));
        }
        Ok(found)
    }
}
