//! Whatever is done to the record is found, and where.

use std::fs;

use colloquy::audit::{key::Trusted, origin, verify::verify};

use super::world::{Record, key_for};
use crate::store::fixture::{Log, on_both};

const CHANGED: &str = "is not the one that was signed: it was changed, or put in";

#[track_caller]
fn told(findings: &[String], expected: &[&str]) {
    assert_eq!(findings, expected);
}

on_both! {
    async fn a_log_that_nobody_touched_is_well(log: Log) {
        let record = Record::signed(log).await;
        let report = record.verify().await;
        assert!(report.is_well(), "{report}");
        assert_eq!((report.events, report.signed), (20, 20));
        assert_eq!((report.checkpoints, report.anchored), (6, Some(3)));
        record.write("d", 0, 2).await;
        let report = record.verify().await;
        assert!(report.is_well(), "{report}");
        assert!(report.to_string().contains("2 newer ones are not signed yet"), "{report}");
    }

    async fn a_changed_column_is_found_whichever_it_is(log: Log) {
        let record = Record::signed(log).await;
        for (change, back) in [
            ("payload = '{\"nth\": 3}'", "payload = '{\"nth\": 2}'"),
            ("metadata = '{\"by\":\"a text\"}'", "metadata = '{\"by\":\"a test\"}'"),
            ("event_type = 'thing.happenee'", "event_type = 'thing.happened'"),
            ("event_version = '2'", "event_version = '1'"),
            ("aggregate_type = 'thinh'", "aggregate_type = 'thing'"),
            ("aggregate_id = 'bb'", "aggregate_id = 'b'"),
            ("recorded_at = recorded_at + 1", "recorded_at = recorded_at - 1"),
            ("sequence = 99", "sequence = 2"),
        ] {
            let update = |set: &str| format!("UPDATE events SET {set} WHERE global_position = 7");
            record.tamper(&[&update(change)]).await;
            told(&record.findings().await, &[&format!("event 7 {CHANGED}")]);
            record.tamper(&[&update(back)]).await;
            told(&record.findings().await, &[]);
        }
    }

    async fn a_space_more_in_the_json_is_found(log: Log) {
        let record = Record::signed(log).await;
        record.tamper(&["UPDATE events SET payload = '{\"nth\":  2}' WHERE global_position = 7"]).await;
        told(&record.findings().await, &[&format!("event 7 {CHANGED}")]);
    }

    async fn a_removed_event_is_missed(log: Log) {
        let record = Record::signed(log).await;
        record.tamper(&["DELETE FROM events WHERE global_position IN (7, 15, 16)"]).await;
        told(&record.findings().await, &["event 7 is missing", "the events 15 to 16 are missing"]);
    }

    async fn a_removed_event_is_found_although_the_others_moved_up(log: Log) {
        let record = Record::signed(log).await;
        record.tamper(&[
            "DELETE FROM events WHERE global_position = 18",
            "UPDATE events SET global_position = 18 WHERE global_position = 19",
            "UPDATE events SET global_position = 19 WHERE global_position = 20",
            "UPDATE log_head SET position = 19",
        ]).await;
        let findings = record.findings().await;
        assert!(findings[0].starts_with("the event at position 18 is the one that was signed at position 19"), "{findings:?}");
        assert!(findings[1].starts_with("event 19"), "{findings:?}");
        assert!(findings[2].contains("the events 20 to 20 were cut off"), "{findings:?}");
    }

    async fn exchanged_events_are_found_with_both_places(log: Log) {
        let record = Record::signed(log).await;
        record.tamper(&[
            "UPDATE events SET global_position = 1000 WHERE global_position = 7",
            "UPDATE events SET global_position = 7 WHERE global_position = 10",
            "UPDATE events SET global_position = 10 WHERE global_position = 1000",
        ]).await;
        told(&record.findings().await, &[
            "the event at position 7 is the one that was signed at position 10: the order was changed",
            "the event at position 10 is the one that was signed at position 7: the order was changed",
        ]);
    }

    async fn an_event_that_was_put_in_between_is_found(log: Log) {
        let record = Record::signed(log).await;
        record.tamper(&[
            "UPDATE events SET global_position = global_position + 1000 WHERE global_position >= 19",
            "UPDATE events SET global_position = global_position - 999 WHERE global_position >= 1000",
            "INSERT INTO events SELECT aggregate_type, 'z', 1, event_type, event_version, payload, metadata, 19, recorded_at
               FROM events WHERE global_position = 18",
            "UPDATE log_head SET position = 21",
        ]).await;
        let findings = record.findings().await;
        assert_eq!(findings[0], format!("event 19 {CHANGED}"));
        assert!(findings[1].starts_with("the event at position 20 is the one that was signed at position 19"), "{findings:?}");
    }

    async fn an_event_that_was_put_behind_the_end_is_found(log: Log) {
        let record = Record::signed(log).await;
        record.tamper(&[
            "INSERT INTO events SELECT aggregate_type, 'z', 1, event_type, event_version, payload, metadata, 21, recorded_at
               FROM events WHERE global_position = 18",
        ]).await;
        told(&record.findings().await, &[
            "an event stands at position 21, although the log ends at 20: it was put there past the log",
        ]);
    }

    async fn a_cut_tail_is_found_as_long_as_anything_signed_is_left(log: Log) {
        let record = Record::signed(log).await;
        record.tamper(&["DELETE FROM events WHERE global_position > 9"]).await;
        told(&record.findings().await, &[
            "the log ends with event 9, but its head says 20: the events 10 to 20 were cut off",
        ]);
        record.tamper(&["UPDATE log_head SET position = 9"]).await;
        let findings = record.findings().await;
        assert!(findings[0].contains("the events 10 to 20 were cut off"), "{findings:?}");

        // Now what was signed is cut off with it: only the anchor knows.
        record.forget_signatures().await;
        record.sign_as(&record.key, None).await;
        let findings = record.findings().await;
        assert!(findings[0].contains("the log ends with event 9, but 20 events were signed at"), "{findings:?}");
        assert_eq!(findings.len(), 1, "{findings:?}");
        let alone = record.verify_with(None).await;
        assert!(alone.is_well() && alone.to_string().contains("there is no anchor file"), "{alone}");
    }

    async fn a_log_that_was_made_anew_with_its_hashes_is_found_by_the_anchor(log: Log) {
        let record = Record::signed(log).await;
        record.tamper(&["UPDATE events SET payload = '{\"nth\": 9}' WHERE global_position = 7"]).await;
        record.forget_signatures().await;
        // With the notary's own key, so that every signature in the database is right.
        record.sign_as(&record.key, None).await;
        assert!(record.verify_with(None).await.is_well());
        let report = record.verify().await;
        assert_eq!(report.findings.len(), 1, "{report}");
        assert_eq!(report.findings[0].position, Some(6));
        let sentence = &report.findings[0].sentence;
        assert!(sentence.starts_with("the events 6 to 12 are not those of the anchor that was signed at"), "{sentence}");
    }

    async fn what_somebody_else_has_signed_is_not_believed(log: Log) {
        let record = Record::signed(log).await;
        record.tamper(&["UPDATE events SET payload = '{\"nth\": 9}' WHERE global_position = 7"]).await;
        record.forget_signatures().await;
        record.sign_as(&key_for(record.id), None).await;
        let report = record.verify_with(None).await;
        assert!(report.findings[0].sentence.contains("signed by nobody whose key is known"), "{report}");
    }

    async fn hashes_that_were_made_to_fit_a_changed_event_do_not_fit_what_was_signed(log: Log) {
        let record = Record::signed(log).await;
        let checkpoints = record.log.store.checkpoints_after(0, 10).await.unwrap();
        record.tamper(&["UPDATE events SET payload = '{\"nth\": 9}' WHERE global_position = 7"]).await;
        record.forget_signatures().await;
        record.sign_as(&key_for(record.id), None).await;
        record.tamper(&["DELETE FROM notary_checkpoints"]).await;
        for checkpoint in &checkpoints {
            let (size, at, note) = (checkpoint.size, checkpoint.signed_at, &checkpoint.note);
            let insert = format!("INSERT INTO notary_checkpoints VALUES ({size}, {at}, '{note}')");
            record.tamper(&[&insert]).await;
        }
        let report = record.verify_with(None).await;
        assert_eq!(report.findings.len(), 1, "{report}");
        let sentence = &report.findings[0].sentence;
        assert!(sentence.starts_with("the events 6 to 12 are not those of the checkpoint"), "{sentence}");
    }

    async fn a_damaged_hash_is_told_from_a_damaged_event(log: Log) {
        let record = Record::signed(log).await;
        let tile = record.log.store.tiles(&[(0, 0)]).await.unwrap().remove(0);
        let mut hashes = tile.hashes;
        hashes[32 * 6 + 3] ^= 1;
        let hex: String = hashes.iter().map(|byte| format!("{byte:02x}")).collect();
        let bytes = match record.log.store {
            colloquy::store::Store::Sqlite(_) => format!("x'{hex}'"),
            colloquy::store::Store::Postgres(_) => format!("'\\x{hex}'"),
        };
        record.tamper(&[&format!("UPDATE notary_tiles SET hashes = {bytes}")]).await;
        told(&record.findings().await, &[
            "the notary's hashes of the events 6 to 12 are damaged; the events themselves are as they were signed",
        ]);
    }

    async fn a_line_of_a_checkpoint_that_was_changed_is_found(log: Log) {
        let record = Record::signed(log).await;
        record.tamper(&["UPDATE notary_checkpoints SET note = replace(note, '20', '21') WHERE size = 20"]).await;
        let findings = record.findings().await;
        assert!(findings[0].starts_with("the last checkpoint (20 events): "), "{findings:?}");
    }
}

