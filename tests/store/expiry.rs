//! What was said on an old day goes with the key of that day, and what was said since stays readable.

use colloquy::{
    clock,
    store::{AgedKey, Commit, Erasure, HeldErasure, NewEvent, beginning_of, day_of},
};

use super::{
    fixture::{Log, commit, on_both},
    sealing::{by_hand, plant, said, saying},
};
use crate::support::{databases::TestDatabase, past::live_days_ago};

/// The end of everything that was sealed before this day.
fn before(day: u64) -> Erasure {
    Erasure {
        aggregate_type: "thread".to_owned(),
        aggregate_id: "a".to_owned(),
        number: 1 << 32,
        position: 0,
        sequence: 0,
        before: Some(day),
    }
}

fn today() -> u64 {
    day_of(clock::now_micros())
}

fn of(kind: &str, id: &str, day: u64) -> AgedKey {
    AgedKey {
        day,
        aggregate_type: kind.to_owned(),
        aggregate_id: id.to_owned(),
    }
}

/// A log whose first connections live in the past already.
async fn old(log: Log, days: i64) -> Log {
    live_days_ago(&log.database, days).await;
    let Log { database, .. } = log;
    Log::on(database).await
}

/// A completion that asks this.
fn asking(id: &str, text: &str) -> Commit {
    let mut asked = commit(id, 0, 1);
    asked.aggregate_type = "completion";
    for event in &mut asked.events {
        event.event_type = "completion.requested".to_owned();
        event.payload = format!(
            r#"{{"completion.requested":{{"messages":[{{"by":"user","text":"{text}"}}]}}}}"#
        );
    }
    asked
}

#[test]
fn a_day_begins_where_it_ends_the_one_before() {
    for day in [0, 1, 20_000] {
        assert_eq!(day_of(beginning_of(day)), day);
        assert_eq!(day_of(beginning_of(day + 1) - 1), day);
    }
    assert_eq!(day_of(-1), 0);
    assert_eq!(beginning_of(u64::MAX), i64::MAX);
}

