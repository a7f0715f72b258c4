//! What people write is sealed in the log, and gone when its key is.

use aggregates::{
    MessageId, TurnId,
    thread::{MessageSent, Route, ThreadEvent, TurnOptions},
};
use colloquy::{
    clock,
    config::ServerKey,
    store::{
        Commit, CommitError, Erasure, NewEvent, Recorded, Store, StoreConfig, StoreError, day_of,
    },
};
use sqlx::{Connection, Executor, PgConnection, Row, SqliteConnection};
use uuid::Uuid;

use super::fixture::{Log, commit, on_both, together};
use crate::support::databases::TestDatabase;

fn sent(text: &str) -> NewEvent {
    NewEvent::of(&ThreadEvent::MessageSent(MessageSent {
        message: MessageId(Uuid::now_v7()),
        index: 1,
        text: text.to_owned(),
        attachments: vec![],
        replaces: None,
        turn: TurnId(Uuid::now_v7()),
        route: Route {
            provider: "echo".to_owned(),
            model: "echo-1".to_owned(),
        },
        options: TurnOptions::default(),
    }))
    .unwrap()
}

/// Somebody says these things, one event each.
pub(super) fn saying(thread: &str, expected: u64, epoch: u64, texts: &[&str]) -> Commit {
    Commit {
        aggregate_type: "thread",
        epoch,
        events: texts.iter().map(|text| sent(text)).collect(),
        ..commit(thread, expected, 1)
    }
}

/// What a thread's events say, as they are read.
pub(super) async fn said(store: &Store, thread: &str) -> Vec<String> {
    let events = store.read_stream("thread", thread, 0, 100).await.unwrap();
    events.iter().map(text).collect()
}

fn text(event: &Recorded) -> String {
    match serde_json::from_str(&event.payload).unwrap() {
        ThreadEvent::MessageSent(sent) => sent.text,
        other => panic!("{other:?}"),
    }
}

