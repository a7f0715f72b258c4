//! Erasure: after `erasure.requested`, destroys the keys of what was said, then every copy of it, and
//! confirms it with a receipt.
//!
//! Every step may be done again, and the checkpoint passes a request only when it is confirmed: a crash
//! anywhere leads to the same end. What still stands in the way (the erased reply ends, a view is behind,
//! somebody reads the files) makes the receipt wait, not the destruction of what can be destroyed.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use aggregates::thread::{Destroyed, Thread, ThreadCommand};
use cqrs_es::Aggregate;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::{
    actors::{Directory, Origin},
    shutdown::Shutdown,
    store::{Recorded, Store, StoreError},
    views::{Freshness, ViewError, Views},
};

/// The name of its checkpoint.
const NAME: &str = "erasure";
/// How often it looks for requests, and tries again what has to wait.
const LOOK: Duration = Duration::from_millis(250);
/// Requests that are worked on at a time.
const PAGE: u32 = 1_000;
/// How long it waits for the views, before it looks again.
const PATIENCE: Duration = Duration::from_secs(2);
/// A rebuild that has not moved for so long was broken off; a living one moves every fraction of a second.
const BROKEN_OFF: Duration = Duration::from_secs(10);
const REQUESTED: &str = "erasure.requested";

/// Why a look came to no end; the next one begins anew.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Views(#[from] ViewError),
}

/// Carries erasures out until the process ends.
pub async fn run(directory: Directory, store: Store, views: Views, shutdown: Shutdown) {
    let mut eraser = Eraser {
        directory,
        store,
        views,
        seen: 0,
        busy: true,
        stalled: HashMap::new(),
        begun: HashMap::new(),
    };
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.token().cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = eraser.look().await {
            tracing::warn!(%error, "an erasure has to wait");
        }
    }
}

struct Eraser {
    directory: Directory,
    store: Store,
    views: Views,
    /// The last erasure in the log that this node has heard of.
    seen: u64,
    /// Some of them may not be confirmed.
    busy: bool,
    /// Views that are behind: where, and since when.
    stalled: HashMap<String, (u64, Instant)>,
    /// What was destroyed for those that are not confirmed: a try that had to wait found it, the next does not.
    begun: HashMap<(String, String), Vec<Destroyed>>,
}

/// Whose contents go, and the newest request for it.
struct Subject {
    kind: String,
    id: String,
    position: u64,
    sequence: u64,
}

impl Subject {
    fn name(&self) -> (String, String) {
        (self.kind.clone(), self.id.clone())
    }
}

/// How far one is.
enum State {
    Confirmed,
    /// Something stands in its way.
    Waits,
    /// Everything but what is left in files; how many erasures it was.
    Destroyed {
        erasure: u64,
    },
}

impl Eraser {
    async fn look(&mut self) -> Result<(), Failure> {
        loop {
            let heard = self.store.erasures_after(self.seen, PAGE).await?;
            let Some(last) = heard.last() else { break };
            self.seen = last.position;
            for event in &heard {
                // Keys may be at hand here, whichever node destroys them; after the confirmation they
                // cannot come back.
                self.store
                    .forget_keys(&event.aggregate_type, &event.aggregate_id);
                self.busy |= event.event_type == REQUESTED;
            }
        }
        if !self.busy {
            return Ok(());
        }
        let Some(watch) = self.store.watch(NAME).await? else {
            return Ok(());
        };
        let mut requests = self.store.erasures_after(watch.position(), PAGE).await?;
        requests.retain(|event| event.event_type == REQUESTED);
        let waiting = self.carry_out(subjects(&requests)).await?;
        let waits = |event: &Recorded| {
            let theirs = |(kind, id): &(String, String)| {
                *kind == event.aggregate_type && *id == event.aggregate_id
            };
            waiting.iter().any(theirs)
        };
        let done = requests.iter().take_while(|event| !waits(event));
        let reached = done.last().map_or(watch.position(), |event| event.position);
        self.busy = !waiting.is_empty();
        watch.move_to(reached).await?;
        Ok(())
    }

