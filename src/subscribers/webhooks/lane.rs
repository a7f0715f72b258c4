//! A lane: sends one webhook what is due, one message after the other, in the order of the log.

use std::{sync::Arc, time::Duration};

use aggregates::{
    WebhookId,
    webhook::{Disabled, Webhook, WebhookCommand},
};
use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    Postponed, Receivers,
    send::{Answer, Outcome, send},
};
use crate::{
    actors::Origin,
    clock,
    shutdown::Shutdown,
    store::{DueDelivery, Store},
    views::{Views, WebhookRow},
};

/// Messages that are read together.
const BATCH: u32 = 50;
/// How long it rests when nothing is due, at most: then it looks again.
const REST: Duration = Duration::from_secs(60);
/// How long it waits when the database does not answer.
const AWAY: Duration = Duration::from_secs(1);
/// How long a receiver may still take when the process ends.
const GRACE: Duration = Duration::from_secs(2);
/// How long it waits for the views.
const PATIENCE: Duration = Duration::from_secs(2);

/// Opens lanes.
pub(super) struct Lanes(Arc<Inner>);

struct Inner {
    store: Store,
    views: Views,
    client: reqwest::Client,
    receivers: Receivers,
}

/// A lane that is open. Dropped, it ends; a message that is on its way may arrive.
pub(super) struct Lane {
    news: Arc<Notify>,
    token: CancellationToken,
    _ends: DropGuard,
}

/// What to do next.
enum Next {
    /// There may be more.
    GoOn,
    /// Nothing is due.
    Rest,
    /// Its receiver is left alone.
    Pause(Duration),
    End,
}

impl Lane {
    /// There is something new for it.
    pub(super) fn wake(&self) {
        self.news.notify_one();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.token.is_cancelled()
    }
}

impl Lanes {
    pub(super) fn new(
        store: Store,
        views: Views,
        client: reqwest::Client,
        receivers: Receivers,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            views,
            client,
            receivers,
        }))
    }

    /// Opens the lane of a webhook.
    pub(super) fn open(&self, webhook: &str, shutdown: &Shutdown) -> Lane {
        let (news, token) = (Arc::new(Notify::new()), shutdown.token().child_token());
        let (inner, webhook) = (Arc::clone(&self.0), webhook.to_owned());
        let (heard, ended) = (Arc::clone(&news), token.clone());
        shutdown.spawn(async move {
            inner.run(&webhook, &heard, &ended).await;
            ended.cancel();
        });
        Lane {
            news,
            _ends: token.clone().drop_guard(),
            token,
        }
    }
}

impl Inner {
    async fn run(&self, webhook: &str, news: &Notify, token: &CancellationToken) {
        while !token.is_cancelled() {
            let rest = match self.send_due(webhook, token).await {
                Ok(Next::End) => return,
                Ok(Next::GoOn) => continue,
                Ok(Next::Pause(pause)) => {
                    tokio::select! {
                        () = token.cancelled() => return,
                        () = sleep(pause) => continue,
                    }
                }
                Ok(Next::Rest) => self.rest(webhook).await,
                Err(error) => {
                    tracing::warn!(webhook, %error, "a webhook has to wait");
                    AWAY
                }
            };
            tokio::select! {
                () = token.cancelled() => return,
                () = news.notified() => {}
                () = sleep(rest) => {}
            }
        }
    }

    /// How long nothing is due, unless something new comes.
    async fn rest(&self, webhook: &str) -> Duration {
        match self.store.next_delivery(webhook).await {
            Ok(None) => REST,
            Ok(Some(due_at)) => until(due_at).min(REST),
            Err(_) => AWAY,
        }
    }

    /// Sends what is due, up to the first message that is not taken.
    async fn send_due(&self, webhook: &str, token: &CancellationToken) -> Result<Next, Postponed> {
        let now = clock::now_micros();
        let due = self.store.due_deliveries(webhook, now, BATCH).await?;
        if due.is_empty() {
            return Ok(Next::Rest);
        }
        for due in &due {
            // As it is now: somebody may have moved or disabled it.
            let row: Option<WebhookRow> = self.views.configured(webhook).await?;
            let Some(row) = row.filter(|row| row.disabled.is_none()) else {
                return Ok(Next::End);
            };
            let answer = tokio::select! {
                answer = send(&self.client, &self.receivers, &row, due) => answer,
                () = ending(token) => return Ok(Next::End),
            };
            match self.note(&row, due, &answer).await? {
                Next::GoOn if answer.outcome == Outcome::Taken => {}
                next => return Ok(next),
            }
            if token.is_cancelled() {
                return Ok(Next::End);
            }
        }
        Ok(Next::GoOn)
    }

    async fn note(
        &self,
        row: &WebhookRow,
        due: &DueDelivery,
        answer: &Answer,
    ) -> Result<Next, Postponed> {
        let webhook = &row.webhook;
        let patience = &self.receivers.patience;
        let mut chance = [0];
        getrandom::fill(&mut chance)?;
        let now = clock::now_micros();
        let tried = patience.tried(due.attempts, answer, now, chance[0]);
        let anew = patience.anew(row.enabled_at, now);
        let failing = self.store.note_tried(webhook, due, &tried, anew).await?;
        metrics::counter!("colloquy_webhook_deliveries_total", "result" => tried.state.as_str())
            .increment(1);
        let why = match answer.outcome {
            Outcome::Taken => None,
            Outcome::Gone => Some(Disabled::Gone),
            Outcome::Refused(_) if patience.is_over(failing, now) => Some(Disabled::Failing),
            Outcome::Refused(_) => None,
        };
        if let Some(why) = why {
            self.disable(webhook, why).await?;
            return Ok(Next::End);
        }
        Ok(match patience.pause(answer, failing.times) {
            Duration::ZERO => Next::GoOn,
            pause => Next::Pause(pause),
        })
    }

    async fn disable(&self, webhook: &str, why: Disabled) -> Result<(), Postponed> {
        let id: WebhookId = webhook.parse()?;
        tracing::warn!(%id, why = why.as_str(), "a webhook is told no more, until somebody enables it");
        let disable = WebhookCommand::Disable { why };
        let configuration = &self.receivers.configuration;
        let disabled = configuration.execute::<Webhook>(webhook, disable, Origin::server());
        let position = disabled.await?;
        let _ = self.views.wait_for(position, PATIENCE).await;
        Ok(())
    }
}

/// Ends a moment after the lane is to end.
async fn ending(token: &CancellationToken) {
    token.cancelled().await;
    sleep(GRACE).await;
}

fn until(due_at: i64) -> Duration {
    let left = due_at.saturating_sub(clock::now_micros());
    Duration::from_micros(u64::try_from(left).unwrap_or(0))
}
