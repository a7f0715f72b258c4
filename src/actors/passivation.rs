//! Rest: an actor that nobody used for a while writes its snapshot and goes, so silent threads cost nothing.

use std::time::Duration;

use actix::{ActorContext, ActorFutureExt, AsyncContext, Context, WrapFuture};
use aggregates::thread::Thread;
use cqrs_es::{Aggregate, persist::PersistedEventRepository};

use super::{
    Directory,
    thread::{Phase, ThreadActor},
};

/// Events after which a resting actor leaves another snapshot behind.
const SNAPSHOT_AFTER: u64 = 200;

/// Looks for actors to send to rest, until shutdown.
pub(super) async fn sweep(directory: Directory) {
    let after = directory.services().settings.passivate_after;
    let mut ticks = tokio::time::interval((after / 4).max(Duration::from_millis(100)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = directory.services().shutdown.token().cancelled() => return,
            _ = ticks.tick() => {}
        }
        directory.send_to_rest(after);
    }
}

impl ThreadActor {
    /// Goes to rest unless something is going on.
    pub(super) fn rest(&mut self, ctx: &mut Context<Self>) {
        let busy = !matches!(self.phase, Phase::Ready | Phase::Asleep)
            || !self.waiting.is_empty()
            || !self.in_flight.is_empty()
            || self.thread.open_turn().is_some();
        if busy {
            return;
        }
        // From here on commands go to a new actor; one that is in this mailbox already is dropped
        // without an answer and repeated by the directory.
        self.directory.forget(self.id, &ctx.address());
        if self.sequence < SNAPSHOT_AFTER {
            ctx.stop();
            return;
        }
        let Ok(state) = serde_json::to_string(&self.thread) else {
            ctx.stop();
            return;
        };
        let (services, id, sequence) = (
            self.directory.services().clone(),
            self.id.to_string(),
            self.sequence,
        );
        let saving = async move {
            let snapshots = services.store.repo(&services.committer);
            let newest = snapshots.get_snapshot::<Thread>(&id).await;
            let newest = newest.ok().flatten();
            let newest = newest.map_or(0, |newest| newest.current_sequence as u64);
            if sequence < newest + SNAPSHOT_AFTER {
                return Ok(());
            }
            services
                .store
                .save_snapshot(Thread::TYPE, &id, sequence, &state)
                .await
        };
        ctx.wait(saving.into_actor(self).map(|saved, actor, ctx| {
            if let Err(error) = saved {
                tracing::warn!(thread = %actor.id, %error, "a snapshot could not be written; waking will take longer");
            }
            ctx.stop();
        }));
    }
}
