//! Commits that are written together stay strangers to each other.

use colloquy::store::{Chain, CommitError, Reservation, TurnChange, TurnsOf};
use uuid::Uuid;

use super::fixture::{Log, commit, on_both, together, within};

fn short_id(key: &str) -> Vec<Reservation> {
    vec![Reservation {
        kind: "short id",
        key: key.to_owned(),
    }]
}

/// All but `refused` are committed, one after the other without a gap.
fn the_others_are_committed(
    outcomes: &[Result<colloquy::store::Committed, CommitError>],
    refused: usize,
    first_position: u64,
) {
    let mut position = first_position;
    for (nth, outcome) in outcomes.iter().enumerate() {
        if nth != refused {
            let done = outcome.as_ref().unwrap();
            assert_eq!(
                (done.first_position, done.last_position),
                (position, position + 1)
            );
            position += 2;
        }
    }
}

on_both! {
    async fn one_conflict_among_64_costs_the_others_nothing(log: Log) {
        log.commit(commit("stream 40", 0, 2)).await.unwrap();
        let commits = (0..64).map(|nth| commit(&format!("stream {nth}"), 0, 2));
        let outcomes = together(&log.committer, commits).await;
        assert_eq!(outcomes[40], Err(CommitError::Conflict { head: 2 }));
        the_others_are_committed(&outcomes, 40, 3);
        assert_eq!(log.store.head().await.unwrap(), 2 + 63 * 2);
    }

    async fn one_repetition_among_64_costs_the_others_nothing(log: Log) {
        let once = commit("before", 0, 2);
        let first = log.commit(once.clone()).await.unwrap();
        let commits = (0..64).map(|nth| match nth {
            7 => once.clone(),
            _ => commit(&format!("stream {nth}"), 0, 2),
        });
        let outcomes = together(&log.committer, commits).await;
        let Err(CommitError::Duplicate(record)) = &outcomes[7] else { panic!("{:?}", outcomes[7]) };
        assert_eq!(record.committed(), first);
        the_others_are_committed(&outcomes, 7, 3);
    }

    async fn one_taken_name_among_64_costs_the_others_nothing(log: Log) {
        let commits = (0..64).map(|nth| {
            let mut commit = commit(&format!("stream {nth}"), 0, 2);
            commit.reserve = short_id(&format!("{}", nth.min(62)));
            commit
        });
        let outcomes = together(&log.committer, commits).await;
        assert!(matches!(&outcomes[63], Err(CommitError::Reserved { key, .. }) if key == "62"));
        the_others_are_committed(&outcomes, 63, 1);
    }

    async fn one_that_the_database_refuses_among_64_costs_the_others_nothing(log: Log) {
        let turn = Uuid::now_v7();
        let commits = (0..64).map(|nth| {
            let mut commit = commit(&format!("stream {nth}"), 0, 2);
            if nth == 20 || nth == 33 {
                // The same turn cannot be opened twice.
                let (thread, owner) = (commit.aggregate_id.clone(), Uuid::nil());
                commit.turns = vec![TurnChange::Opened { turn, thread, owner }];
            }
            commit
        });
        let outcomes = together(&log.committer, commits).await;
        assert!(matches!(&outcomes[33], Err(CommitError::Rejected(_))), "{:?}", outcomes[33]);
        the_others_are_committed(&outcomes, 33, 1);
        let open = log.store.open_turns(TurnsOf::All).await.unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].thread, "stream 20");
    }

    async fn who_follows_a_failed_commit_of_its_stream_is_told_so(log: Log) {
        log.commit(commit("a", 0, 1)).await.unwrap();
        let commits = [
            commit("b", 0, 1),
            commit("a", 0, 1),
            commit("a", 1, 1),
            commit("b", 1, 1),
            commit("a", 2, 1),
        ];
        let outcomes = together(&log.committer, commits).await;
        assert!(outcomes[0].is_ok());
        assert_eq!(outcomes[1], Err(CommitError::Conflict { head: 1 }));
        assert_eq!(outcomes[2], Err(CommitError::PredecessorFailed));
        assert!(outcomes[3].is_ok());
        assert_eq!(outcomes[4], Err(CommitError::PredecessorFailed));
        assert_eq!(log.store.head().await.unwrap(), 3);
    }

    async fn what_was_decided_on_top_of_a_commit_that_is_none_is_not_committed(log: Log) {
        let chain = Chain::default();
        let slot = || log.committer.try_slot().unwrap();
        let without_events = slot().submit_in(&chain, commit("a", 0, 0));
        assert!(matches!(within(without_events).await, Err(CommitError::Rejected(_))));
        // Somebody else's event comes to stand where the next one expects its predecessor.
        log.commit(commit("a", 0, 1)).await.unwrap();
        let next = slot().submit_in(&chain, commit("a", 1, 1));
        assert_eq!(within(next).await, Err(CommitError::PredecessorFailed));
        assert_eq!(log.store.head().await.unwrap(), 1);
    }

    async fn commits_of_one_stream_follow_each_other_in_a_batch(log: Log) {
        let commits = (0..64).map(|nth| commit("hot", nth * 2, 2));
        let outcomes = together(&log.committer, commits).await;
        for (outcome, nth) in outcomes.iter().zip(1..) {
            assert_eq!(outcome.as_ref().unwrap().last_sequence, nth * 2);
        }
    }

    async fn a_command_twice_in_a_batch_is_committed_once(log: Log) {
        let once = commit("a", 0, 1);
        let outcomes = together(&log.committer, [once.clone(), once]).await;
        let first = outcomes[0].as_ref().unwrap();
        let Err(CommitError::Duplicate(record)) = &outcomes[1] else { panic!("{:?}", outcomes[1]) };
        assert_eq!(record.committed(), *first);
        assert_eq!(log.store.head().await.unwrap(), 1);
    }

    async fn a_name_given_up_in_a_batch_is_free_for_the_next(log: Log) {
        let mut owner = commit("owner", 0, 1);
        owner.reserve = short_id("x");
        log.commit(owner).await.unwrap();
        let mut before = commit("before", 0, 1);
        before.reserve = short_id("x");
        let mut leaving = commit("owner", 1, 1);
        leaving.release = short_id("x");
        let mut after = commit("after", 0, 1);
        after.reserve = short_id("x");
        let outcomes = together(&log.committer, [before, leaving, after]).await;
        assert!(matches!(outcomes[0], Err(CommitError::Reserved { .. })));
        assert!(outcomes[1].is_ok() && outcomes[2].is_ok());
        let now = log.store.reservation("short id", "x").await.unwrap();
        assert_eq!(now.as_deref(), Some("after"));
    }

    async fn a_full_queue_says_so_and_an_unused_slot_holds_nothing_up(log: Log) {
        let unused = log.committer.try_slot().unwrap();
        let mut slots = vec![];
        while let Ok(slot) = log.committer.try_slot() {
            slots.push(slot);
        }
        assert!(slots.len() >= 1000, "{}", slots.len());
        let used = slots.pop().unwrap().submit(commit("a", 0, 1));
        drop((slots, unused));
        assert!(within(used).await.is_ok());
        log.commit(commit("a", 1, 1)).await.unwrap();
    }

    async fn a_closed_committer_writes_what_it_has_and_takes_no_more(log: Log) {
        let queued = log.committer.try_slot().unwrap().submit(commit("a", 0, 1));
        log.committer.close();
        assert!(within(queued).await.is_ok());
        assert!(matches!(log.commit(commit("a", 1, 1)).await, Err(CommitError::Unavailable(_))));
        assert!(log.committer.try_slot().is_err());
        assert!(log.shutdown.finish(std::time::Duration::from_secs(10)).await);
    }
}
