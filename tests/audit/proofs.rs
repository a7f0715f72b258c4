//! Proofs hold for what is in the tree, and for nothing else.

use colloquy::audit::proof::{ProofError, consistency, inclusion, root};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, TestRunner},
};
use tlog_tiles::{check_record, check_tree, record_hash};

use super::world::Record;
use crate::store::fixture::{Log, on_both};

/// Events; they fill a tile twice, and a part of a third.
const EVENTS: u64 = 700;

on_both! {
    async fn any_event_is_proved_in_any_tree_and_any_tree_to_begin_any_larger_one(log: Log) {
        let record = Record::of(log).await;
        let mut written = 0;
        for part in [1, 2, 253, 1, 200, 243] {
            record.write("a", written, part).await;
            written += part;
            record.sign().await;
        }
        assert_eq!(written, EVENTS);
        let store = &record.log.store;
        let leaves = store.leaves_after(0, 1_000).await.unwrap();
        let leaves: Vec<Vec<u8>> = leaves.iter().map(|(_, leaf)| leaf.to_vec()).collect();
        let mut runner = TestRunner::new(Config::with_cases(150));
        let any = (1..=EVENTS, 1..=EVENTS, 1..=EVENTS);
        for _ in 0..150 {
            let (a, b, other) = any.new_tree(&mut runner).unwrap().current();
            let (small, large) = (a.min(b), a.max(b));
            let (of_small, of_large) = (root(store, small).await.unwrap(), root(store, large).await.unwrap());
            let leaf = |position: u64| record_hash(&leaves[position as usize - 1]);

            let proof = inclusion(store, small, large).await.unwrap();
            assert!(check_record(&proof, large, of_large, small - 1, leaf(small)).is_ok(), "{small} in {large}");
            if other != small {
                assert!(check_record(&proof, large, of_large, small - 1, leaf(other)).is_err());
                if other <= large {
                    assert!(check_record(&proof, large, of_large, other - 1, leaf(small)).is_err());
                }
            }

            let proof = consistency(store, small, large).await.unwrap();
            assert!(check_tree(&proof, large, of_large, small, of_small).is_ok(), "{small} of {large}");
            if small != large {
                assert!(check_tree(&proof, large, of_small, small, of_large).is_err());
            }
        }
    }

    async fn what_is_not_signed_cannot_be_proved(log: Log) {
        let record = Record::signed(log).await;
        record.write("d", 0, 1).await;
        let store = &record.log.store;
        assert!(matches!(inclusion(store, 3, 21).await, Err(ProofError::TooLarge(21))));
        assert!(matches!(consistency(store, 3, 21).await, Err(ProofError::TooLarge(21))));
        for (position, size) in [(0, 3), (4, 3), (0, 0)] {
            assert!(matches!(inclusion(store, position, size).await, Err(ProofError::Range)));
            assert!(matches!(consistency(store, position, size).await, Err(ProofError::Range)));
        }
        record.tamper(&["DELETE FROM notary_tiles"]).await;
        assert!(matches!(inclusion(store, 3, 20).await, Err(ProofError::Damaged)));
    }
}
