//! The record as it grows.

use std::time::Duration;

use tokio::time::sleep;

use super::Trail;
use crate::store::{EventFilter, StoreError, TrailPage};

impl Trail {
    /// How long whoever follows the record rests before the next look, where the last one has found nothing for them.
    pub const REST: Duration = Duration::from_millis(200);

    /// The next page for whoever follows the record, as [`Self::events`] gives it. An empty one comes after a rest where
    /// there is nothing more to look at: however much others do meanwhile, what is quiet is not looked for all the time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn follow(
        &self,
        filter: &EventFilter,
        after: u64,
        limit: u32,
    ) -> Result<TrailPage, StoreError> {
        let last = self.head().await?;
        if after < last {
            let page = self.events(filter, after, last, limit).await?;
            if !page.events.is_empty() || page.reached < last {
                return Ok(page);
            }
        }
        sleep(Self::REST).await;
        Ok(TrailPage {
            events: vec![],
            reached: last.max(after),
        })
    }
}