    /// Does what can be done; those that are not confirmed afterwards.
    async fn carry_out(
        &mut self,
        subjects: Vec<Subject>,
    ) -> Result<Vec<(String, String)>, Failure> {
        let mut waiting = vec![];
        let mut destroyed = vec![];
        for subject in subjects {
            match self.destroy(&subject).await? {
                State::Confirmed => {
                    self.begun.remove(&subject.name());
                }
                State::Waits => waiting.push(subject.name()),
                State::Destroyed { erasure } => destroyed.push((subject, erasure)),
            }
        }
        if destroyed.is_empty() {
            return Ok(waiting);
        }
        // What was deleted is still in the files' write-ahead logs.
        let emptied = match (self.store.empty_wal().await?, self.views.empty_wal().await?) {
            (Some(store), Some(views)) => Some(store + views),
            _ => None,
        };
        for (subject, erasure) in destroyed {
            let confirmed = match emptied {
                None => false,
                Some(files) => {
                    let mut receipt = self.begun.get(&subject.name()).cloned().unwrap_or_default();
                    receipt.push(part("files", files));
                    self.confirm(&subject, erasure, receipt).await
                }
            };
            if confirmed {
                self.begun.remove(&subject.name());
            } else {
                waiting.push(subject.name());
            }
        }
        Ok(waiting)
    }

    async fn destroy(&mut self, subject: &Subject) -> Result<State, Failure> {
        let Subject {
            kind,
            id,
            position,
            sequence,
        } = subject;
        let mut erasure = u64::MAX;
        let mut replies = false;
        if kind == Thread::TYPE {
            let (thread, _) = self.store.load::<Thread>(id).await?;
            if !thread.is_being_erased() {
                return Ok(State::Confirmed);
            }
            erasure = thread.erasures();
            replies = thread.erased_turn().is_some();
        }
        let keys = self.store.destroy_keys(kind, id, erasure).await?;
        self.note(subject, "keys", keys);
        if replies || !self.views_are_past(self.store.head().await?).await? {
            return Ok(State::Waits);
        }
        let copies = self
            .store
            .destroy_copies(kind, id, *position, *sequence)
            .await?;
        let drafts = self.store.forget_drafts().await?;
        self.note(subject, "drafts", drafts);
        self.note(subject, "commands", copies.commands);
        self.note(subject, "snapshots", copies.snapshots);
        let faults = self.views.forget_faults(id).await?;
        self.note(subject, "views", faults);
        Ok(State::Destroyed { erasure })
    }

    /// So many were destroyed in this store, and those of the tries before.
    fn note(&mut self, subject: &Subject, store: &str, items: u64) {
        let parts = self.begun.entry(subject.name()).or_default();
        match parts.iter_mut().find(|part| part.store == store) {
            Some(part) => part.items += items,
            None => parts.push(part(store, items)),
        }
    }

    /// Whether every view, those too that are being rebuilt, holds nothing of before `position`. What is left
    /// of a rebuild that was broken off is thrown away: it would wait for ever.
    async fn views_are_past(&mut self, position: u64) -> Result<bool, ViewError> {
        if self.views.wait_for(position, PATIENCE).await == Freshness::Stale {
            return Ok(false);
        }
        let mut behind = self.views.checkpoints().await?;
        behind.retain(|view| view.position < position);
        let now = Instant::now();
        for view in &behind {
            let (at, since) = self
                .stalled
                .get(&view.name)
                .copied()
                .unwrap_or((view.position, now));
            if at == view.position && since.elapsed() > BROKEN_OFF {
                self.views.discard_rebuild(&view.name).await?;
            }
            let since = if at == view.position { since } else { now };
            self.stalled
                .insert(view.name.clone(), (view.position, since));
        }
        if behind.is_empty() {
            self.stalled.clear();
        }
        Ok(behind.is_empty())
    }

    async fn confirm(&self, subject: &Subject, erasure: u64, receipt: Vec<Destroyed>) -> bool {
        // Only a thread says so of itself.
        let (Thread::TYPE, Ok(thread)) = (subject.kind.as_str(), subject.id.parse()) else {
            return true;
        };
        let command = ThreadCommand::ConfirmErasure { erasure, receipt };
        let confirmed = self
            .directory
            .execute(thread, command, Origin::server())
            .await;
        match &confirmed {
            Ok(_) => tracing::info!(%thread, "a conversation's contents are erased"),
            Err(error) => tracing::warn!(%thread, %error, "an erasure could not be confirmed yet"),
        }
        confirmed.is_ok()
    }
}

/// Whose contents are to go, each once.
fn subjects(requests: &[Recorded]) -> Vec<Subject> {
    let mut subjects = BTreeMap::new();
    for event in requests {
        let newest = Subject {
            kind: event.aggregate_type.clone(),
            id: event.aggregate_id.clone(),
            position: event.position,
            sequence: event.sequence,
        };
        subjects.insert((&event.aggregate_type, &event.aggregate_id), newest);
    }
    subjects.into_values().collect()
}

fn part(store: &str, items: u64) -> Destroyed {
    Destroyed {
        store: store.to_owned(),
        items,
    }
}
