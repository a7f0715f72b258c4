//! Finding what has grown too old: by the days of its keys, never by reading the log.

use super::{Recorded, Store, StoreError, on_either, sealing::sealed_before};

/// What happens when something of a conversation is too old, and when that is gone.
pub(super) const EXPIRIES: [&str; 2] = ["content.expired", "expiry.confirmed"];
/// Events that are read at a time.
const PAGE: u32 = 64;

/// A key of a day; with it goes what was sealed with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgedKey {
    /// The day, see [`super::day_of`].
    pub day: u64,
    /// The sort of aggregate.
    pub aggregate_type: String,
    /// Which one.
    pub aggregate_id: String,
}

/// How much there is of a kind, and of which days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aged {
    /// The sort of aggregate.
    pub aggregate_type: String,
    /// How many of them.
    pub count: u64,
    /// The day of the oldest.
    pub oldest: u64,
}

impl Store {
    /// The first keys of days before this one that come after `after`, the oldest first, of whatever does not wait for
    /// a hold.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn aged_keys(
        &self,
        before: u64,
        after: Option<&AgedKey>,
        limit: u32,
    ) -> Result<Vec<AgedKey>, StoreError> {
        on_either!(self, database => database.aged_keys(before, after, limit).await)
    }

    /// How much there is of days before this one, by kind. `held`: of what waits for a hold; otherwise of the rest.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn aged(&self, before: u64, held: bool) -> Result<Vec<Aged>, StoreError> {
        on_either!(self, database => database.aged(before, held).await)
    }

    /// The last sequence of a stream up to which everything was sealed before this day, when that is so up to
    /// `sequence`: what was sealed just before midnight may stand in the log just after it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sealed_through(
        &self,
        aggregate_type: &str,
        id: &str,
        sequence: u64,
        day: u64,
    ) -> Result<u64, StoreError> {
        let (mut through, mut after) = (sequence, sequence);
        loop {
            let page = on_either!(self, database => {
                database.read_stream(aggregate_type, id, after, PAGE).await
            })?;
            for event in &page {
                match sealed_before(event, day) {
                    None => {}
                    Some(true) => through = event.sequence,
                    Some(false) => return Ok(through),
                }
            }
            match page.last() {
                Some(last) => after = last.sequence,
                None => return Ok(through),
            }
        }
    }

    /// The last `open` times that something of a conversation has expired, the newest first. A confirmation of an
    /// earlier one may stand between them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_expiries(
        &self,
        aggregate_type: &str,
        id: &str,
        open: u64,
    ) -> Result<Vec<Recorded>, StoreError> {
        let open = usize::try_from(open).unwrap_or(usize::MAX);
        let (mut found, mut before) = (vec![], u64::MAX);
        while found.len() < open {
            let page = on_either!(self, database => {
                database.expiries_back(aggregate_type, id, before, PAGE).await
            })?;
            let Some(last) = page.last() else { break };
            before = last.sequence;
            let expiries = page
                .into_iter()
                .filter(|event| event.event_type == EXPIRIES[0]);
            found.extend(expiries.take(open - found.len()));
        }
        Ok(found)
    }
}
