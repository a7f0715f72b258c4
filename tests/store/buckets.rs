//! Bytes in a bucket: what is there is known whatever ends a try, a bucket that is away is told from one that has lost
//! something, and what is destroyed is gone when that is said.

use colloquy::{
    config::{BucketSettings, Secret},
    store::{BesideRow, Store, StoreConfig, StoreError},
};

use super::{
    blobs::{LATER, erasure, keep, read, showing},
    fixture::{Log, within},
    sealing::by_hand,
};
use crate::support::{
    bucket::{Bucket, SECRET},
    databases::TestDatabase,
};

const IDS: &str = "SELECT CAST(id AS text) FROM blobs";
const DOOMED: &str = "SELECT CAST(id AS text) FROM doomed_blobs";

fn bucket(log: &Log) -> &Bucket {
    log.bucket.as_ref().unwrap()
}

/// The store with another bucket, or none.
async fn with(log: &Log, bucket: Option<BucketSettings>) -> Store {
    let config = StoreConfig {
        bucket,
        ..log.database.config()
    };
    Store::open(&config).await.unwrap()
}

fn is_bucket<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Err(StoreError::Bucket(sentence)) => sentence,
        other => panic!("{other:?}"),
    }
}

/// What travels of a record's blobs.
async fn rows(store: &Store) -> Vec<BesideRow> {
    let mut rows = vec![];
    let read = store.read_beside(|row| {
        if row.table == "blobs" {
            rows.push(row);
        }
        Ok::<_, StoreError>(())
    });
    read.await.unwrap();
    rows
}

macro_rules! beside_both {
    ($(async fn $name:ident($log:ident: Log) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn promise($log: Log) $body

            #[tokio::test]
            async fn beside_sqlite() {
                let bucket = Some(Bucket::start().await);
                promise(Log::with(TestDatabase::sqlite(), bucket).await).await;
            }

            #[tokio::test]
            async fn beside_postgres() {
                let bucket = Some(Bucket::start().await);
                promise(Log::with(TestDatabase::postgres().await, bucket).await).await;
            }
        }
    )*};
}

