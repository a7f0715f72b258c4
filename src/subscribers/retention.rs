//! Retention: what is older than its days is found by the days of its keys, and asked to go.
//!
//! Of a conversation that goes on, what was said before a day expires, and the eraser destroys it. What was asked once
//! (completions, embeddings, documents of sessions) is erased as a whole. Nothing of what is held goes; it is put aside,
//! visibly, and found again when the hold ends. Every step may be done again: as long as a key is there, its subject is
//! found, and what was destroyed and not recorded yet is counted where the next look finds it.

mod alone;
mod threads;

use std::{collections::HashSet, time::Duration};

use aggregates::{
    UserId, completion::Completion, embedding::Embedding, ingest::Ingest, thread::Thread,
};
use cqrs_es::Aggregate;
use tokio::time::{Instant, MissedTickBehavior, interval};
use uuid::Uuid;

use super::Postponed;
use crate::{
    actors::{Directory, Ingests},
    clock,
    shutdown::Shutdown,
    store::{AgedKey, HeldErasure, Store, StoreError, beginning_of, day_of},
    views::Views,
};

/// The name under which one node works at a time.
const NAME: &str = "retention";
/// How often it looks whether something has become too old.
const LOOK: Duration = Duration::from_secs(1);
/// How often it looks through what projects have.
const PROJECTS: Duration = Duration::from_secs(60);
/// How long a node may work, in seconds, before another one takes the work for abandoned.
const HOLD: u32 = 600;
/// Keys and rows that are read at a time.
const PAGE: u32 = 512;
/// What grows too old.
const KINDS: [&str; 4] = [
    Thread::TYPE,
    Completion::TYPE,
    Embedding::TYPE,
    Ingest::TYPE,
];

/// See the module.
pub struct Retention {
    directory: Directory,
    ingests: Ingests,
    store: Store,
    views: Views,
    node: Uuid,
    /// For how many days the server keeps anything; nothing: for ever.
    days: Option<u32>,
    /// What was asked to go today, by this process, and is not gone.
    asked: HashSet<(String, String)>,
    day: u64,
    /// When projects were looked through last.
    projects: Option<Instant>,
    /// What an earlier process left half done is to be looked for.
    fresh: bool,
    /// The files of changes still hold what was destroyed.
    files: bool,
}

impl Retention {
    /// Of this node.
    #[must_use]
    pub fn new(
        directory: Directory,
        ingests: Ingests,
        store: Store,
        views: Views,
        node: Uuid,
        days: Option<u32>,
    ) -> Self {
        Self {
            directory,
            ingests,
            store,
            views,
            node,
            days,
            asked: HashSet::new(),
            day: 0,
            projects: None,
            fresh: true,
            files: false,
        }
    }

    /// Looks until the process ends.
    pub async fn run(mut self, shutdown: Shutdown) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let token = shutdown.token().clone();
        loop {
            tokio::select! {
                () = token.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let looked = tokio::select! {
                () = token.cancelled() => return,
                looked = self.look() => looked,
            };
            if let Err(error) = looked {
                self.fresh = true;
                tracing::warn!(%error, "what is too old has to wait");
            }
        }
    }

    async fn look(&mut self) -> Result<(), Postponed> {
        let today = day_of(clock::now_micros());
        let aged = self.aged(today).await?;
        let subjects: HashSet<_> = aged.iter().map(subject).collect();
        // What is gone is not asked for again, and what was only asked for on another day is.
        match today == self.day {
            true => self.asked.retain(|asked| subjects.contains(asked)),
            false => self.asked.clear(),
        }
        self.day = today;
        let is_news = subjects.iter().any(|known| !self.asked.contains(known));
        let by_projects = self.projects.is_none_or(|last| last.elapsed() > PROJECTS);
        if !is_news && !by_projects && !self.fresh && !self.files {
            return Ok(());
        }
        let held = self.store.hold_subscription(NAME, self.node, HOLD).await?;
        if held.is_none() {
            return Ok(());
        }
        let worked = self.work(&aged, today, by_projects).await;
        self.store.release_subscription(NAME, self.node, 0).await?;
        worked
    }

