//! The projector: the one thing that writes views, from the log and from nothing else.
//!
//! Each event takes effect exactly once, because a projection's rows and its checkpoint are saved in
//! one transaction that begins by locking the checkpoint: whatever is delivered a second time (after
//! a crash between commit and announcement, or by a competing projector) lies behind the checkpoint
//! and is left out. On PostgreSQL every node has a projector; the lock elects one of them anew for
//! every batch.

mod batch;
mod compare;
mod fold;
mod injection;
mod quick;
mod rebuild;
mod refused;
mod standstill;
mod tell;

use std::{sync::Arc, time::Duration};

use metrics::gauge;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::{
    batch::Read,
    fold::{Folded, Folder},
    injection::Injection,
    quick::Quick,
    standstill::Stuck,
    tell::News,
};
pub use self::{
    injection::FaultPoint,
    rebuild::{Difference, Progress, RebuildReport, rebuild},
};
use crate::{
    shutdown::Shutdown,
    store::{Bell, Store},
    views::{ViewError, Views},
};

/// Events of one transaction, at most, while the views are up to date.
const BATCH: u32 = 2_000;
/// The same, while they are not: larger ones write fewer pages.
const LARGE_BATCH: u32 = 8_000;
/// How often the projector looks for itself, when nobody rings.
const POLL: Duration = Duration::from_millis(250);
/// The longest pause after a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// Keeps the views up to date until the process ends.
pub fn start(store: Store, views: Views, bell: Bell, shutdown: &Shutdown) {
    let mut projector = Projector::new(store, views.clone());
    projector.news = tell::start(views, shutdown);
    let (rung, token) = (bell.listen(), shutdown.token().clone());
    shutdown.spawn(projector.run(rung, token));
}

