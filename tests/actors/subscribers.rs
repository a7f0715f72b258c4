//! Subscribers in general: a busy log gives them no more work than a quiet one, nor does a start.

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
    store::fixture::{Log, commit, on_both, together, within},
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

/// Nothing follows from what happens.
struct Idle(Arc<AtomicU64>);

impl Subscriber for Idle {
    const NAME: &'static str = "idle";
    const EVENTS: &'static [&'static str] = &["thing.that.never.happens"];

    fn wants(&mut self, _event: &Recorded) -> bool {
        false
    }

    async fn follow(&mut self, _events: Vec<Recorded>) -> Result<(), Postponed> {
        Ok(())
    }

    fn reached(&self, position: u64) {
        self.0.store(position, Ordering::SeqCst);
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

    async fn where_nothing_follows_the_next_start_does_not_begin_at_the_beginning(log: Log) {
        let reached = Arc::<AtomicU64>::default();
        let following = Following {
            store: log.store.clone(),
            node: Uuid::now_v7(),
            shutdown: log.shutdown.clone(),
        };
        log.shutdown.spawn(following.run(Idle(reached.clone())));
        // No look sees as much as it takes to move the checkpoint; all together do.
        let mut written = 0;
        for _ in 0..3 {
            let commits = (0..63).map(|nth| commit("a", written + nth * 64, 64));
            let outcomes = together(&log.committer, commits).await;
            assert!(outcomes.iter().all(Result::is_ok));
            written += 63 * 64;
            within(async {
                while reached.load(Ordering::SeqCst) < written {
                    look_again().await;
                }
            }).await;
        }
        let hold = log.store.hold_subscription(Idle::NAME, Uuid::now_v7(), 60);
        let checkpoint = hold.await.unwrap().unwrap();
        assert!(checkpoint >= 10_000, "{checkpoint}");
        log.shutdown.begin();
    }
}
