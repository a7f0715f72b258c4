//! Erasure: after `erasure.requested`, destroys the keys of what was said, then every copy of it, and
//! confirms it with a receipt. After `content.expired` the same, with what was said of a conversation before a day.
//!
//! Every step may be done again, and the checkpoint passes a request only when it is confirmed: a crash
//! anywhere leads to the same end. What still stands in the way (the erased reply ends, a view is behind,
//! somebody reads the files) makes the receipt wait, not the destruction of what can be destroyed. A legal hold makes
//! all of it wait: such a request is put aside, so that the checkpoint goes on, and taken up again when the hold ends.

mod access;
mod cases;
mod expiry;
mod holds;
mod objects;
mod requests;

use std::{collections::HashMap, time::Duration};

use aggregates::{
    UserId,
    ingest::Ingest,
    thread::{Destroyed, Thread, ThreadCommand},
    user::User,
};
use cqrs_es::Aggregate;
use tokio::time::{Instant, MissedTickBehavior, interval};

use self::{
    objects::Objects,
    requests::{Subject, newest, request, subject},
};
use super::Postponed;
use crate::{
    actors::{
        AccountError, Accounts, CaseError, Cases, CommandError, Configuration, Directory, Origin,
    },
    shutdown::Shutdown,
    store::{Erasure, HeldErasure, Store, StoreError},
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
const EXPIRED: &str = "content.expired";
/// After these nothing is left to do.
const CONFIRMED: [&str; 2] = ["erasure.confirmed", "expiry.confirmed"];
/// Expiries are counted beside the erasures of a conversation, from here on.
const FIRST_EXPIRY: u64 = 1 << 32;
/// The parts of receipts, in their order.
const OF_A_THREAD: [&str; 7] = [
    "keys",
    "blobs",
    "drafts",
    "commands",
    "snapshots",
    "views",
    "files",
];
const OF_AN_ACCOUNT: [&str; 7] = [
    "keys",
    "blobs",
    "credentials",
    "completions",
    "embeddings",
    "commands",
    "files",
];
const OF_A_DOCUMENT: [&str; 6] = ["keys", "blobs", "commands", "snapshots", "views", "files"];
const OF_THE_CONFIGURED: [&str; 5] = ["keys", "commands", "snapshots", "views", "files"];

/// Why a look came to no end; the next one begins anew.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Views(#[from] ViewError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Completion(#[from] CommandError),
    #[error("the record does not say whose this is, and a hold may keep it")]
    Owner,
}

