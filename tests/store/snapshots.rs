//! Loading an aggregate, with and without a snapshot.

use colloquy::store::StoreError;
use cqrs_es::persist::PersistedEventRepository;

use super::{
    fixture::{Log, commit, on_both},
    thing::Thing,
};

on_both! {
    async fn an_aggregate_is_loaded_from_its_events(log: Log) {
        let (nothing, sequence) = log.store.load::<Thing>("a").await.unwrap();
        assert_eq!((nothing.seen, sequence), (vec![], 0));
        log.commit(commit("a", 0, 3)).await.unwrap();
        let (thing, sequence) = log.store.load::<Thing>("a").await.unwrap();
        assert_eq!((thing.seen, sequence), (vec![1, 2, 3], 3));
    }

    async fn a_snapshot_is_read_and_the_events_after_it_are_applied_once(log: Log) {
        log.commit(commit("a", 0, 3)).await.unwrap();
        // Told apart from what the events would give.
        log.store.save_snapshot("thing", "a", 3, r#"{"seen":[100]}"#).await.unwrap();
        let (thing, sequence) = log.store.load::<Thing>("a").await.unwrap();
        assert_eq!((thing.seen, sequence), (vec![100], 3));
        log.commit(commit("a", 3, 2)).await.unwrap();
        let (thing, sequence) = log.store.load::<Thing>("a").await.unwrap();
        assert_eq!((thing.seen, sequence), (vec![100, 4, 5], 5));
    }

    async fn an_older_snapshot_does_not_replace_a_newer_one(log: Log) {
        log.commit(commit("a", 0, 3)).await.unwrap();
        log.store.save_snapshot("thing", "a", 2, r#"{"seen":[2]}"#).await.unwrap();
        log.store.save_snapshot("thing", "a", 3, r#"{"seen":[3]}"#).await.unwrap();
        log.store.save_snapshot("thing", "a", 1, r#"{"seen":[1]}"#).await.unwrap();
        let (thing, sequence) = log.store.load::<Thing>("a").await.unwrap();
        assert_eq!((thing.seen, sequence), (vec![3], 3));
    }

    async fn a_snapshot_of_another_shape_is_passed_over(log: Log) {
        log.commit(commit("a", 0, 2)).await.unwrap();
        log.store.save_snapshot("thing", "a", 2, r#"{"counted":2}"#).await.unwrap();
        let (thing, sequence) = log.store.load::<Thing>("a").await.unwrap();
        assert_eq!((thing.seen, sequence), (vec![1, 2], 2));
    }

    async fn an_event_that_cannot_be_understood_is_said_to_be_unreadable(log: Log) {
        let mut odd = commit("a", 0, 1);
        odd.events[0].payload = r#"{"nth":"first"}"#.to_owned();
        log.commit(odd).await.unwrap();
        let loaded = log.store.load::<Thing>("a").await.map(|_| ());
        assert!(matches!(loaded, Err(StoreError::Unreadable(_))), "{loaded:?}");
    }

    async fn a_snapshot_is_never_written_with_the_events(log: Log) {
        let repo = log.store.repo(&log.committer);
        let snapshot = ("a".to_owned(), serde_json::json!({}), 1);
        assert!(repo.persist::<Thing>(&[], Some(snapshot)).await.is_err());
    }
}
