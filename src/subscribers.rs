//! Subscribers: what follows from the record and has effects elsewhere. Each has a checkpoint of its own
//! that never goes back, does the same once more without harm, and works on one node at a time. What time alone brings
//! about (retention) follows no event, and has no checkpoint.

mod anchoring;
mod decisions;
mod departures;
pub mod erasure;
mod notary;
mod retention;
mod titles;
mod webhooks;

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

pub use self::{
    anchoring::Anchoring,
    decisions::Decisions,
    departures::Departures,
    notary::Notary,
    retention::Retention,
    titles::Titles,
    webhooks::{Patience, Receivers, Webhooks},
};
use crate::{
    shutdown::Shutdown,
    store::{Recorded, Store, StoreError},
};

/// How often a subscriber looks whether something has happened.
const LOOK: Duration = Duration::from_millis(250);
/// Events that are looked at together.
const PAGE: u32 = 64;
/// How long a node may work on a page, in seconds, before another one takes the work for abandoned.
const HOLD: u32 = 600;
/// A checkpoint is moved over so many events that nothing followed from.
const STRIDE: u64 = 10_000;

/// Why something has to be done again.
pub type Postponed = Box<dyn std::error::Error + Send + Sync>;

/// What follows from certain events.
pub trait Subscriber: Send {
    /// The name of its checkpoint.
    const NAME: &'static str;
    /// The events it looks at.
    const EVENTS: &'static [&'static str];

    /// Whether something follows from this one, as far as that can be told at once.
    fn wants(&mut self, event: &Recorded) -> bool;

    /// Does what follows from these, as often as it is told.
    fn follow(
        &mut self,
        events: Vec<Recorded>,
    ) -> impl Future<Output = Result<(), Postponed>> + Send;

    /// Ends when it shall look before it is time.
    fn woken(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// All that follows from events up to this position is done.
    fn reached(&self, _position: u64) {}
}

/// What following takes.
#[derive(Clone)]
pub struct Following {
    /// The log.
    pub store: Store,
    /// Who follows.
    pub node: Uuid,
    /// When to end.
    pub shutdown: Shutdown,
}

/// How far a subscriber is.
#[derive(Clone, Copy)]
struct Place {
    /// Nothing is left to do up to there.
    seen: u64,
    /// Its checkpoint, as far as this node has moved it.
    kept: u64,
}

impl Following {
    /// Has the subscriber follow the log until the process ends.
    pub async fn run<S: Subscriber>(self, mut subscriber: S) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut place = None;
        let token = self.shutdown.token().clone();
        loop {
            tokio::select! {
                () = token.cancelled() => return,
                _ = ticks.tick() => {}
                () = subscriber.woken() => {}
            }
            let looked = tokio::select! {
                () = token.cancelled() => return,
                looked = self.look(&mut subscriber, &mut place) => looked,
            };
            match (looked, place) {
                (Ok(()), Some(Place { seen, .. })) => subscriber.reached(seen),
                (Ok(()), None) => {}
                (Err(error), _) => {
                    tracing::warn!(subscriber = S::NAME, %error, "what follows has to wait");
                }
            }
        }
    }

    /// Looks at what is new, and works on it. What comes meanwhile is for the next time, or a busy log would be read
    /// without a pause. `place`: unknown before it first looks.
    async fn look<S: Subscriber>(
        &self,
        subscriber: &mut S,
        place: &mut Option<Place>,
    ) -> Result<(), Postponed> {
        let mut now = match *place {
            Some(place) => place,
            None => match self.hold::<S>().await? {
                Some(position) => {
                    self.release::<S>(position).await?;
                    Place {
                        seen: position,
                        kept: position,
                    }
                }
                None => return Ok(()),
            },
        };
        *place = Some(now);
        let head = self.store.head().await?;
        while now.seen < head {
            let (events, reached) = self.page::<S>(now.seen, head).await?;
            if events.iter().any(|event| subscriber.wants(event)) {
                let Some(position) = self.hold::<S>().await? else {
                    return Ok(());
                };
                let wanted = events
                    .into_iter()
                    .filter(|event| event.position > position && subscriber.wants(event))
                    .collect();
                subscriber.follow(wanted).await?;
                // It is done: who waits for it need not wait until that is kept.
                subscriber.reached(reached);
                self.release::<S>(reached).await?;
                now.kept = reached;
            } else if reached - now.kept >= STRIDE && self.hold::<S>().await?.is_some() {
                self.release::<S>(reached).await?;
                now.kept = reached;
            }
            now.seen = reached;
            *place = Some(now);
        }
        Ok(())
    }

    /// The next events, and how far that is.
    async fn page<S: Subscriber>(
        &self,
        after: u64,
        head: u64,
    ) -> Result<(Vec<Recorded>, u64), StoreError> {
        let events = self.store.read_named_after(S::EVENTS, after, PAGE).await?;
        let last = events.last().map_or(0, |event| event.position);
        let full = events.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        let reached = if full { last } else { head.max(last) };
        Ok((events, reached))
    }

    async fn hold<S: Subscriber>(&self) -> Result<Option<u64>, StoreError> {
        self.store.hold_subscription(S::NAME, self.node, HOLD).await
    }

    async fn release<S: Subscriber>(&self, position: u64) -> Result<(), StoreError> {
        self.store
            .release_subscription(S::NAME, self.node, position)
            .await
    }
}
