//! Subscribers in general: a busy log gives them no more work than a quiet one.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use colloquy::{
    store::{Committer, Recorded},
    subscribers::{Following, Postponed, Subscriber},
};
use uuid::Uuid;

use crate::{
    store::fixture::{Log, commit, on_both, within},
    support::look_again,
};

/// Whenever something happens it makes something else happen, for ever.
struct Echoing {
    committer: Committer,
    followed: u64,
    reached: Arc<AtomicU64>,
}

impl Subscriber for Echoing {
    const NAME: &'static str = "echoing";
    const EVENTS: &'static [&'static str] = &["thing.happened"];

    fn wants(&mut self, _event: &Recorded) -> bool {
        true
    }

    async fn follow(&mut self, _events: Vec<Recorded>) -> Result<(), Postponed> {
        self.followed += 1;
        self.committer
            .commit(commit("echo", self.followed - 1, 1))
            .await?;
        Ok(())
    }

    fn reached(&self, position: u64) {
        self.reached.store(position, Ordering::SeqCst);
    }
}

on_both! {
    async fn what_comes_while_one_follows_is_for_the_next_look(log: Log) {
        log.commit(commit("a", 0, 1)).await.unwrap();
        let reached = Arc::<AtomicU64>::default();
        let following = Following {
            store: log.store.clone(),
            node: Uuid::now_v7(),
            shutdown: log.shutdown.clone(),
        };
        log.shutdown.spawn(following.run(Echoing {
            committer: log.committer.clone(),
            followed: 0,
            reached: reached.clone(),
        }));
        // Every look ends, although each brings more; and nothing is left out.
        within(async {
            while reached.load(Ordering::SeqCst) < 3 {
                look_again().await;
            }
        }).await;
        log.shutdown.begin();
    }
}
