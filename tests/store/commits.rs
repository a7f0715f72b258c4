//! What a commit answers.

use colloquy::store::{CommandRecord, CommitError, Reservation};

use super::fixture::{Log, commit, on_both};

fn username(key: &str) -> Reservation {
    Reservation {
        kind: "username",
        key: key.to_owned(),
    }
}

on_both! {
    async fn events_get_consecutive_positions_and_sequences(log: Log) {
        let first = log.commit(commit("a", 0, 2)).await.unwrap();
        let second = log.commit(commit("b", 0, 1)).await.unwrap();
        let third = log.commit(commit("a", 2, 3)).await.unwrap();
        assert_eq!((first.first_position, first.last_position, first.last_sequence), (1, 2, 2));
        assert_eq!((second.first_position, second.last_position, second.last_sequence), (3, 3, 1));
        assert_eq!((third.first_position, third.last_position, third.last_sequence), (4, 6, 5));
        assert!(first.recorded_at <= second.recorded_at && second.recorded_at <= third.recorded_at);
        assert_eq!(log.store.head().await.unwrap(), 6);
        assert_eq!(*log.bell.listen().borrow(), 6);

        let events = log.store.read_after(0, 100).await.unwrap();
        let positions: Vec<_> = events.iter().map(|event| event.position).collect();
        assert_eq!(positions, [1, 2, 3, 4, 5, 6]);
        assert_eq!(events[5].payload, r#"{"nth": 5}"#);
        assert_eq!(events[5].metadata, r#"{"by":"a test"}"#);
    }

    async fn a_stale_decision_is_a_conflict(log: Log) {
        log.commit(commit("a", 0, 2)).await.unwrap();
        let stale = log.commit(commit("a", 1, 1)).await;
        assert_eq!(stale, Err(CommitError::Conflict { head: 2 }));
        let ahead = log.commit(commit("a", 3, 1)).await;
        assert_eq!(ahead, Err(CommitError::Conflict { head: 2 }));
        assert_eq!(log.store.head().await.unwrap(), 2);
    }

    async fn a_repeated_command_finds_its_first_result(log: Log) {
        let mut once = commit("a", 0, 2);
        once.fingerprint = Some([7; 32]);
        let first = log.commit(once.clone()).await.unwrap();
        let Err(CommitError::Duplicate(record)) = log.commit(once.clone()).await else {
            panic!("it was taken twice");
        };
        assert_eq!(record.committed(), first);
        assert_eq!(record.fingerprint, Some([7; 32]));
        assert_eq!((record.aggregate_type.as_str(), record.aggregate_id.as_str()), ("thing", "a"));
        assert_eq!(log.store.command(once.command_id).await.unwrap(), Some(*record));
        assert_eq!(log.store.head().await.unwrap(), 2);

        assert_eq!(log.store.forget_commands(first.recorded_at).await.unwrap(), 0);
        assert_eq!(log.store.forget_commands(first.recorded_at + 1).await.unwrap(), 1);
        assert_eq!(log.store.command(once.command_id).await.unwrap(), None);
    }

    async fn a_command_that_came_to_nothing_is_remembered_and_does_nothing_later(log: Log) {
        let later = commit("a", 0, 1);
        let nothing = CommandRecord {
            command_id: later.command_id,
            fingerprint: Some([7; 32]),
            aggregate_type: "thing".to_owned(),
            aggregate_id: "a".to_owned(),
            first_position: 0,
            last_position: 0,
            first_sequence: 0,
            recorded_at: 5,
        };
        for told in [5, 6] {
            let again = CommandRecord { recorded_at: told, ..nothing.clone() };
            log.store.note_command(&again).await.unwrap();
            let kept = log.store.command(later.command_id).await.unwrap();
            assert_eq!(kept, Some(nothing.clone()));
        }
        let refused = log.commit(later).await;
        assert_eq!(refused, Err(CommitError::Duplicate(Box::new(nothing.clone()))));
        assert_eq!(log.store.read_span(0, 0).await.unwrap(), []);
        // What was done is not overwritten.
        let done = commit("b", 0, 1);
        log.commit(done.clone()).await.unwrap();
        let known = log.store.command(done.command_id).await.unwrap();
        let late = CommandRecord { command_id: done.command_id, ..nothing };
        log.store.note_command(&late).await.unwrap();
        assert_eq!(log.store.command(done.command_id).await.unwrap(), known);
    }

    async fn a_name_has_one_owner_until_it_is_released(log: Log) {
        let mut ann = commit("ann", 0, 1);
        ann.reserve = vec![username("ann")];
        log.commit(ann).await.unwrap();
        let mut other = commit("other", 0, 1);
        other.reserve = vec![username("free"), username("ann")];
        let taken = log.commit(other.clone()).await;
        let (kind, key) = ("username".to_owned(), "ann".to_owned());
        assert_eq!(taken, Err(CommitError::Reserved { kind, key }));
        assert_eq!(log.store.reservation("username", "free").await.unwrap(), None);

        let mut renamed = commit("ann", 1, 1);
        renamed.release = vec![username("ann"), username("never had it")];
        renamed.reserve = vec![username("anna")];
        log.commit(renamed).await.unwrap();
        log.commit(other).await.unwrap();
        assert_eq!(log.store.count_reservations("username").await.unwrap(), 3);
        assert_eq!(log.store.count_reservations("another kind").await.unwrap(), 0);
        let owner = |key| log.store.reservation("username", key);
        assert_eq!(owner("ann").await.unwrap().as_deref(), Some("other"));
        assert_eq!(owner("anna").await.unwrap().as_deref(), Some("ann"));

        let mut thief = commit("thief", 0, 1);
        thief.release = vec![username("anna")];
        log.commit(thief).await.unwrap();
        assert_eq!(owner("anna").await.unwrap().as_deref(), Some("ann"), "only the owner releases");
    }

    async fn what_readers_could_not_load_is_rejected(log: Log) {
        let deep = "[".repeat(200) + &"]".repeat(200);
        for payload in ["", "{", "{\"a\":\"\0\"}", "1e999", "\"\\ud800\"", &deep] {
            let mut bad = commit("a", 0, 1);
            bad.events[0].payload = payload.to_owned();
            assert!(matches!(log.commit(bad).await, Err(CommitError::Rejected(_))), "{payload}");
        }
        let mut none = commit("a", 0, 1);
        none.events.clear();
        assert!(matches!(log.commit(none).await, Err(CommitError::Rejected(_))));
        assert!(matches!(log.commit(commit("a", 0, 65)).await, Err(CommitError::Rejected(_))));
        let mut nul = commit("a\0", 0, 1);
        assert!(matches!(log.commit(nul.clone()).await, Err(CommitError::Rejected(_))));
        nul.aggregate_id = "a".to_owned();
        nul.events[0].payload = format!("\"{}\"", "x".repeat(4 << 20));
        assert!(matches!(log.commit(nul).await, Err(CommitError::Rejected(_))));
        assert_eq!(log.store.head().await.unwrap(), 0);

        let mut escaped = commit("a", 0, 1);
        escaped.events[0].payload = r#"{"nul":"\u0000"}"#.to_owned();
        log.commit(escaped).await.unwrap();
    }
}
