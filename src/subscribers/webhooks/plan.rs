//! Which rows are made: the log is read after where webhooks are, and each event that one of them wants gets its row, in
//! one transaction with how far they are then.
//!
//! Of every look the first page is for those nearest the head, and the others go round among all, so that nobody waits
//! for one that is far behind, as with a replay.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::{Patience, Postponed, wanted::Wanted};
use crate::{
    clock,
    store::{DeliveryPlan, NewDelivery, Sign, Store, WebhookFeed},
    views::WebhookRow,
};

/// Events of one read.
const PAGE: u32 = 256;
/// Reads before other things have their turn.
const PAGES: u32 = 16;
/// How far webhooks are is written after so many events that none of them wants.
const STRIDE: u64 = 10_000;

/// How far all webhooks are.
pub(super) struct Progress {
    feeds: HashMap<String, WebhookFeed>,
    /// As it is written.
    written: HashMap<String, WebhookFeed>,
    /// Where the last page ended: who is behind it has its turn next.
    turn: u64,
    /// How many rows of each wait, or a little fewer.
    waiting: HashMap<String, u64>,
    /// Those of which that was said.
    full: BTreeSet<String>,
}

/// Where in the log a webhook is: with what it is told first, or with what it is told once more.
struct Place<'r> {
    webhook: &'r str,
    wanted: Wanted<'r>,
    after: u64,
    until: u64,
    again: bool,
}

