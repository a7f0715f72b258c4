//! What the projector cannot get past: it tries again and again, and all views stay where they are meanwhile, which
//! whoever asks whether this server is ready is told.
//!
//! What is over by itself is not told: of a database that is away they hear without us, and whoever else is at work in it
//! is done some time.

use std::time::Duration;

use tokio::time::Instant;
use tracing::error;

use super::{
    Projector,
    batch::Read,
    fold::{Folder, Target, write},
};
use crate::{
    clock,
    store::Store,
    views::{Standstill, ViewError},
};

/// Tries that fail for so long are no mishap.
const LONG: Duration = Duration::from_secs(5);

/// Where the projector fails, and since when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stuck {
    position: u64,
    since: i64,
    began: Instant,
    told: bool,
}

impl Projector {
    /// A try has failed.
    pub(super) async fn fails(&mut self, error: &ViewError) {
        if error.is_passing() {
            return;
        }
        let position = self.views.position();
        if self.stuck.is_some_and(|stuck| stuck.position != position) {
            // Another node has got past it.
            self.goes_on();
        }
        let stuck = self.stuck.get_or_insert_with(|| Stuck {
            position,
            since: clock::now_micros(),
            began: Instant::now(),
            told: false,
        });
        if stuck.told || stuck.began.elapsed() < LONG {
            return;
        }
        stuck.told = true;
        let since = stuck.since;
        let view = obstacle(&self.store, &self.folder, position, self.batch).await;
        error!(view, position, "the views stand still");
        self.views.stand_still(Some(Standstill {
            view,
            position,
            since,
        }));
    }

    /// The views move, or are where the log is.
    pub(super) fn goes_on(&mut self) {
        if self.stuck.take().is_some_and(|stuck| stuck.told) {
            self.views.stand_still(None);
        }
    }
}

/// The view that does not take what comes after `position`; `None`: it is not about one view.
async fn obstacle(store: &Store, folder: &Folder, position: u64, batch: u32) -> Option<String> {
    let read = Read::after(store, position, batch).await.ok()?;
    for target in &folder.targets {
        match try_alone(folder, target, &read).await {
            // A single event that a view refuses stops nothing.
            Ok(()) | Err(ViewError::Refused(_)) => {}
            Err(error) if error.is_passing() => return None,
            Err(_) => return Some(target.name().to_owned()),
        }
    }
    None
}

/// Folds events into one view, and keeps nothing of it.
async fn try_alone(folder: &Folder, target: &Target, read: &Read) -> Result<(), ViewError> {
    let mut tx = folder.views.database.begin().await?;
    let tried = write(&mut tx, target, &read.events).await;
    tx.rollback().await?;
    tried
}
