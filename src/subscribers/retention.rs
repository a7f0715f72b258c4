//! Retention: what is older than its days is found by the days of its keys, and asked to go.
//!
//! Of a conversation that goes on, what was said before a day expires, and the eraser destroys it. What was asked once
//! (completions, embeddings, documents of sessions) is erased as a whole. Nothing of what is held goes; it is put aside,
//! visibly, and found again when the hold ends. Every step may be done again: as long as a key is there, its subject is
//! found, and what was destroyed and not recorded yet is counted where the next look finds it.

mod alone;
mod keys;
mod threads;
mod today;

use std::{collections::HashSet, time::Duration};

use aggregates::{
    UserId, completion::Completion, embedding::Embedding, ingest::Ingest, thread::Thread,
};
use cqrs_es::Aggregate;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use self::today::Today;
use super::Postponed;
use crate::{
    actors::{Directory, Ingests},
    clock,
    shutdown::Shutdown,
    store::{HeldErasure, Store, StoreError, beginning_of},
    views::Views,
};

/// The name under which one node works at a time.
const NAME: &str = "retention";
/// How often it looks while something goes.
const LOOK: Duration = Duration::from_secs(1);
/// And at most how long it waits once nothing does: each time a moment longer.
const IDLE: Duration = Duration::from_secs(60);
/// How often it looks through what projects have.
const PROJECTS: Duration = Duration::from_secs(60);
/// How long a node may work, in seconds, before another one takes the work for abandoned.
const HOLD: u32 = 600;
/// How often it says that it still does.
const RENEW: Duration = Duration::from_secs(60);
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
    today: Today,
    /// When it said last that it works.
    renewed: Instant,
    /// When projects were looked through last.
    projects: Option<Instant>,
    /// What an earlier process left half done is to be looked for.
    fresh: bool,
    /// The files of changes still hold what was destroyed.
    files: bool,
}

impl Retention {
    /// Of this node; before this process wrote into it, the log had come to `recorded_at`, in microseconds since 1970.
    #[must_use]
    pub fn new(
        directory: Directory,
        ingests: Ingests,
        store: Store,
        views: Views,
        node: Uuid,
        days: Option<u32>,
        recorded_at: i64,
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
            today: Today::after(recorded_at),
            renewed: Instant::now(),
            projects: None,
            fresh: true,
            files: false,
        }
    }

    /// Looks until the process ends.
    pub async fn run(mut self, shutdown: Shutdown) {
        let token = shutdown.token().clone();
        let mut pause = LOOK;
        loop {
            let looked = tokio::select! {
                () = token.cancelled() => return,
                looked = self.look() => looked,
            };
            pause = match looked {
                Ok(true) => LOOK,
                Ok(false) => (pause + LOOK).min(IDLE),
                Err(error) => {
                    self.fresh = true;
                    tracing::warn!(%error, "what is too old has to wait");
                    LOOK
                }
            };
            tokio::select! {
                () = token.cancelled() => return,
                () = sleep(pause) => {}
            }
        }
    }

    /// Whether something is on its way.
    async fn look(&mut self) -> Result<bool, Postponed> {
        let held = self.store.hold_subscription(NAME, self.node, HOLD).await?;
        if held.is_none() {
            return Ok(false);
        }
        self.renewed = Instant::now();
        let worked = self.work().await;
        // Whatever went wrong: what is destroyed is in no file.
        let emptied = self.empty_files().await;
        self.store.release_subscription(NAME, self.node, 0).await?;
        emptied?;
        Ok(worked? || self.files)
    }

    async fn work(&mut self) -> Result<bool, Postponed> {
        let Some(today) = self.today.ask(&self.store).await? else {
            return Ok(false);
        };
        if self.fresh {
            self.fresh = false;
            self.finish().await?;
        }
        let found = self.look_through_keys(today).await?;
        if self.projects.is_none_or(|last| last.elapsed() > PROJECTS) {
            self.look_through_projects(today).await?;
            self.count_held(today).await?;
            self.projects = Some(Instant::now());
        }
        Ok(found)
    }

    async fn empty_files(&mut self) -> Result<(), Postponed> {
        if self.files {
            let emptied = (self.store.empty_wal().await?, self.views.empty_wal().await?);
            self.files = !matches!(emptied, (Some(_), Some(_)));
        }
        Ok(())
    }

    /// Says that this node still works, before another one takes the work for abandoned.
    async fn renew(&mut self) -> Result<(), Postponed> {
        if self.renewed.elapsed() < RENEW {
            return Ok(());
        }
        let held = self.store.hold_subscription(NAME, self.node, HOLD).await?;
        self.renewed = Instant::now();
        match held {
            Some(_) => Ok(()),
            None => Err("another node looks for what is too old".into()),
        }
    }

    /// Says what keeps one from its end. Its key may be gone already, and nothing but that would find it again.
    fn wait(&mut self, of: &str, id: &str, error: &Postponed) {
        self.fresh = true;
        tracing::warn!(of, id, %error, "what is too old has to wait");
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
        if !self.store.is_waiting(aggregate_type, id).await? {
            tracing::info!(
                of = aggregate_type,
                id,
                "what is too old waits for a legal hold"
            );
        }
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

/// Before when everything is too old that is kept for so many days.
fn too_old(today: u64, days: u64) -> i64 {
    beginning_of(today.saturating_sub(days))
}
