//! Whoever follows something quiet rests, however much others do; whoever has something to catch up with does not.

use std::time::Instant;

use aggregates::{ThreadId, case::SaidIn};
use colloquy::{
    audit::{EventFilter, Trail},
    store::Commit,
};
use uuid::Uuid;

use crate::store::fixture::{Log, commit, on_both, within};

const THREAD: ThreadId = ThreadId(Uuid::from_u128(1));

fn of_thread() -> EventFilter {
    EventFilter {
        said_in: Some(SaidIn::Thread(THREAD)),
        ..EventFilter::default()
    }
}

on_both! {
    async fn a_quiet_thread_is_looked_for_no_more_often_on_a_busy_log(log: Log) {
        let trail = Trail::new(log.store.clone());
        let begun = Instant::now();
        for nth in 0..3 {
            log.commit(commit("other", nth, 1)).await.unwrap();
            let page = trail.follow(&of_thread(), nth, 10).await.unwrap();
            assert_eq!((page.events.len(), page.reached), (0, nth + 1));
        }
        assert!(begun.elapsed() >= 3 * Trail::REST);
    }

    async fn what_comes_while_one_rests_is_in_the_next_page(log: Log) {
        let trail = Trail::new(log.store.clone());
        log.commit(commit("other", 0, 1)).await.unwrap();
        let its_own = Commit {
            aggregate_type: "thread",
            ..commit(&THREAD.to_string(), 0, 3)
        };
        let following = async {
            let (mut after, mut told) = (1, vec![]);
            while told.len() < 3 {
                let page = trail.follow(&of_thread(), after, 2).await.unwrap();
                after = page.reached;
                told.extend(page.events.into_iter().map(|event| event.position));
            }
            told
        };
        let (told, committed) = tokio::join!(within(following), log.commit(its_own));
        committed.unwrap();
        assert_eq!(told, [2, 3, 4]);
    }
}
