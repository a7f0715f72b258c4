//! Carries what the notary has signed to an address elsewhere, where nobody can change it who can change the database.
//!
//! A request has lines as the anchor file has them (`application/x-ndjson`), the oldest first, and is sent until somebody
//! answers 2xx; then the next ones are. Who appends all bodies to a file has an anchor file for `colloquy audit verify
//! --anchor`; lines that come a second time (an answer was lost) change nothing there. A new address is told everything.

use std::time::Duration;

use reqwest::{Client, header::CONTENT_TYPE};
use sha2::{Digest, Sha256};
use tokio::time::sleep;
use uuid::Uuid;

use super::Postponed;
use crate::{
    audit::anchor::as_lines,
    config::AnchorUrl,
    shutdown::Shutdown,
    store::{Store, hex},
};

/// How often it looks for what was signed.
const LOOK: Duration = Duration::from_secs(1);
/// The longest pause after a failure.
const PAUSE: Duration = Duration::from_secs(60);
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long a node may work before another one takes the work for abandoned, in seconds.
const HOLD: u32 = 60;
/// Checkpoints of one request.
const TOGETHER: u32 = 256;

/// The one who carries, on one node.
pub struct Anchoring {
    store: Store,
    node: Uuid,
    client: Client,
    to: AnchorUrl,
    /// The name of its checkpoint, which is the size of the tree up to which everything was taken there.
    name: String,
    /// Everything up to here was taken, as far as this node knows.
    taken: Option<u64>,
}

impl Anchoring {
    /// To this address.
    #[must_use]
    pub fn new(store: Store, node: Uuid, client: Client, to: AnchorUrl) -> Self {
        let digest = Sha256::digest(to.url.as_str());
        Self {
            name: format!("anchor:{}", hex(&digest[..8])),
            store,
            node,
            client,
            to,
            taken: None,
        }
    }

    /// Follows the notary until the process ends.
    pub async fn run(mut self, shutdown: Shutdown) {
        let token = shutdown.token().clone();
        let mut failures: u32 = 0;
        loop {
            let pause = match failures {
                0 => LOOK,
                _ => LOOK.saturating_mul(1 << failures.min(6)).min(PAUSE),
            };
            tokio::select! {
                () = token.cancelled() => break,
                () = sleep(pause) => {}
            }
            let looked = tokio::select! {
                () = token.cancelled() => break,
                looked = self.look() => looked,
            };
            match looked {
                Ok(()) => failures = 0,
                Err(error) => {
                    if failures == 0 {
                        let url = self.to.shown();
                        tracing::warn!(%error, url, "what is signed cannot be anchored there; it is tried again and again");
                    }
                    failures = failures.saturating_add(1);
                    metrics::counter!("colloquy_anchor_failures_total").increment(1);
                }
            }
        }
        // It may have been at work: another node goes on at once.
        let release = self.store.release_subscription(&self.name, self.node, 0);
        let _ = release.await;
    }

    /// Carries everything that is signed and was not taken yet.
    async fn look(&mut self) -> Result<(), Postponed> {
        loop {
            let signed = self.store.last_checkpoint().await?;
            let size = signed.map_or(0, |signed| signed.size);
            if self.taken.is_some_and(|taken| taken >= size) {
                return Ok(());
            }
            let hold = self.store.hold_subscription(&self.name, self.node, HOLD);
            let Some(taken) = hold.await? else {
                // Another node carries.
                return Ok(());
            };
            if taken > size {
                let release = self.store.release_subscription(&self.name, self.node, 0);
                release.await?;
                return Err(format!(
                    "it has the log up to position {taken} as the database tells it, but only {size} events are signed"
                )
                .into());
            }
            let carried = self.carry(taken).await;
            let reached = carried.as_ref().map_or(taken, |reached| *reached);
            let release = self
                .store
                .release_subscription(&self.name, self.node, reached);
            release.await?;
            self.taken = Some(reached);
            carried?;
        }
    }

    /// Carries the next ones after this size; the last one's.
    async fn carry(&self, after: u64) -> Result<u64, Postponed> {
        let signed = self.store.checkpoints_after(after, TOGETHER).await?;
        let Some(last) = signed.last() else {
            return Ok(after);
        };
        let mut request = self
            .client
            .post(self.to.url.clone())
            .timeout(TIMEOUT)
            .header(CONTENT_TYPE, "application/x-ndjson")
            .body(as_lines(&signed)?);
        if let Some(key) = &self.to.key {
            request = request.bearer_auth(key.expose());
        }
        // The address may hold a secret.
        let answer = request.send().await.map_err(reqwest::Error::without_url)?;
        match answer.status() {
            status if status.is_success() => Ok(last.size),
            status => Err(format!("it answers {status}").into()),
        }
    }
}