    /// Keys of days that the server keeps nothing of any more. No more are looked at until these are gone: what is asked
    /// for is destroyed one after the other.
    async fn aged(&self, today: u64) -> Result<Vec<AgedKey>, StoreError> {
        match self.days {
            None => Ok(vec![]),
            Some(days) => {
                let before = today.saturating_sub(days.into());
                self.store.aged_keys(before, PAGE).await
            }
        }
    }

    async fn work(
        &mut self,
        aged: &[AgedKey],
        today: u64,
        by_projects: bool,
    ) -> Result<(), Postponed> {
        if self.fresh {
            self.finish().await?;
            self.fresh = false;
        }
        for key in aged {
            let subject = subject(key);
            if self.asked.contains(&subject) {
                continue;
            }
            match self.expire(key, today).await {
                Ok(true) => {
                    self.asked.insert(subject);
                }
                Ok(false) => {}
                // What keeps one from its end keeps no other.
                Err(error) => {
                    let (of, id) = subject;
                    tracing::warn!(of, id, %error, "what is too old has to wait");
                }
            }
        }
        if by_projects {
            self.look_through_projects(today).await?;
            self.count_held(today).await?;
            self.projects = Some(Instant::now());
        }
        if self.files {
            let emptied = (self.store.empty_wal().await?, self.views.empty_wal().await?);
            self.files = !matches!(emptied, (Some(_), Some(_)));
        }
        Ok(())
    }

    /// Has it go; `false`: it is put aside.
    async fn expire(&mut self, key: &AgedKey, today: u64) -> Result<bool, Postponed> {
        let before = today.saturating_sub(self.days.unwrap_or(0).into());
        match key.aggregate_type.as_str() {
            Thread::TYPE => self.expire_thread(&key.aggregate_id, before).await,
            Completion::TYPE => self.erase_completion(&key.aggregate_id).await,
            Embedding::TYPE => self.erase_embedding(&key.aggregate_id).await,
            Ingest::TYPE => self.erase_document(&key.aggregate_id).await,
            _ => Ok(true),
        }
    }

    /// Tells how much waits for legal holds.
    async fn count_held(&self, today: u64) -> Result<(), StoreError> {
        let before = today.saturating_sub(self.days.unwrap_or(u32::MAX).into());
        let held = self.store.aged(before, true).await?;
        for kind in KINDS {
            let these = held.iter().find(|aged| aged.aggregate_type == kind);
            let count = these.map_or(0, |aged| aged.count);
            metrics::gauge!("colloquy_expired_held", "kind" => kind).set(count as f64);
        }
        Ok(())
    }

    /// Whether a hold keeps it; then it is listed with what waits.
    async fn is_held(
        &self,
        aggregate_type: &str,
        id: &str,
        owner: Option<UserId>,
    ) -> Result<bool, StoreError> {
        let owner = owner.map(|owner| owner.to_string());
        let held_by: Vec<String> = owner.iter().cloned().chain([id.to_owned()]).collect();
        if !self.store.is_held(&held_by).await? {
            return Ok(false);
        }
        tracing::info!(
            of = aggregate_type,
            id,
            "what is too old waits for a legal hold"
        );
        // Before every request: one that the record knows stays.
        let waiting = HeldErasure {
            aggregate_type: aggregate_type.to_owned(),
            aggregate_id: id.to_owned(),
            position: 0,
            sequence: 0,
            requested_at: clock::now_micros(),
            owner,
        };
        self.store.note_held(&waiting).await?;
        // Whoever released the hold in between has looked for what waits before this was there.
        if !self.store.is_held(&held_by).await? {
            self.store.forget_held(&waiting).await?;
        }
        Ok(true)
    }
}

fn subject(key: &AgedKey) -> (String, String) {
    (key.aggregate_type.clone(), key.aggregate_id.clone())
}

/// Before when everything is too old that is kept for so many days.
fn too_old(today: u64, days: u64) -> i64 {
    beginning_of(today.saturating_sub(days))
}