/// Brings the views up to the log's present head, for a process that has no projector running.
///
/// # Errors
/// When one of the databases does not answer.
pub async fn catch_up(store: &Store, views: &Views) -> Result<u64, ViewError> {
    let head = store.head().await?;
    let mut projector = Projector::new(store.clone(), views.clone());
    while views.refresh().await? < head {
        if !projector.step().await?.moved() {
            sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(views.position())
}

/// Brings the views to this position and no further, for one who looks back.
///
/// # Errors
/// When one of the databases does not answer; begun again, it goes on.
pub async fn replay_to(
    store: &Store,
    views: &Views,
    until: u64,
    on_progress: impl Fn(Progress),
) -> Result<(), ViewError> {
    let mut projector = Projector::new(store.clone(), views.clone());
    projector.until = Some(until);
    loop {
        let done = views.refresh().await?;
        on_progress(Progress { done, total: until });
        if done >= until {
            return Ok(());
        }
        if !projector.step().await?.moved() {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// One process' projector.
#[derive(Debug)]
pub struct Projector {
    store: Store,
    views: Views,
    folder: Folder,
    quick: Quick,
    batch: u32,
    large_batch: u32,
    /// Events that were read while those before them were written.
    ahead: Option<Read>,
    /// It goes no further.
    until: Option<u64>,
    news: watch::Sender<News>,
    /// It has failed where it is, and not moved since.
    stuck: Option<Stuck>,
}

/// What one look at the log has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There was nothing new.
    Idle,
    /// Another projector is at work.
    Busy,
    /// The views have moved; `more`: there is probably more to do at once.
    Moved {
        /// See [`Self::Moved`].
        more: bool,
    },
}

impl Step {
    fn moved(self) -> bool {
        matches!(self, Self::Moved { .. })
    }
}

impl Projector {
    /// A projector that waits to be run.
    #[must_use]
    pub fn new(store: Store, views: Views) -> Self {
        Self {
            folder: Folder::live(&views),
            quick: Quick::new(&views.database),
            store,
            views,
            batch: BATCH,
            large_batch: LARGE_BATCH,
            ahead: None,
            until: None,
            news: watch::Sender::default(),
            stuck: None,
        }
    }

    /// The same, with at most so many events a transaction.
    #[must_use]
    pub fn with_batch(mut self, events: u32) -> Self {
        self.batch = events.max(1);
        self.large_batch = self.batch;
        self
    }

    /// The same, failing wherever `fails` says so, given the batch's last position.
    #[doc(hidden)]
    #[must_use]
    pub fn with_fault(
        mut self,
        fails: impl Fn(FaultPoint, u64) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.folder.injection = Injection(Some(Arc::new(fails)));
        self
    }

    /// Looks at the log once, and folds what is new, at most one batch.
    ///
    /// # Errors
    /// When one of the databases does not answer; nothing is lost, the next step does the same again.
    pub async fn step(&mut self) -> Result<Step, ViewError> {
        let from = self.views.position();
        let mut read = match self.ahead.take() {
            Some(ahead) if ahead.begins_after(from) => ahead,
            _ => Read::news(&self.store, from, self.batch).await?,
        };
        if let Some(until) = self.until {
            read.end_at(until);
        }
        let Some(last) = read.events.last().map(|event| event.position) else {
            return Ok(Step::Idle);
        };
        let more = read.events.len() >= usize::try_from(self.batch).unwrap_or(usize::MAX);
        let ahead = async {
            if more {
                Read::after(&self.store, last, self.large_batch).await.ok()
            } else {
                None
            }
        };
        let fold = async {
            match self.quick.fold(&self.folder, from, &read).await? {
                Some(position) => Ok(Folded::To(position)),
                None => self.folder.fold(from, &read).await,
            }
        };
        let (folded, ahead) = tokio::join!(fold, ahead);
        self.ahead = ahead.filter(|ahead| !ahead.events.is_empty());
        Ok(match folded? {
            Folded::Nothing => Step::Busy,
            Folded::To(position) => {
                let directory = read.changes_directory();
                self.views.announce(position, directory);
                self.news.send_modify(|news| news.add(position, directory));
                Step::Moved { more }
            }
            // Some projection is behind: its table was made anew. Go back to it.
            Folded::Behind(position) => {
                self.views.announce(position, true);
                Step::Moved { more: true }
            }
        })
    }

    /// Follows the log until `token` is cancelled.
    #[doc(hidden)]
    pub async fn run(mut self, mut rung: watch::Receiver<u64>, token: CancellationToken) {
        let mut tick = interval(POLL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failures: u32 = 0;
        while !token.is_cancelled() {
            rung.mark_unchanged();
            let before = self.views.position();
            let step = self.step().await;
            self.measure(*rung.borrow());
            match step {
                Ok(Step::Moved { more }) => {
                    failures = 0;
                    self.goes_on();
                    // Where one view is held by somebody else, all others have moved and this is still where it was.
                    let now = self.views.position();
                    if now != before && (more || *rung.borrow() > now) {
                        continue;
                    }
                }
                Ok(Step::Idle) => {
                    failures = 0;
                    self.goes_on();
                }
                Ok(Step::Busy) => failures = 0,
                Err(error) => {
                    failures = failures.saturating_add(1);
                    warn!(%error, failures, "the projector has to try again");
                    self.fails(&error).await;
                    let pause = Duration::from_millis(50).saturating_mul(1 << failures.min(6));
                    tokio::select! {
                        () = token.cancelled() => {}
                        () = sleep(pause.min(PAUSE)) => {}
                    }
                    continue;
                }
            }
            tokio::select! {
                () = token.cancelled() => {}
                more = rung_for_more(&self.views, &mut rung) => if !more {
                    // Nobody can ring any more; the tick still comes.
                    tick.tick().await;
                },
                _ = tick.tick() => if let Err(error) = self.views.refresh().await {
                    warn!(%error, "the views' checkpoints cannot be read");
                },
            }
        }
        info!(position = self.views.position(), "the projector has ended");
    }

    fn measure(&self, rung: u64) {
        let position = self.views.position();
        gauge!("colloquy_projector_lag_events").set(as_gauge(rung.saturating_sub(position)));
        for definition in self.views.definitions.iter() {
            gauge!("colloquy_projector_position", "projection" => definition.name())
                .set(as_gauge(position));
        }
    }
}

/// Waits until the bell rings for what the views do not show yet; `false` when nobody can ring it any more.
async fn rung_for_more(views: &Views, rung: &mut watch::Receiver<u64>) -> bool {
    while rung.changed().await.is_ok() {
        if *rung.borrow_and_update() > views.position() {
            return true;
        }
    }
    false
}

/// Gauges are floating-point numbers; beyond 2^53 they are a little off.
#[expect(clippy::cast_precision_loss, reason = "that is what gauges hold")]
fn as_gauge(number: u64) -> f64 {
    number as f64
}
