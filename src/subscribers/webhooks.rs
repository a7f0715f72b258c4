//! Webhooks: receivers elsewhere are told of events as they are recorded.
//!
//! One node works for all of them. It makes a row for each event that a webhook wants, and says in the same transaction
//! how far the webhook is ([`plan`]); so each event has one row, whatever ends in between. Each webhook has a lane that
//! sends what is due, one message after the other ([`lane`]): a slow receiver holds nobody up but itself. What was sent
//! and not noted is sent again under the same id, so that its receiver knows it.
//!
//! The log is the queue: of a webhook with too much that waits no further rows are made until some is gone. A message
//! names an event, and says nothing of what is in it.

mod lane;
mod plan;
mod retry;
mod send;
mod wanted;

use std::{collections::HashMap, time::Duration};

use aggregates::webhook::Webhook;
use tokio::time::{Instant, MissedTickBehavior, interval};
use uuid::Uuid;

pub use self::retry::Patience;
use self::{
    lane::{Lane, Lanes},
    plan::Progress,
};
use super::Postponed;
use crate::{
    actors::Configuration,
    auth::Vault,
    clock,
    config::Networks,
    providers::guarded_client,
    shutdown::Shutdown,
    store::Store,
    views::{Views, WebhookRow},
};

/// How often it looks whether something has happened.
const LOOK: Duration = Duration::from_millis(250);
/// How long a node has the work without saying so again, in seconds; and how often it does.
const HOLD: u32 = 60;
const RENEW: Duration = Duration::from_secs(10);
/// How long rows are kept that are done.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How often older ones are swept out, and how many in one go.
const SWEEP: Duration = Duration::from_secs(60 * 60);
const SWEPT: u32 = 5_000;

/// Tells receivers of events.
pub struct Webhooks {
    store: Store,
    views: Views,
    node: Uuid,
    lanes: Lanes,
    patience: Patience,
    /// As the views have them, and how far those were.
    rows: Vec<WebhookRow>,
    read_at: Option<u64>,
    progress: Option<Progress>,
    running: HashMap<String, Lane>,
    /// Since when this node has the work.
    held: Option<Instant>,
    asked: Option<Instant>,
    swept: Option<Instant>,
}

/// What it works with.
pub struct Receivers {
    /// Where one is disabled that does not answer.
    pub configuration: Configuration,
    /// Opens their secrets.
    pub vault: Vault,
    /// Where they may be.
    pub networks: Networks,
    /// How patient it is with them.
    pub patience: Patience,
}

impl Webhooks {
    /// Of this log.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        store: Store,
        views: Views,
        node: Uuid,
        receivers: Receivers,
    ) -> Result<Self, reqwest::Error> {
        let client = guarded_client(receivers.networks)?;
        let patience = receivers.patience.clone();
        Ok(Self {
            lanes: Lanes::new(store.clone(), views.clone(), client, receivers),
            store,
            views,
            node,
            patience,
            rows: vec![],
            read_at: None,
            progress: None,
            running: HashMap::new(),
            held: None,
            asked: None,
            swept: None,
        })
    }

    /// Follows the log until the process ends.
    pub async fn run(mut self, shutdown: Shutdown) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let token = shutdown.token().clone();
        loop {
            tokio::select! {
                () = token.cancelled() => break,
                _ = ticks.tick() => {}
            }
            let looked = tokio::select! {
                () = token.cancelled() => break,
                looked = self.look(&shutdown) => looked,
            };
            if let Err(error) = looked {
                // What is at hand may be ahead of what was written.
                self.progress = None;
                self.asked = None;
                tracing::warn!(%error, "webhooks have to wait");
            }
        }
        self.stop();
        if self.held.is_some()
            && let Err(error) = self.store.release_webhooks(self.node).await
        {
            tracing::info!(%error, "another node has to wait for the webhooks");
        }
    }

    async fn look(&mut self, shutdown: &Shutdown) -> Result<(), Postponed> {
        // Of a webhook that was deleted or moved they may not know yet.
        if self.views.have_caught_up().is_err() {
            return Ok(());
        }
        // Another node has the work, and was asked for it a moment ago.
        if self.held.is_none() && self.asked.is_some_and(|asked| asked.elapsed() <= RENEW) {
            return Ok(());
        }
        let head = self.views.position();
        if self.read_at != Some(head) {
            self.rows = self.views.list_configured(None, u32::MAX, 0).await?;
            self.read_at = Some(head);
        }
        let mut progress = match self.progress.take() {
            Some(progress) => progress,
            None => Progress::load(&self.store).await?,
        };
        if self.rows.is_empty() && progress.is_empty() {
            self.progress = Some(progress);
            return Ok(());
        }
        let had = self.held;
        if !self.hold().await? {
            self.stop();
            return Ok(());
        }
        if had.is_none() {
            // Another node may have worked meanwhile.
            progress = Progress::load(&self.store).await?;
        }
        if had != self.held {
            progress.count(&self.store, &self.patience).await?;
        }
        self.forget_ended(&mut progress).await?;
        for told in progress
            .plan(&self.store, self.node, &self.rows, head, &self.patience)
            .await?
        {
            if let Some(lane) = self.running.get(&told) {
                lane.wake();
            }
        }
        self.progress = Some(progress);
        self.keep_lanes(shutdown);
        self.sweep().await
    }

    /// Takes the work, or keeps it; whether this node has it.
    async fn hold(&mut self) -> Result<bool, Postponed> {
        if self.asked.is_none_or(|asked| asked.elapsed() > RENEW) {
            let now = Instant::now();
            let held = self.store.hold_webhooks(self.node, HOLD).await?;
            self.asked = Some(now);
            self.held = held.then_some(now);
        }
        Ok(self.held.is_some())
    }

    /// A lane for each that is told, and none for others.
    fn keep_lanes(&mut self, shutdown: &Shutdown) {
        let told = |id: &str| {
            let row = self.rows.iter().find(|row| row.webhook == id);
            row.is_some_and(|row| row.disabled.is_none())
        };
        self.running
            .retain(|id, lane| !lane.has_ended() && told(id));
        for row in self.rows.iter().filter(|row| row.disabled.is_none()) {
            if !self.running.contains_key(&row.webhook) {
                let lane = self.lanes.open(&row.webhook, shutdown);
                self.running.insert(row.webhook.clone(), lane);
            }
        }
    }

    fn stop(&mut self) {
        // What waits is counted by the node that has the work.
        metrics::gauge!("colloquy_webhook_backlog").set(0.0);
        self.running.clear();
        self.progress = None;
    }

    /// What is left of webhooks that were deleted goes.
    async fn forget_ended(&self, progress: &mut Progress) -> Result<(), Postponed> {
        for id in progress.besides(&self.rows) {
            let (webhook, _) = self.store.load::<Webhook>(&id).await?;
            if webhook.has_ended() && self.store.forget_webhook(&id, SWEPT).await? == 0 {
                progress.forget(&id);
            }
        }
        Ok(())
    }

    async fn sweep(&mut self) -> Result<(), Postponed> {
        if self.swept.is_some_and(|swept| swept.elapsed() < SWEEP) {
            return Ok(());
        }
        let kept = i64::try_from(KEPT.as_micros()).unwrap_or(i64::MAX);
        let before = clock::now_micros() - kept;
        let swept = self.store.sweep_deliveries(before, SWEPT).await?;
        // More of them: at the next look.
        if swept < u64::from(SWEPT) {
            self.swept = Some(Instant::now());
        }
        Ok(())
    }
}