impl Progress {
    pub(super) async fn load(store: &Store) -> Result<Self, Postponed> {
        let feeds = store.webhook_feeds().await?.into_iter();
        let feeds: HashMap<_, _> = feeds.map(|feed| (feed.webhook.clone(), feed)).collect();
        Ok(Self {
            written: feeds.clone(),
            feeds,
            turn: 0,
            waiting: HashMap::new(),
            full: BTreeSet::new(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.feeds.is_empty()
    }

    /// Webhooks that have begun and are not among these.
    pub(super) fn besides(&self, rows: &[WebhookRow]) -> Vec<String> {
        let known = |id: &&String| rows.iter().any(|row| row.webhook == **id);
        self.feeds.keys().filter(|id| !known(id)).cloned().collect()
    }

    pub(super) fn forget(&mut self, webhook: &str) {
        self.feeds.remove(webhook);
        self.written.remove(webhook);
        self.waiting.remove(webhook);
        self.full.remove(webhook);
    }

    /// Counts what waits for each.
    pub(super) async fn count(
        &mut self,
        store: &Store,
        patience: &Patience,
    ) -> Result<(), Postponed> {
        let mut all = 0;
        for id in self.feeds.keys() {
            let waiting = store.waiting_deliveries(id, patience.backlog).await?;
            self.waiting.insert(id.clone(), waiting);
            all += waiting;
        }
        metrics::gauge!("colloquy_webhook_backlog").set(all as f64);
        Ok(())
    }

    /// Makes the rows of what is new up to `head`; the answer is for whom there are any.
    pub(super) async fn plan(
        &mut self,
        store: &Store,
        node: Uuid,
        rows: &[WebhookRow],
        head: u64,
        patience: &Patience,
    ) -> Result<BTreeSet<String>, Postponed> {
        let mut told = BTreeSet::new();
        for nth in 0..PAGES {
            self.begin(rows);
            let mut places = vec![];
            for row in rows.iter().filter(|row| row.disabled.is_none()) {
                if self.has_room(store, row, patience).await? {
                    places.extend(self.places(row, head));
                }
            }
            let nearest = places.iter().map(|place| place.after).max();
            let next = match nth {
                0 => nearest,
                _ => self.next(&places),
            };
            let Some(from) = next else {
                break;
            };
            let page = store.signs_after(from, head, PAGE).await?;
            let is_full = page.len() >= PAGE as usize;
            let last = page.last().map_or(head, |last| last.position);
            let reached = if is_full { last } else { head };
            let mut plan = DeliveryPlan {
                due_at: clock::now_micros(),
                ..DeliveryPlan::default()
            };
            self.turn = reached;
            for place in places
                .iter()
                .filter(|place| (from..reached).contains(&place.after))
            {
                let fits = |sign: &&Sign| {
                    (place.after + 1..=place.until).contains(&sign.position)
                        && place.wanted.has(sign)
                };
                let new = page
                    .iter()
                    .filter(fits)
                    .map(|sign| delivery(place.webhook, sign));
                let rows = if place.again {
                    &mut plan.again
                } else {
                    &mut plan.fresh
                };
                rows.extend(new);
                self.advance(place, reached);
            }
            for new in plan.fresh.iter().chain(&plan.again) {
                *self.waiting.entry(new.webhook.clone()).or_default() += 1;
                told.insert(new.webhook.clone());
            }
            self.write(store, node, plan).await?;
        }
        Ok(told)
    }

    /// Those that are new begin where they were made, and what was asked for once more begins.
    fn begin(&mut self, rows: &[WebhookRow]) {
        for row in rows {
            let feed = self.feeds.entry(row.webhook.clone());
            let feed = feed.or_insert_with(|| WebhookFeed {
                webhook: row.webhook.clone(),
                position: row.number.unsigned_abs(),
                ..WebhookFeed::default()
            });
            let asked = row.replay_from.zip(row.replayed);
            let Some((from, asked)) =
                asked.map(|(from, asked)| (from.unsigned_abs(), asked.unsigned_abs()))
            else {
                continue;
            };
            if asked > feed.replayed {
                feed.replayed = asked;
                let after = from.saturating_sub(1);
                // One that is under way is not cut short.
                let after = feed
                    .replay
                    .map_or(after, |(under_way, _)| after.min(under_way));
                feed.replay = (after < feed.position).then_some((after, feed.position));
            }
        }
    }

    /// Where the next page begins: at the first place after the one that was served last, and then from the beginning.
    fn next(&self, places: &[Place<'_>]) -> Option<u64> {
        let starts = || places.iter().map(|place| place.after);
        let later = starts().filter(|after| *after > self.turn).min();
        later.or_else(|| starts().min())
    }

    async fn has_room(
        &mut self,
        store: &Store,
        row: &WebhookRow,
        patience: &Patience,
    ) -> Result<bool, Postponed> {
        let id = &row.webhook;
        let waiting = self.waiting.entry(id.clone()).or_default();
        if *waiting < patience.backlog {
            return Ok(true);
        }
        *waiting = store.waiting_deliveries(id, patience.backlog).await?;
        let has_room = *waiting < patience.backlog;
        if has_room {
            self.full.remove(id);
        } else if self.full.insert(id.clone()) {
            tracing::warn!(
                webhook = id,
                waiting,
                "too much waits for a webhook's receiver; what comes now waits in the log"
            );
        }
        Ok(has_room)
    }

    fn places<'r>(&self, row: &'r WebhookRow, head: u64) -> Vec<Place<'r>> {
        let Some(feed) = self.feeds.get(&row.webhook) else {
            return vec![];
        };
        let place = |after, until, again| Place {
            webhook: &row.webhook,
            wanted: Wanted::of(row),
            after,
            until,
            again,
        };
        let again = feed.replay.map(|(after, until)| place(after, until, true));
        let first = (feed.position < head).then(|| place(feed.position, head, false));
        again.into_iter().chain(first).collect()
    }

    fn advance(&mut self, place: &Place<'_>, reached: u64) {
        let Some(feed) = self.feeds.get_mut(place.webhook) else {
            return;
        };
        match place.again {
            false => feed.position = reached.max(feed.position),
            true => {
                feed.replay = (reached < place.until).then_some((reached, place.until));
            }
        }
    }

    /// Writes it, where there is enough to be written.
    async fn write(
        &mut self,
        store: &Store,
        node: Uuid,
        mut plan: DeliveryPlan,
    ) -> Result<(), Postponed> {
        let far = |now: u64, written: u64| now.saturating_sub(written) >= STRIDE;
        let is_far = |feed: &WebhookFeed| {
            let Some(written) = self.written.get(&feed.webhook) else {
                return true;
            };
            feed.replayed != written.replayed
                || far(feed.position, written.position)
                || match (feed.replay, written.replay) {
                    (Some((now, _)), Some((written, _))) => far(now, written),
                    // That it is done is said at once: it would all be told again.
                    (now, written) => now.is_some() != written.is_some(),
                }
        };
        let is_told = !plan.fresh.is_empty() || !plan.again.is_empty();
        if !is_told && !self.feeds.values().any(is_far) {
            return Ok(());
        }
        plan.feeds = self.feeds.values().cloned().collect();
        if !store.plan_deliveries(node, &plan).await? {
            return Err("another node works for the webhooks now".into());
        }
        for feed in plan.feeds {
            self.written.insert(feed.webhook.clone(), feed);
        }
        Ok(())
    }
}

/// The row of an event. The message's id is the same whenever it is made, and another one where a restored log has another
/// event in its place.
fn delivery(webhook: &str, sign: &Sign) -> NewDelivery {
    let name = format!("{}:{}", sign.position, sign.recorded_at);
    let namespace = Uuid::try_parse(webhook).unwrap_or_default();
    NewDelivery {
        webhook: webhook.to_owned(),
        position: sign.position,
        id: Uuid::new_v5(&namespace, name.as_bytes()),
        event_type: sign.event_type.clone(),
    }
}
