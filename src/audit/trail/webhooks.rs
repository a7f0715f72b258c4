//! What webhooks are told, and what became of it.

use super::Trail;
use crate::{
    audit::MOST_WAITING,
    store::{DeliveryRow, DeliveryState, StoreError},
};

/// How far a webhook is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Every event up to there that it wants was sent, or waits; nothing: it has not begun.
    pub position: Option<u64>,
    /// What is told once more: after the first position, up to the second.
    pub replay: Option<(u64, u64)>,
    /// Since when its receiver has taken nothing, in microseconds since 1970.
    pub failing_since: Option<i64>,
    /// Messages that wait, [`MOST_WAITING`] at most: then further events wait in the log.
    pub waiting: u64,
}

impl Trail {
    /// How far a webhook is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn told(&self, webhook: &str) -> Result<Told, StoreError> {
        let feeds = self.store.webhook_feeds().await?;
        let feed = feeds.into_iter().find(|feed| feed.webhook == webhook);
        let Some(feed) = feed else {
            return Ok(Told::default());
        };
        let waiting = self.store.waiting_deliveries(webhook, MOST_WAITING);
        Ok(Told {
            position: Some(feed.position),
            replay: feed.replay,
            failing_since: feed.failing.since,
            waiting: waiting.await?,
        })
    }

    /// What a webhook was told after this position, or is to be told, in the order of the log.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn deliveries(
        &self,
        webhook: &str,
        state: Option<DeliveryState>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        self.store.deliveries(webhook, state, after, limit).await
    }
}