/// The first column of a query, as texts, by hand.
pub(super) async fn by_hand(log: &Log, sql: &str) -> Vec<String> {
    match &log.database {
        TestDatabase::Sqlite(_) => {
            let file = log.database.dir().join("log.db");
            let url = format!("sqlite:{}", file.display());
            let mut hand = SqliteConnection::connect(&url).await.unwrap();
            let rows = hand.fetch_all(sql).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
        TestDatabase::Postgres { .. } => {
            let mut hand = PgConnection::connect(&log.database.url()).await.unwrap();
            let rows = hand.fetch_all(sql).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    }
}

const PAYLOADS: &str = "SELECT CAST(payload AS text) FROM events ORDER BY global_position";
const KEYS: &str =
    "SELECT subject || ' ' || CAST(epoch AS text) FROM content_keys ORDER BY subject, epoch";

/// Writes an event by hand, past everything that seals.
pub(super) async fn plant(log: &Log, thread: &str, sequence: u64, payload: &str) {
    let payload = payload.replace('\'', "''");
    by_hand(
        log,
        &format!(
            "INSERT INTO events SELECT 'thread', '{thread}', {sequence}, 'message.sent', '1', '{payload}',
             '{{}}', position + 1, recorded_at FROM log_head"
        ),
    )
    .await;
    by_hand(log, "UPDATE log_head SET position = position + 1").await;
}

on_both! {
    async fn what_is_said_is_nowhere_in_the_log_and_is_read_as_it_was_written(log: Log) {
        let written = saying("a", 0, 0, &["a secret \"quoted\"\n", "another secret 🙂"]);
        log.commit(written.clone()).await.unwrap();
        let stored = by_hand(&log, PAYLOADS).await;
        assert_eq!(stored.len(), 2);
        for payload in stored {
            assert!(!payload.contains("secret"), "{payload}");
            assert!(payload.contains("\"text\":\"sealed:2:0:"), "{payload}");
            assert!(payload.contains("\"provider\":\"echo\""), "{payload}");
        }
        for store in [log.store.clone(), log.database.store().await] {
            let read = store.read_after(0, 10).await.unwrap();
            for (read, written) in read.iter().zip(&written.events) {
                assert_eq!(read.payload, written.payload);
            }
        }
    }

    async fn equal_texts_look_different_in_the_log(log: Log) {
        log.commit(saying("a", 0, 0, &["same", "same"])).await.unwrap();
        let stored = by_hand(&log, PAYLOADS).await;
        let sealed = |payload: &str| payload.split("sealed:").nth(1).unwrap().to_owned();
        assert_ne!(sealed(&stored[0]), sealed(&stored[1]));
    }

    async fn an_event_from_before_sealing_is_read_as_it_stands(log: Log) {
        let old = sent("in clear");
        plant(&log, "a", 1, &old.payload).await;
        log.commit(saying("a", 1, 0, &["sealed"])).await.unwrap();
        assert_eq!(said(&log.store, "a").await, ["in clear", "sealed"]);
    }

    async fn a_key_is_stored_with_the_first_events_that_need_it_and_not_without_them(log: Log) {
        log.commit(commit("thing", 0, 1)).await.unwrap();
        let refused = log.commit(saying("a", 3, 0, &["too late"])).await;
        assert_eq!(refused, Err(CommitError::Conflict { head: 0 }));
        assert_eq!(by_hand(&log, KEYS).await, [""; 0]);
        log.commit(saying("a", 0, 0, &["one"])).await.unwrap();
        log.commit(saying("a", 1, 0, &["two"])).await.unwrap();
        assert_eq!(by_hand(&log, KEYS).await, ["a 0"]);
        // Somebody who has never seen the key.
        let neighbour = log.neighbour().await;
        neighbour.commit(saying("a", 2, 0, &["three"])).await.unwrap();
        assert_eq!(by_hand(&log, KEYS).await, ["a 0"]);
        assert_eq!(said(&log.store, "a").await, ["one", "two", "three"]);
    }

    async fn commits_of_one_batch_share_the_new_key_whichever_of_them_comes_through(log: Log) {
        let outcomes = together(&log.committer, [
            saying("a", 0, 0, &["one"]),
            saying("b", 7, 0, &["refused"]),
            saying("a", 1, 0, &["two"]),
            saying("b", 0, 0, &["after a refusal"]),
            saying("c", 0, 0, &["three"]),
        ])
        .await;
        let committed: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(committed, [true, false, true, false, true]);
        assert_eq!(by_hand(&log, KEYS).await, ["a 0", "c 0"]);
        let fresh = log.database.store().await;
        assert_eq!(said(&fresh, "a").await, ["one", "two"]);
        assert_eq!(said(&fresh, "c").await, ["three"]);
    }

    async fn what_was_said_before_an_erasure_is_gone_with_its_key_and_the_rest_is_not(log: Log) {
        log.commit(saying("a", 0, 0, &["before"])).await.unwrap();
        log.commit(saying("a", 1, 1, &["after"])).await.unwrap();
        log.commit(saying("b", 0, 0, &["elsewhere"])).await.unwrap();
        let other_node = log.database.store().await;
        assert_eq!(said(&other_node, "a").await, ["before", "after"]);

        let erasure = Erasure {
            aggregate_type: "thread".to_owned(),
            aggregate_id: "a".to_owned(),
            number: 1,
            position: 2,
            sequence: 1,
            before: None,
        };
        // Whoever does it again counts nothing twice, and forgets nothing.
        for node in [&log.store, &other_node, &log.store] {
            assert!(node.destroy_keys(&erasure, &[]).await.unwrap());
            assert_eq!(node.destroyed(&erasure).await.unwrap()["keys"], 1);
        }
        log.store.forget_destroyed(&erasure).await.unwrap();
        assert!(log.store.destroyed(&erasure).await.unwrap().is_empty());
        assert_eq!(said(&log.store, "a").await, ["", "after"]);
        other_node.forget_keys("thread", "a");
        assert_eq!(said(&other_node, "a").await, ["", "after"]);
        assert_eq!(said(&log.store, "b").await, ["elsewhere"]);
        assert_eq!(by_hand(&log, KEYS).await, ["a 1", "b 0"]);
    }

    async fn a_sealed_text_opens_only_where_it_was_written(log: Log) {
        log.commit(saying("a", 0, 0, &["here"])).await.unwrap();
        let stored = by_hand(&log, PAYLOADS).await.remove(0);
        plant(&log, "a", 2, &stored).await;
        plant(&log, "b", 1, &stored).await;
        assert_eq!(said(&log.store, "a").await, ["here", ""]);
        assert_eq!(said(&log.store, "b").await, [""]);
    }

    async fn a_damaged_text_is_not_shown_and_harms_nothing_else(log: Log) {
        log.commit(saying("a", 0, 0, &["whole"])).await.unwrap();
        let stored = by_hand(&log, PAYLOADS).await.remove(0);
        let today = day_of(clock::now_micros());
        let prefix = format!("sealed:2:0:{today}:");
        let cut = stored.replacen(&prefix, &format!("{prefix}AAAA"), 1);
        plant(&log, "a", 2, &cut).await;
        plant(&log, "a", 3, &stored.replacen(&prefix, &format!("{prefix}?"), 1)).await;
        assert_eq!(said(&log.store, "a").await, ["whole", "", ""]);
    }

    async fn a_server_key_wraps_the_keys_and_without_it_they_are_worth_nothing(log: Log) {
        let with = |key: Option<[u8; 32]>| StoreConfig {
            wrapping: key.map(ServerKey::new),
            ..log.database.config()
        };
        // Made before there was one: still readable afterwards.
        log.commit(saying("a", 0, 0, &["unwrapped"])).await.unwrap();
        let store = Store::open(&with(Some([7; 32]))).await.unwrap();
        let committer = colloquy::store::Committer::start(
            store.clone(),
            colloquy::store::Bell::new(),
            &log.shutdown,
        );
        committer.commit(saying("A", 0, 0, &["wrapped"])).await.unwrap();
        let lengths = "SELECT CAST(length(key) AS text) FROM content_keys ORDER BY wrapping";
        assert_eq!(by_hand(&log, lengths).await, ["32", "72"]);
        let again = Store::open(&with(Some([7; 32]))).await.unwrap();
        assert_eq!(said(&again, "A").await, ["wrapped"]);
        assert_eq!(said(&again, "a").await, ["unwrapped"]);
        let refused = async || {
            for key in [None, Some([8; 32])] {
                let refused = Store::open(&with(key)).await.map(|_| ()).unwrap_err();
                assert!(matches!(&refused, StoreError::Unreadable(why) if why.contains("server_key")), "{refused}");
            }
        };
        // Where there are several servers, none is led astray by keys of before.
        if let TestDatabase::Postgres { .. } = log.database {
            refused().await;
        }
        by_hand(&log, "DELETE FROM content_keys WHERE wrapping = 0").await;
        refused().await;
    }
}