/// Carries erasures out until the process ends.
pub async fn run(
    directory: Directory,
    accounts: Accounts,
    cases: Cases,
    configuration: Configuration,
    store: Store,
    views: Views,
    shutdown: Shutdown,
) {
    let mut eraser = Eraser {
        directory,
        accounts,
        cases,
        configuration,
        store,
        views,
        seen: None,
        busy: true,
        stalled: HashMap::new(),
        objects: Objects::default(),
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
    accounts: Accounts,
    cases: Cases,
    configuration: Configuration,
    store: Store,
    views: Views,
    /// The last erasure in the log that this node has heard of; nothing: it has not asked yet.
    seen: Option<u64>,
    /// Some of them may not be confirmed.
    busy: bool,
    /// Views that are behind: where, and since when.
    stalled: HashMap<String, (u64, Instant)>,
    /// Attachments in a bucket.
    objects: Objects,
}

/// How far one is.
enum State {
    Confirmed,
    /// Something stands in its way.
    Waits,
    /// A legal hold does, for as long as it lasts. Whose contents these are.
    Held(Option<String>),
    /// Everything but what is left in files. Whose it was.
    Destroyed(Erasure, Vec<UserId>),
}

/// How far something is that goes along.
enum Part {
    Gone,
    Waits,
    Held,
}

impl Eraser {
    async fn look(&mut self) -> Result<(), Failure> {
        self.hear().await?;
        if !self.busy {
            return Ok(());
        }
        let Some(watch) = self.store.watch(NAME).await? else {
            return Ok(());
        };
        // What waits hides nothing behind it: the checkpoint stays before the first that waits, and all pages after it
        // are worked on.
        let (mut after, mut reached) = (watch.position(), watch.position());
        let (mut waits, mut stays) = (false, false);
        let mut released = self.store.released_erasures(PAGE).await?;
        let more = released.len() >= PAGE as usize;
        loop {
            let heard = self.store.erasures_after(after, PAGE).await?;
            let requests: Vec<HeldErasure> = heard.iter().filter_map(request).collect();
            let waiting = self.carry_out(newest(&requests, &released)).await?;
            released.clear();
            waits |= !waiting.is_empty();
            let Some(last) = heard.last() else { break };
            if !stays {
                reached = requests::reached(&heard, &waiting).unwrap_or(reached);
                stays = reached < last.position;
            }
            if heard.len() < PAGE as usize {
                break;
            }
            after = last.position;
        }
        self.busy = more || waits;
        watch.move_to(reached).await?;
        Ok(())
    }

    /// Forgets the keys of what is to go, whoever destroys it.
    async fn hear(&mut self) -> Result<(), Failure> {
        if self.seen.is_none() {
            // Whatever stands before it was confirmed before this process had any key.
            self.seen = Some(self.store.subscriber_position(NAME).await?);
        }
        loop {
            let seen = self.seen.unwrap_or(0);
            let heard = self.store.erasures_after(seen, PAGE).await?;
            let Some(last) = heard.last() else {
                return Ok(());
            };
            self.seen = Some(last.position);
            for event in &heard {
                // Keys may be at hand here, whichever node destroys them; after the confirmation they
                // cannot come back.
                self.store
                    .forget_keys(&event.aggregate_type, &event.aggregate_id);
                self.busy |= !CONFIRMED.contains(&event.event_type.as_str());
            }
        }
    }

    /// Does what can be done; whose contents wait afterwards.
    async fn carry_out(&mut self, requests: Vec<&HeldErasure>) -> Result<Vec<Subject>, Failure> {
        let mut waiting = vec![];
        let mut destroyed = vec![];
        for request in requests {
            match self.destroy(request).await {
                Ok(State::Confirmed) => self.store.forget_held(request).await?,
                Ok(State::Held(owner)) => self.put_aside(request, owner).await?,
                Ok(State::Waits) => waiting.push(subject(request)),
                Ok(State::Destroyed(erasure, whose)) => destroyed.push((request, erasure, whose)),
                // What keeps one from its end keeps no other.
                Err(error) => {
                    tracing::warn!(of = request.aggregate_type, id = request.aggregate_id, %error, "an erasure has to wait");
                    waiting.push(subject(request));
                }
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
        for (request, erasure, whose) in destroyed {
            // Whoever has laid a hold meanwhile was told that nothing goes any more: no receipt says otherwise.
            if self.store.is_held(&held_by(&erasure, &whose)).await? {
                let holder = self.holder(&whose).await?;
                self.put_aside(request, holder).await?;
                continue;
            }
            let confirmed = match emptied {
                None => false,
                Some(files) => self.confirm(&erasure, files).await,
            };
            // Both may be due, an erasure and an expiry of what came after it.
            match confirmed && !self.is_due(request).await? {
                true => self.store.forget_held(request).await?,
                false => waiting.push(subject(request)),
            }
        }
        Ok(waiting)
    }

    async fn destroy(&mut self, request: &HeldErasure) -> Result<State, Failure> {
        let mut erasure = Erasure {
            aggregate_type: request.aggregate_type.clone(),
            aggregate_id: request.aggregate_id.clone(),
            number: u64::MAX,
            position: request.position,
            sequence: request.sequence,
            before: None,
        };
        if self.objects.are_awaited(&self.store, &erasure).await? {
            return Ok(State::Waits);
        }
        let waits;
        let whose;
        let configured = self
            .configuration
            .is_being_erased(&erasure.aggregate_type, &erasure.aggregate_id)
            .await?;
        if let Some(is_being_erased) = configured {
            if !is_being_erased {
                return Ok(State::Confirmed);
            }
            whose = self.whose(&erasure).await?;
            waits = false;
        } else if erasure.aggregate_type == Thread::TYPE {
            let (thread, _) = self.store.load::<Thread>(&erasure.aggregate_id).await?;
            if thread.is_being_erased() {
                erasure.number = thread.erasures();
                whose = thread.former_owners().to_vec();
                waits = thread.erased_turn().is_some();
            } else if thread.expiry().is_open() {
                erasure = self.expiry(erasure, thread.expiry()).await?;
                whose = Vec::from_iter(thread.owner());
                waits = false;
            } else {
                return Ok(State::Confirmed);
            }
        } else if erasure.aggregate_type != User::TYPE {
            // It waited for a hold, and is asked for again by whoever finds it too old.
            return Ok(State::Confirmed);
        } else {
            let (user, _) = self.store.load::<User>(&erasure.aggregate_id).await?;
            if !user.is_being_erased() {
                return Ok(State::Confirmed);
            }
            whose = vec![];
            waits = false;
        }
        // The first thing to go. Each further one asks for holds again: one that comes in the middle keeps the rest.
        let held_by = held_by(&erasure, &whose);
        if !self.store.destroy_keys(&erasure, &held_by).await? {
            return Ok(State::Held(self.holder(&whose).await?));
        }
        let part = match erasure.aggregate_type.as_str() {
            Thread::TYPE if erasure.before.is_some() => {
                self.destroy_expired_cases(&erasure, &held_by).await?
            }
            Thread::TYPE => self.destroy_cases(&erasure, &held_by).await?,
            User::TYPE => self.destroy_access(&erasure, &held_by).await?,
            _ => Part::Gone,
        };
        let waits = match part {
            Part::Gone => waits,
            Part::Waits => true,
            Part::Held => return Ok(State::Held(self.holder(&whose).await?)),
        };
        if waits || !self.views_are_past(self.store.head().await?).await? {
            return Ok(State::Waits);
        }
        self.store.destroy_copies(&erasure).await?;
        let drafts = self.store.forget_drafts().await?;
        self.store
            .note_destroyed(&erasure, "drafts", drafts)
            .await?;
        let faults = self.views.forget_faults(&erasure.aggregate_id).await?;
        self.store.note_destroyed(&erasure, "views", faults).await?;
        if !self.objects.are_gone(&self.store, &erasure).await? {
            return Ok(State::Waits);
        }
        Ok(State::Destroyed(erasure, whose))
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

    /// Says so in the log, if that can be done; whether it was.
    async fn confirm(&self, erasure: &Erasure, files: u64) -> bool {
        let (of, id) = (&erasure.aggregate_type, &erasure.aggregate_id);
        match self.record(erasure, files).await {
            Ok(()) if erasure.before.is_some() => {
                metrics::counter!("colloquy_expired_total", "kind" => Thread::TYPE).increment(1);
                tracing::info!(of, id, "what was too old is gone");
            }
            Ok(()) => tracing::info!(of, id, "contents are erased"),
            Err(error) => {
                tracing::warn!(of, id, %error, "an erasure could not be confirmed yet");
                return false;
            }
        }
        // What is left of the count is swept out with the next one.
        if let Err(error) = self.store.forget_destroyed(erasure).await {
            tracing::warn!(of, id, %error, "the count of an erasure was not cleared");
        }
        true
    }

    async fn record(&self, erasure: &Erasure, files: u64) -> Result<(), Postponed> {
        let mut destroyed = self.store.destroyed(erasure).await?;
        destroyed.insert("files".to_owned(), files);
        let stores = match erasure.aggregate_type.as_str() {
            Thread::TYPE => OF_A_THREAD.as_slice(),
            User::TYPE => OF_AN_ACCOUNT.as_slice(),
            Ingest::TYPE => OF_A_DOCUMENT.as_slice(),
            _ => OF_THE_CONFIGURED.as_slice(),
        };
        let part = |store: &&str| Destroyed {
            store: (*store).to_owned(),
            items: destroyed.get(*store).copied().unwrap_or(0),
        };
        let receipt = stores.iter().map(part).collect();
        let id = &erasure.aggregate_id;
        if erasure.aggregate_type == Thread::TYPE {
            let command = match erasure.before {
                None => ThreadCommand::ConfirmErasure {
                    erasure: erasure.number,
                    receipt,
                },
                Some(_) => ThreadCommand::ConfirmExpiry {
                    expiry: erasure.number - FIRST_EXPIRY,
                    receipt,
                },
            };
            let (thread, origin) = (id.parse()?, Origin::server());
            self.directory.execute(thread, command, origin).await?;
        } else if erasure.aggregate_type == User::TYPE {
            self.accounts.confirm_erasure(id.parse()?, receipt).await?;
        } else {
            let of = &erasure.aggregate_type;
            self.configuration.confirm_erasure(of, id, receipt).await?;
        }
        Ok(())
    }
}

/// Whose holds keep this: its own, and those of whom it belonged to.
fn held_by(erasure: &Erasure, whose: &[UserId]) -> Vec<String> {
    let owners = whose.iter().map(ToString::to_string);
    owners.chain([erasure.aggregate_id.clone()]).collect()
}