on_both! {
    async fn the_key_of_an_old_day_goes_and_newer_text_is_read_still(log: Log) {
        let log = old(log, 3).await;
        log.commit(saying("a", 0, 0, &["old"])).await.unwrap();
        log.commit(saying("b", 0, 0, &["elsewhere"])).await.unwrap();
        let day = today();
        live_days_ago(&log.database, 0).await;
        log.commit(saying("a", 1, 0, &["new"])).await.unwrap();
        assert_eq!(said(&log.store, "a").await, ["old", "new"]);
        assert_eq!(today(), day + 3);

        let other_node = log.database.store().await;
        assert_eq!(said(&other_node, "a").await, ["old", "new"]);
        // Not yet: the day is not before itself.
        assert!(log.store.destroy_keys(&before(day), &[]).await.unwrap());
        assert_eq!(said(&log.store, "a").await, ["old", "new"]);
        for node in [&log.store, &other_node, &log.store] {
            assert!(node.destroy_keys(&before(day + 1), &[]).await.unwrap());
            assert_eq!(node.destroyed(&before(day + 1)).await.unwrap()["keys"], 1);
        }
        assert_eq!(said(&log.store, "a").await, ["", "new"]);
        assert_eq!(said(&log.store, "b").await, ["elsewhere"]);
    }

    async fn a_text_that_was_sealed_before_there_were_days_opens_with_its_old_key(log: Log) {
        log.commit(saying("a", 0, 0, &["of before"])).await.unwrap();
        let payload = by_hand(&log, "SELECT CAST(payload AS text) FROM events").await.remove(0);
        let today = today();
        let key = by_hand(&log, "SELECT CAST(period AS text) FROM content_keys").await;
        assert_eq!(key, [today.to_string()]);
        // As such a database looks once it is brought up to date.
        let old = Log::on(match &log.database {
            TestDatabase::Sqlite(_) => {
                TestDatabase::sqlite()
            }
            TestDatabase::Postgres { .. } => {
                TestDatabase::postgres().await
            }
        })
        .await;
        let unhex = match &log.database {
            TestDatabase::Sqlite(_) => "SELECT hex(key) FROM content_keys",
            TestDatabase::Postgres { .. } => {
                "SELECT encode(key, 'hex') FROM content_keys"
            }
        };
        let key = by_hand(&log, unhex).await.remove(0);
        let insert = match &log.database {
            TestDatabase::Sqlite(_) => format!("unhex('{key}')"),
            TestDatabase::Postgres { .. } => format!("decode('{key}', 'hex')"),
        };
        by_hand(&old, &format!(
            "INSERT INTO content_keys (subject_kind, subject, epoch, period, key, wrapping, day)
             VALUES ('thread', 'a', 0, 0, {insert}, 0, {})", today - 5
        ))
        .await;
        plant(&old, "a", 1, &payload.replacen(&format!("sealed:2:0:{today}:"), "sealed:1:0:", 1)).await;
        assert_eq!(said(&old.store, "a").await, ["of before"]);
        old.commit(saying("a", 1, 0, &["since"])).await.unwrap();
        assert_eq!(said(&old.store, "a").await, ["of before", "since"]);
        assert_eq!(
            old.store.aged_keys(today, None, 10).await.unwrap(),
            [of("thread", "a", today - 5)]
        );
        assert!(old.store.destroy_keys(&before(today - 4), &[]).await.unwrap());
        assert_eq!(said(&old.store, "a").await, ["", "since"]);
    }

    async fn what_is_too_old_is_found_by_its_day_unless_it_waits_for_a_hold(log: Log) {
        let log = old(log, 3).await;
        log.commit(saying("a", 0, 0, &["old"])).await.unwrap();
        log.commit(asking("c", "old too")).await.unwrap();
        let day = today();
        live_days_ago(&log.database, 0).await;
        log.commit(saying("a", 1, 0, &["new"])).await.unwrap();
        let aged = async |day, limit| log.store.aged_keys(day, None, limit).await.unwrap();
        assert_eq!(aged(day, 10).await, []);
        let both = [of("completion", "c", day), of("thread", "a", day)];
        assert_eq!(aged(day + 1, 10).await, both);
        assert_eq!(aged(day + 1, 1).await, both[..1]);
        let next = log.store.aged_keys(day + 1, both.first(), 10).await.unwrap();
        assert_eq!(next, both[1..]);
        assert_eq!(aged(day + 4, 10).await[2..], [of("thread", "a", day + 3)]);

        let waiting = HeldErasure {
            aggregate_type: "thread".to_owned(),
            aggregate_id: "a".to_owned(),
            position: 0,
            sequence: 0,
            requested_at: 1,
            owner: None,
        };
        log.store.note_held(&waiting).await.unwrap();
        assert_eq!(aged(day + 1, 10).await, both[..1]);
        let count = async |held| {
            let aged = log.store.aged(day + 1, held).await.unwrap();
            aged.into_iter().map(|of| (of.aggregate_type, of.count, of.oldest)).collect::<Vec<_>>()
        };
        assert_eq!(count(true).await, [("thread".to_owned(), 1, day)]);
        assert_eq!(count(false).await, [("completion".to_owned(), 1, day)]);
        log.store.forget_held(&waiting).await.unwrap();
        assert_eq!(aged(day + 1, 10).await, both);
    }

    async fn what_a_conversation_is_called_stays_until_it_is_erased(log: Log) {
        let log = old(log, 3).await;
        let opened = |reference: &str, name: &str| {
            format!(r#"{{"thread.opened":{{"reference":"{reference}","name":"{name}"}}}}"#)
        };
        let event = NewEvent {
            payload: opened("my-own", "an old one"),
            event_type: "thread.opened".to_owned(),
            event_version: "1".to_owned(),
        };
        let open = Commit { aggregate_type: "thread", events: vec![event], ..commit("a", 0, 1) };
        log.commit(open).await.unwrap();
        let day = today();
        live_days_ago(&log.database, 0).await;
        let read = async || {
            let events = log.store.read_stream("thread", "a", 0, 10).await.unwrap();
            events[0].payload.clone()
        };
        assert_eq!(read().await, opened("my-own", "an old one"));
        let stored = by_hand(&log, "SELECT CAST(payload AS text) FROM events").await.remove(0);
        assert!(!stored.contains("my-own") && !stored.contains("an old one"), "{stored}");

        let aged = async || log.store.aged_keys(today(), None, 10).await.unwrap();
        assert_eq!(aged().await, [of("thread", "a", day)]);
        assert_eq!(log.store.sealed_through("thread", "a", 0, day + 1).await.unwrap(), 1);
        assert!(log.store.destroy_keys(&before(day + 1), &[]).await.unwrap());
        assert_eq!(log.store.destroyed(&before(day + 1)).await.unwrap()["keys"], 1);
        assert_eq!(read().await, opened("my-own", ""));
        assert_eq!(aged().await, []);
        let erasure = Erasure { number: 1, before: None, ..before(0) };
        assert!(log.store.destroy_keys(&erasure, &[]).await.unwrap());
        assert_eq!(log.store.destroyed(&erasure).await.unwrap()["keys"], 1);
        assert_eq!(read().await, opened("", ""));
    }

    async fn a_clock_that_was_set_back_seals_with_the_day_of_the_log(log: Log) {
        let log = old(log, 0).await;
        let set = format!("UPDATE log_head SET recorded_at = {}", clock::now_micros());
        by_hand(&log, &set).await;
        let day = today();
        live_days_ago(&log.database, 40).await;
        log.commit(saying("a", 0, 0, &["now"])).await.unwrap();
        assert_eq!(log.store.aged_keys(day, None, 10).await.unwrap(), []);
        let keys = log.store.aged_keys(day + 1, None, 10).await.unwrap();
        assert_eq!(keys, [of("thread", "a", day)]);
    }

    async fn a_clock_that_jumps_back_just_after_a_record_was_begun_seals_with_the_day_before_the_jump(log: Log) {
        let log = old(log, 0).await;
        log.commit(saying("a", 0, 0, &["before"])).await.unwrap();
        let day = today();
        live_days_ago(&log.database, 40).await;
        log.commit(saying("b", 0, 0, &["after"])).await.unwrap();
        assert_eq!(log.store.aged_keys(day, None, 10).await.unwrap(), []);
        let keys = log.store.aged_keys(day + 1, None, 10).await.unwrap();
        assert_eq!(keys, [of("thread", "a", day), of("thread", "b", day)]);
    }

    async fn only_what_is_open_of_several_expiries_is_taken_whatever_was_confirmed_in_between(log: Log) {
        // The first, the second, the confirmation of the first, and the third.
        let names = ["content.expired", "content.expired", "expiry.confirmed", "content.expired"];
        for (nth, name) in names.into_iter().enumerate() {
            let mut commit = commit("a", nth as u64, 1);
            commit.aggregate_type = "thread";
            commit.events[0].event_type = name.to_owned();
            log.commit(commit).await.unwrap();
        }
        let open = async |open| {
            let events = log.store.open_expiries("thread", "a", open).await.unwrap();
            events.iter().map(|event| event.sequence).collect::<Vec<_>>()
        };
        assert_eq!(open(2).await, [4, 2]);
        assert_eq!(open(0).await, [0; 0]);
        assert_eq!(open(9).await, [4, 2, 1]);
    }

    async fn what_was_sealed_before_midnight_and_recorded_after_it_belongs_to_the_day_before(log: Log) {
        let log = old(log, 2).await;
        log.commit(saying("a", 0, 0, &["one", "two"])).await.unwrap();
        log.commit(saying("a", 2, 0, &["three"])).await.unwrap();
        let day = today();
        live_days_ago(&log.database, 1).await;
        log.commit(saying("a", 3, 0, &["four"])).await.unwrap();
        let through = async |sequence, day| {
            log.store.sealed_through("thread", "a", sequence, day).await.unwrap()
        };
        // As if only the first had been recorded on that day.
        assert_eq!(through(1, day + 1).await, 3);
        assert_eq!(through(3, day + 1).await, 3);
        assert_eq!(through(0, day).await, 0);
        assert_eq!(through(3, day + 2).await, 4);
    }
}

#[tokio::test]
async fn a_node_that_is_behind_postgresql_begins_a_record_with_the_day_of_postgresql() {
    let log = Log::on(TestDatabase::postgres().await).await;
    let day = today();
    clock::live_days_ago(40);
    log.commit(saying("a", 0, 0, &["now"])).await.unwrap();
    assert_eq!(log.store.aged_keys(day, None, 10).await.unwrap(), []);
}
