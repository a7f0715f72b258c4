//! What is signed is carried to an address elsewhere, and nothing of it is lost on the way.

use std::{fs, time::Duration};

use colloquy::{
    audit::anchor::Anchor,
    config::{AnchorUrl, Secret},
    providers::client,
    shutdown::Shutdown,
    subscribers::Anchoring,
};
use tempfile::TempDir;
use uuid::Uuid;

use super::world::Record;
use crate::{
    store::fixture::{Log, on_both, within},
    support::{
        look_again,
        scripted::{Reply, Scripted},
        traces::Traces,
    },
};

/// Takes so many requests.
fn takes(count: usize) -> Vec<Reply> {
    vec![Reply::json("").status(204); count]
}

fn carrier(record: &Record, to: &Scripted, node: u128) -> Anchoring {
    let to = AnchorUrl {
        url: format!("{}/anchors?from=here", to.url()).parse().unwrap(),
        key: Some(Secret::new("a-token")),
    };
    let store = record.log.store.clone();
    Anchoring::new(store, Uuid::from_u128(node), client().unwrap(), to)
}

/// What an address has that appends all that it took.
async fn file_of(taken: &[&Scripted], anchor: &Anchor, size: u64) {
    within(async {
        loop {
            let bodies = taken.iter().flat_map(|place| place.received());
            let lines: Vec<u8> = bodies.flat_map(|request| request.bytes).collect();
            fs::write(anchor.path(), lines).unwrap();
            if anchor.last().unwrap().is_some_and(|last| last.size == size) {
                return;
            }
            look_again().await;
        }
    })
    .await;
}

fn copy() -> (TempDir, Anchor) {
    let dir = tempfile::tempdir().unwrap();
    let anchor = Anchor::at(dir.path().join("copy.jsonl"));
    (dir, anchor)
}

on_both! {
    async fn what_is_signed_is_carried_in_its_order(log: Log) {
        let record = Record::signed(log).await;
        let place = Scripted::start(takes(9)).await;
        let ending = Shutdown::default();
        ending.spawn(carrier(&record, &place, 1).run(ending.clone()));
        let (_dir, copy) = copy();
        file_of(&[&place], &copy, 20).await;
        record.write("d", 0, 3).await;
        record.sign().await;
        file_of(&[&place], &copy, 23).await;
        assert!(ending.finish(Duration::from_secs(10)).await);
        let received = place.received();
        let first = &received[0];
        assert_eq!((&*first.method, &*first.path), ("POST", "/anchors?from=here"));
        assert_eq!(first.headers["authorization"], "Bearer a-token");
        assert_eq!(first.headers["content-type"], "application/x-ndjson");
        assert_eq!(fs::read(copy.path()).unwrap(), fs::read(record.anchor.path()).unwrap());
        let report = record.verify_with(Some(&copy)).await;
        assert!(report.is_well(), "{report}");
        assert_eq!(report.anchored, Some(4));
    }

    async fn what_was_not_taken_is_carried_again_and_what_was_is_not(log: Log) {
        let record = Record::signed(log).await;
        let refuses = Scripted::start([Reply::error(503, "later"), Reply::json("").status(204)]).await;
        let ending = Shutdown::default();
        ending.spawn(carrier(&record, &refuses, 1).run(ending.clone()));
        refuses.wait_for_requests(2).await;
        let [refused, taken] = &refuses.received()[..] else { panic!("two requests") };
        assert_eq!(refused.bytes, taken.bytes);
        let lines = String::from_utf8(taken.bytes.clone()).unwrap();
        assert_eq!(lines.lines().count(), 3);
        assert!(ending.finish(Duration::from_secs(10)).await);
    }

    async fn another_node_goes_on_where_one_has_ended(log: Log) {
        let record = Record::signed(log).await;
        let place = Scripted::start(takes(9)).await;
        let (_dir, copy) = copy();
        for node in 1..=3_u64 {
            let ending = Shutdown::default();
            ending.spawn(carrier(&record, &place, u128::from(node)).run(ending.clone()));
            file_of(&[&place], &copy, 19 + node).await;
            assert!(ending.finish(Duration::from_secs(10)).await);
            record.write("d", node - 1, 1).await;
            record.sign().await;
        }
        // What a node had carried when it ended may come again: the answer was lost to its end.
        let carried = fs::read_to_string(copy.path()).unwrap();
        let mut once: Vec<&str> = vec![];
        for line in carried.lines() {
            if !once.contains(&line) {
                once.push(line);
            }
        }
        let signed = fs::read_to_string(record.anchor.path()).unwrap();
        let signed: Vec<&str> = signed.lines().take(5).collect();
        assert_eq!(once, signed);
        assert!(record.verify_with(Some(&copy)).await.is_well());
    }

    async fn a_place_ahead_of_what_is_signed_is_no_end(log: Log) {
        let record = Record::signed(log).await;
        let traces = Traces::of(&record.log.database);
        let place = Scripted::start(takes(9)).await;
        let (_dir, copy) = copy();
        let first = Shutdown::default();
        first.spawn(carrier(&record, &place, 1).run(first.clone()));
        file_of(&[&place], &copy, 20).await;
        assert!(first.finish(Duration::from_secs(10)).await);
        // Who can write to the database may say that everything was taken.
        record.tamper(&["UPDATE subscriptions SET position = 1000000 WHERE name LIKE 'anchor:%'"]).await;
        let ending = Shutdown::default();
        ending.spawn(carrier(&record, &place, 2).run(ending.clone()));
        let looked = format!(
            "SELECT count(*) FROM subscriptions WHERE name LIKE 'anchor:%' AND CAST(holder AS text) = '{}'",
            Uuid::from_u128(2)
        );
        within(async {
            while traces.number(&looked).await == 0 {
                look_again().await;
            }
        }).await;
        record.tamper(&["UPDATE subscriptions SET position = 20 WHERE name LIKE 'anchor:%'"]).await;
        record.write("d", 0, 3).await;
        record.sign().await;
        file_of(&[&place], &copy, 23).await;
        assert!(ending.finish(Duration::from_secs(10)).await);
    }

    async fn a_log_made_anew_with_the_key_does_not_fit_what_was_carried(log: Log) {
        let record = Record::signed(log).await;
        let place = Scripted::start(takes(9)).await;
        let ending = Shutdown::default();
        ending.spawn(carrier(&record, &place, 1).run(ending.clone()));
        let (_dir, copy) = copy();
        file_of(&[&place], &copy, 20).await;
        assert!(ending.finish(Duration::from_secs(10)).await);
        record.tamper(&["UPDATE events SET metadata = '{\"by\":\"nobody\"}' WHERE global_position = 7"]).await;
        record.forget_signatures().await;
        record.sign_as(&record.key, None).await;
        let report = record.verify_with(None).await;
        assert!(report.is_well(), "who has the key can sign anything: {report}");
        let report = record.verify_with(Some(&copy)).await;
        assert!(!report.is_well());
    }
}