beside_both! {
    async fn what_was_thrown_away_is_not_there_any_more(log: Log) {
        let kept = keep(&log, b"thrown away").await;
        assert_eq!(bucket(&log).objects().len(), 1);
        log.store.discard_blob(kept.blob).await.unwrap();
        assert!(bucket(&log).objects().is_empty());
        assert_eq!(by_hand(&log, DOOMED).await, [""; 0]);
        log.store.check_bucket().await.unwrap();
        assert!(bucket(&log).objects().is_empty(), "nothing is left of the look");
    }

    async fn whoever_is_killed_between_the_row_and_the_object_leaves_nothing(log: Log) {
        bucket(&log).holds(true);
        {
            let keeping = log.store.keep_blob("image/jpeg", b"killed");
            tokio::select! {
                kept = keeping => panic!("{kept:?}"),
                () = bucket(&log).has_held(1) => {}
            }
        }
        assert_eq!(by_hand(&log, IDS).await.len(), 1);
        let next = log.again().await;
        assert_eq!(next.sweep_blobs(0, LATER).await, Ok(1));
        assert_eq!(by_hand(&log, DOOMED).await.len(), 1);
        // Its bytes may have been on their way.
        bucket(&log).holds(false);
        bucket(&log).is_quiet().await;
        assert_eq!(next.delete_doomed().await, Ok(1));
        assert_eq!(by_hand(&log, IDS).await, [""; 0]);
        assert_eq!(by_hand(&log, DOOMED).await, [""; 0]);
        assert!(bucket(&log).objects().is_empty());
    }

    async fn an_object_that_comes_after_its_end_is_deleted_again(log: Log) {
        bucket(&log).holds(true);
        let next = log.again().await;
        let keeping = log.store.keep_blob("image/jpeg", b"late");
        let sweeping = async {
            bucket(&log).has_held(1).await;
            assert_eq!(next.sweep_blobs(0, LATER).await, Ok(1));
            assert_eq!(next.delete_doomed().await, Ok(1));
            assert_eq!(by_hand(&log, DOOMED).await, [""; 0]);
            bucket(&log).holds(false);
        };
        let (kept, ()) = within(async { futures_util::join!(keeping, sweeping) }).await;
        assert!(is_bucket(kept).contains("so late"));
        assert!(bucket(&log).objects().is_empty());
        assert_eq!(by_hand(&log, DOOMED).await, [""; 0]);
    }

    async fn a_bucket_that_is_away_is_waited_for_and_nothing_is_taken_for_lost(log: Log) {
        let [thrown, erased, stays] =
            [keep(&log, b"thrown").await, keep(&log, b"erased").await, keep(&log, b"stays").await];
        log.commit(showing("a", 0, &erased)).await.unwrap();
        log.commit(showing("b", 0, &stays)).await.unwrap();
        bucket(&log).is_away(true);
        for sentence in [
            is_bucket(log.store.keep_blob("image/jpeg", b"x").await),
            is_bucket(log.store.blob(&stays).await),
            is_bucket(log.store.check_bucket().await),
        ] {
            assert!(sentence.contains("blobs.endpoint"), "{sentence}");
        }
        is_bucket(log.store.discard_blob(thrown.blob).await);
        // Once: what was on its way is swept out as what was never sent.
        assert_eq!(log.store.sweep_blobs(0, LATER).await, Ok(1));
        let request = erasure("a", 1, 2);
        log.store.destroy_copies(&request).await.unwrap();
        assert_eq!(log.store.destroyed(&request).await.unwrap()["blobs"], 1);
        assert!(log.store.has_doomed(&request).await.unwrap());
        assert!(!log.store.has_doomed(&erasure("b", 1, 2)).await.unwrap());
        is_bucket(log.store.delete_doomed_of(&request).await);
        is_bucket(log.store.delete_doomed().await);
        assert_eq!(bucket(&log).objects().len(), 3);
        assert_eq!(log.store.blob(&erased).await, Ok(None), "nobody is asked for it any more");

        bucket(&log).is_away(false);
        // Another one may work on.
        let next = log.again().await;
        next.delete_doomed_of(&request).await.unwrap();
        assert!(!next.has_doomed(&request).await.unwrap());
        assert_eq!(bucket(&log).objects().len(), 2);
        assert_eq!(next.delete_doomed().await, Ok(2));
        let left: Vec<_> = bucket(&log).objects().into_keys().collect();
        assert_eq!(left, [stays.blob.to_string()]);
        assert_eq!(read(&log, &stays).await.unwrap(), b"stays");
        assert_eq!(log.store.destroyed(&request).await.unwrap()["blobs"], 1);
    }

    async fn what_was_changed_cut_or_taken_away_in_the_bucket_is_noticed(log: Log) {
        let kept = keep(&log, &[7; 1000]).await;
        let path = bucket(&log).path(&kept.blob.to_string());
        let whole = std::fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[500] ^= 1;
        let longer = [&whole[..], b"x"].concat();
        for damaged in [&flipped[..], &whole[..700], &longer, b""] {
            std::fs::write(&path, damaged).unwrap();
            assert_eq!(read(&log, &kept).await, None);
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read(&log, &kept).await, None);
        std::fs::write(&path, whole).unwrap();
        assert_eq!(read(&log, &kept).await.unwrap(), [7; 1000]);
    }

    async fn a_server_that_is_switched_over_reads_both_and_back_again_says_what_is_missing(log: Log) {
        let table = with(&log, None).await;
        let before = table.keep_blob("image/jpeg", b"before").await.unwrap();
        table.check_bucket().await.unwrap();
        let after = keep(&log, b"after").await;
        assert_eq!(read(&log, &before).await.unwrap(), b"before");
        assert_eq!(read(&log, &after).await.unwrap(), b"after");
        assert_eq!(table.blob(&before).await.unwrap().unwrap(), b"before");
        for told in [is_bucket(table.blob(&after).await), is_bucket(table.check_bucket().await)] {
            assert!(told.contains("blobs.url"), "{told}");
        }
        // Both go in the same way.
        log.commit(showing("a", 0, &before)).await.unwrap();
        log.commit(showing("a", 1, &after)).await.unwrap();
        let request = erasure("a", 1, 3);
        table.destroy_copies(&request).await.unwrap();
        assert_eq!(table.destroyed(&request).await.unwrap()["blobs"], 2);
        assert_eq!(by_hand(&log, DOOMED).await, [after.blob.to_string()]);
        assert!(is_bucket(table.delete_doomed_of(&request).await).contains("blobs.url"));
        assert!(is_bucket(table.check_bucket().await).contains("blobs.url"));
        log.store.delete_doomed_of(&request).await.unwrap();
        assert!(bucket(&log).objects().is_empty());
        table.check_bucket().await.unwrap();
    }

    async fn a_start_with_a_wrong_key_is_told_which_setting_to_look_at(log: Log) {
        let right = bucket(&log).config();
        let wrong = |setting: &str| {
            let mut settings = right.clone();
            match setting {
                "blobs.access_key_id" => settings.access_key_id = Secret::new("somebody-else"),
                "blobs.secret_access_key" => settings.secret_access_key = Secret::new("hush"),
                // Nobody listens there.
                _ => settings.endpoint = Some("http://127.0.0.1:1".parse().unwrap()),
            }
            settings
        };
        for setting in ["blobs.access_key_id", "blobs.secret_access_key", "blobs.endpoint"] {
            let store = with(&log, Some(wrong(setting))).await;
            let told = is_bucket(store.check_bucket().await);
            assert!(told.contains(setting), "{told}");
            for secret in ["somebody-else", "hush", SECRET] {
                assert!(!told.contains(secret), "{told}");
                assert!(!format!("{store:?}").contains(secret));
            }
        }
        with(&log, Some(right)).await.check_bucket().await.unwrap();
    }

    async fn a_bucket_that_has_not_what_is_expected_of_it_is_told(log: Log) {
        log.store.check_bucket().await.unwrap();
        keep(&log, b"mine").await;
        log.store.check_bucket().await.unwrap();
        let there = TestDatabase::sqlite();
        let config = StoreConfig { bucket: Some(bucket(&log).config()), ..there.config() };
        let other = Store::open(&config).await.unwrap();
        let told = is_bucket(other.check_bucket().await);
        assert!(told.contains("another record"), "{told}");
        let empty = Bucket::start().await;
        let moved = with(&log, Some(empty.config())).await;
        let told = is_bucket(moved.check_bucket().await);
        assert!(told.contains("nothing of this record"), "{told}");
    }

    async fn a_record_travels_with_its_bytes_into_a_table_or_another_bucket(log: Log) {
        let kept = keep(&log, b"travels").await;
        let lost = keep(&log, b"lost").await;
        std::fs::remove_file(bucket(&log).path(&lost.blob.to_string())).unwrap();
        let travelling = rows(&log.store).await;
        assert_eq!(travelling.len(), 1);
        let (there, elsewhere) = (TestDatabase::sqlite(), Bucket::start().await);
        let table = there.store().await;
        table.put_beside(travelling.clone()).await.unwrap();
        assert_eq!(table.blob(&kept).await.unwrap().unwrap(), b"travels");
        assert_eq!(rows(&table).await, travelling);

        let config = StoreConfig { bucket: Some(elsewhere.config()), ..there.config() };
        let moved = Store::open(&config).await.unwrap();
        // Begun again, it ends the same.
        for _ in 0..2 {
            moved.put_beside(travelling.clone()).await.unwrap();
        }
        assert_eq!(elsewhere.objects().len(), 1);
        assert_eq!(moved.blob(&kept).await.unwrap().unwrap(), b"travels");
        is_bucket(table.blob(&kept).await);
        assert_eq!(rows(&moved).await, travelling);
    }

    async fn a_copy_is_filled_from_the_bucket_and_put_into_one(log: Log) {
        let [kept, gone, lost] =
            [keep(&log, b"kept").await, keep(&log, b"gone").await, keep(&log, b"lost").await];
        let home = with(&log, None).await.keep_blob("image/jpeg", b"home").await.unwrap();
        let unnamed = keep(&log, b"unnamed").await;
        // As the files of a backup, which is of the moment before.
        let there = Log::with(TestDatabase::sqlite(), None).await;
        let copy = there.store.clone();
        there.commit(showing("a", 0, &lost)).await.unwrap();
        let there = &there.database;
        let mut copied = rows(&log.store).await;
        for row in copied.iter_mut().filter(|row| row.values[0] != home.blob.to_string()) {
            row.values[2] = "".into();
        }
        copy.put_beside(copied).await.unwrap();
        // Something was to be deleted just then.
        let other = Bucket::start().await;
        let config = StoreConfig { bucket: Some(other.config()), ..there.config() };
        let deleting = Store::open(&config).await.unwrap();
        let doomed = deleting.keep_blob("image/jpeg", b"doomed").await.unwrap();
        other.is_away(true);
        is_bucket(deleting.discard_blob(doomed.blob).await);
        is_bucket(copy.delete_doomed().await);
        log.store.discard_blob(gone.blob).await.unwrap();
        for lost in [&lost, &unnamed] {
            std::fs::remove_file(bucket(&log).path(&lost.blob.to_string())).unwrap();
        }

        let told = std::cell::Cell::new((0, 0));
        let missing = log.store.fill_copy(&copy, |done, total| told.set((done, total))).await;
        assert_eq!((missing, told.get()), (Ok(1), (4, 4)), "nobody misses what nobody has named");
        assert_eq!(copy.blob(&kept).await.unwrap().unwrap(), b"kept");
        assert_eq!(copy.blob(&home).await.unwrap().unwrap(), b"home");
        assert_eq!(copy.blob(&gone).await, Ok(None));
        assert_eq!(copy.blob(&lost).await, Ok(None));
        copy.check_bucket().await.unwrap();
        assert_eq!(copy.move_to_bucket(|_, _| {}).await, Ok(0), "it has none");

        let elsewhere = Bucket::start().await;
        let config = StoreConfig { bucket: Some(elsewhere.config()), ..there.config() };
        let moved = Store::open(&config).await.unwrap();
        assert_eq!(moved.move_to_bucket(|done, total| told.set((done, total))).await, Ok(2));
        assert_eq!(told.get(), (2, 2));
        assert_eq!(moved.move_to_bucket(|_, _| {}).await, Ok(0));
        assert_eq!(elsewhere.objects().len(), 2);
        assert_eq!(moved.blob(&kept).await.unwrap().unwrap(), b"kept");
        assert_eq!(moved.blob(&home).await.unwrap().unwrap(), b"home");
    }

    async fn more_than_a_page_is_deleted(log: Log) {
        let mut last = keep(&log, b"0").await;
        log.commit(showing("a", 0, &last)).await.unwrap();
        for number in 1..300_u64 {
            last = keep(&log, &number.to_be_bytes()).await;
            log.commit(showing("a", number, &last)).await.unwrap();
        }
        let request = erasure("a", 1, 301);
        log.store.destroy_copies(&request).await.unwrap();
        assert_eq!(by_hand(&log, DOOMED).await.len(), 300);
        log.store.delete_doomed_of(&request).await.unwrap();
        assert_eq!(by_hand(&log, DOOMED).await, [""; 0]);
        assert!(bucket(&log).objects().is_empty());
    }
}