#[tokio::test]
async fn a_flipped_bit_in_the_file_is_found() {
    let database = crate::support::databases::TestDatabase::sqlite();
    let record = Record::signed(Log::on(database).await).await;
    record.tamper(&["PRAGMA wal_checkpoint(TRUNCATE)"]).await;
    let file = record.log.database.dir().join("log.db");
    let whole = fs::read(&file).unwrap();
    let place = |text: &str| {
        let found = whole
            .windows(text.len())
            .position(|bytes| bytes == text.as_bytes());
        found.unwrap()
    };
    // In a payload, in metadata, and in the header of a row, which says what type a column has.
    for at in [
        place("{\"nth\": 7}") + 8,
        place("{\"by\":\"a test\"}") + 3,
        place("thinga") - 3,
    ] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        record.log.store.close().await;
        fs::write(&file, &damaged).unwrap();
        let store = record.log.database.store().await;
        let trusted = Trusted::new(origin(record.id), [record.key.public()]).unwrap();
        let report = verify(&store, &trusted, Some(&record.anchor), |_| {})
            .await
            .unwrap();
        store.close().await;
        assert!(!report.is_well(), "at byte {at}: {report}");
        assert!(
            report.findings[0].position.is_some(),
            "at byte {at}: {report}"
        );
    }
}
