//! Bytes beside the log: sealed, durable before the event that names them, gone with it, and swept out without one;
//! the same in the log's table and in a bucket.

use aggregates::{
    BlobId, CompletionId, MessageId, TurnId, UserId,
    completion::{CompletionEvent, Requested, Said, Sampling, Speaker},
    thread::{Attachment, Dialect, MessageSent, Route, ThreadEvent, TurnOptions},
};
use colloquy::store::{Commit, CommitError, Erasure, NewEvent, Store};
use uuid::Uuid;

use crate::support::{bucket::Bucket, databases::TestDatabase};

use super::{
    fixture::{Log, commit},
    sealing::by_hand,
};

const JPEG: &str = "image/jpeg";
/// After everything that is written now.
pub(super) const LATER: i64 = i64::MAX;

/// Somebody says something with this to the thread.
pub(super) fn showing(thread: &str, expected: u64, attachment: &Attachment) -> Commit {
    let sent = ThreadEvent::MessageSent(MessageSent {
        message: MessageId(Uuid::now_v7()),
        index: 1,
        text: "look".to_owned(),
        attachments: vec![attachment.clone()],
        replaces: None,
        turn: TurnId(Uuid::now_v7()),
        route: Route {
            provider: "echo".to_owned(),
            model: "echo-1".to_owned(),
        },
        options: TurnOptions::default(),
    });
    Commit {
        aggregate_type: "thread",
        events: vec![NewEvent::of(&sent).unwrap()],
        reserve: vec![Store::claim(attachment.blob)],
        ..commit(thread, expected, 1)
    }
}

/// Somebody asks something without a thread, showing these with its messages.
fn asking(completion: &str, shown: [Vec<Attachment>; 3]) -> Commit {
    let reserve = shown.iter().flatten();
    let reserve = reserve
        .map(|attachment| Store::claim(attachment.blob))
        .collect();
    let said = |attachments| Said {
        attachments,
        ..Said::words(Speaker::User, "look")
    };
    let asked = CompletionEvent::Requested(Requested {
        completion: CompletionId(Uuid::now_v7()),
        owner: UserId(Uuid::now_v7()),
        dialect: Dialect::Openai,
        route: Route {
            provider: "echo".to_owned(),
            model: "echo-1".to_owned(),
        },
        messages: shown.map(said).into(),
        sampling: Sampling::default(),
        streamed: false,
    });
    Commit {
        aggregate_type: "completion",
        events: vec![NewEvent::of(&asked).unwrap()],
        reserve,
        ..commit(completion, 0, 1)
    }
}

pub(super) async fn keep(log: &Log, bytes: &[u8]) -> Attachment {
    log.store.keep_blob(JPEG, bytes).await.unwrap()
}

pub(super) async fn read(log: &Log, attachment: &Attachment) -> Option<Vec<u8>> {
    let here = log.store.blob(attachment).await.unwrap();
    let there = log.again().await.blob(attachment).await.unwrap();
    assert_eq!(here, there);
    here
}

/// The `number`-th erasure of a thread, asked for by its event at `sequence`.
pub(super) fn erasure(thread: &str, number: u64, sequence: u64) -> Erasure {
    Erasure {
        aggregate_type: "thread".to_owned(),
        aggregate_id: thread.to_owned(),
        number,
        position: u64::MAX,
        sequence,
        before: None,
    }
}

/// The hexadecimal digits of each row's bytes.
const ROWS: &str = "SELECT lower(hex(bytes)) FROM blobs ORDER BY id";
const ROWS_OF_POSTGRES: &str = "SELECT encode(bytes, 'hex') FROM blobs ORDER BY id";
const IDS: &str = "SELECT CAST(id AS text) FROM blobs ORDER BY id";

/// What there is, in hexadecimal digits, in the order of the ids.
async fn rows(log: &Log) -> Vec<String> {
    let sql = match &log.database {
        TestDatabase::Sqlite(_) => ROWS,
        TestDatabase::Postgres { .. } => ROWS_OF_POSTGRES,
    };
    let rows = by_hand(log, sql).await;
    let Some(bucket) = &log.bucket else {
        return rows;
    };
    // The table knows what is in the bucket, and nothing else is there.
    assert!(rows.iter().all(String::is_empty));
    log.store.delete_doomed().await.unwrap();
    let objects = bucket.objects();
    let names: Vec<_> = objects.keys().cloned().collect();
    assert_eq!(names, by_hand(log, IDS).await);
    objects.values().map(|bytes| hex(bytes)).collect()
}

/// All have the bytes of the first one.
async fn confuse(log: &Log) {
    let Some(bucket) = &log.bucket else {
        by_hand(
            log,
            "UPDATE blobs SET bytes = (SELECT bytes FROM blobs AS b ORDER BY b.id LIMIT 1)",
        )
        .await;
        return;
    };
    let objects = bucket.objects();
    let first = objects.values().next().unwrap();
    for name in objects.keys() {
        std::fs::write(bucket.path(name), first).unwrap();
    }
}

/// Defines the test on both databases, with the bytes in the table and in a bucket.
macro_rules! on_all {
    ($(async fn $name:ident($log:ident: Log) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn promise($log: Log) $body

            #[tokio::test]
            async fn on_sqlite() {
                promise(Log::on(TestDatabase::sqlite()).await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                promise(Log::on(TestDatabase::postgres().await).await).await;
            }

            #[tokio::test]
            async fn in_a_bucket_beside_sqlite() {
                let bucket = Some(Bucket::start().await);
                promise(Log::with(TestDatabase::sqlite(), bucket).await).await;
            }

            #[tokio::test]
            async fn in_a_bucket_beside_postgres() {
                let bucket = Some(Bucket::start().await);
                promise(Log::with(TestDatabase::postgres().await, bucket).await).await;
            }
        }
    )*};
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

on_all! {
    async fn bytes_are_read_as_they_were_kept_and_stand_sealed(log: Log) {
        let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
        let one = keep(&log, &bytes).await;
        let other = keep(&log, &bytes).await;
        assert_eq!(read(&log, &one).await.unwrap(), bytes);
        assert_eq!(read(&log, &other).await.unwrap(), bytes);
        assert_eq!((one.mime.as_str(), one.size), (JPEG, 300_000 + 40));
        let rows = rows(&log).await;
        assert_eq!(rows.len(), 2);
        assert_ne!(rows[0], rows[1]);
        for row in rows {
            assert!(!row.contains(&hex(&bytes[7..40])));
        }
        assert_eq!(read(&log, &keep(&log, b"").await).await.unwrap(), b"");
    }

    async fn the_hash_in_the_record_is_of_the_bytes_as_they_stand(log: Log) {
        use sha2::Digest;
        let kept = keep(&log, b"hello").await;
        let row = &rows(&log).await[0];
        let pairs = row.as_bytes().chunks(2);
        let sealed: Vec<u8> = pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        assert_eq!(hex(&sha2::Sha256::digest(&sealed)), kept.sha256);
        assert_eq!(sealed.len() as u64, kept.size);
    }

    async fn bytes_open_with_their_own_key_and_in_their_own_place_only(log: Log) {
        let (one, other) = (keep(&log, b"one").await, keep(&log, b"other").await);
        let with_key = |key: &str| Attachment { key: key.to_owned(), ..one.clone() };
        for key in [other.key.as_str(), "", "no key", "AAAA"] {
            assert_eq!(read(&log, &with_key(key)).await, None, "{key}");
        }
        let unknown = Attachment { blob: BlobId(Uuid::now_v7()), ..one.clone() };
        assert_eq!(read(&log, &unknown).await, None);
        confuse(&log).await;
        assert_eq!(read(&log, &one).await.unwrap(), b"one");
        let moved = Attachment { key: one.key.clone(), ..other };
        assert_eq!(read(&log, &moved).await, None);
    }

    async fn the_key_is_sealed_with_the_event_and_goes_with_its_key(log: Log) {
        let kept = keep(&log, b"hello").await;
        log.commit(showing("a", 0, &kept)).await.unwrap();
        let payload = &by_hand(&log, "SELECT CAST(payload AS text) FROM events").await[0];
        assert!(payload.contains(&kept.blob.to_string()) && !payload.contains(&kept.key), "{payload}");
        let named = async || {
            let events = log.store.read_stream("thread", "a", 0, 10).await.unwrap();
            match serde_json::from_str(&events[0].payload).unwrap() {
                ThreadEvent::MessageSent(sent) => sent.attachments[0].clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(named().await, kept);
        assert!(log.store.destroy_keys(&erasure("a", 1, 2), &[]).await.unwrap());
        assert_eq!(named().await.key, "");
        assert_eq!(read(&log, &named().await).await, None);
    }

    async fn what_was_kept_for_a_message_that_was_never_sent_is_swept_out(log: Log) {
        let (sent, unsent) = (keep(&log, b"sent").await, keep(&log, b"unsent").await);
        log.commit(showing("a", 0, &sent)).await.unwrap();
        let refused = log.commit(showing("a", 7, &unsent)).await;
        assert_eq!(refused, Err(CommitError::Conflict { head: 1 }));
        // Whoever kept it was killed: the next one knows nothing of it but its row.
        let next = log.again().await;
        assert_eq!(next.sweep_blobs(0, 1).await, Ok(0));
        assert_eq!(next.sweep_blobs(LATER - 1, LATER).await, Ok(0));
        assert_eq!(read(&log, &unsent).await.unwrap(), b"unsent");
        assert_eq!(next.sweep_blobs(0, LATER).await, Ok(1));
        assert_eq!(next.sweep_blobs(0, LATER).await, Ok(0));
        assert_eq!(read(&log, &unsent).await, None);
        assert_eq!(read(&log, &sent).await.unwrap(), b"sent");
    }

    async fn many_are_swept_out_in_pages(log: Log) {
        for number in 0..600_u32 {
            keep(&log, &number.to_be_bytes()).await;
        }
        let last = keep(&log, b"sent").await;
        log.commit(showing("a", 0, &last)).await.unwrap();
        assert_eq!(log.store.sweep_blobs(0, LATER).await, Ok(600));
        assert_eq!(rows(&log).await.len(), 1);
    }

    async fn a_commit_that_names_what_was_swept_out_is_refused(log: Log) {
        let kept = keep(&log, b"late").await;
        log.store.sweep_blobs(0, LATER).await.unwrap();
        let late = log.commit(showing("a", 0, &kept)).await;
        let key = kept.blob.to_string();
        assert_eq!(late, Err(CommitError::Reserved { kind: "blob".to_owned(), key }));
        assert_eq!(log.store.head().await, Ok(0));
    }

    async fn what_is_thrown_away_is_gone_unless_a_message_has_it(log: Log) {
        let (sent, unsent) = (keep(&log, b"sent").await, keep(&log, b"unsent").await);
        log.commit(showing("a", 0, &sent)).await.unwrap();
        for attachment in [&sent, &unsent, &unsent] {
            log.store.discard_blob(attachment.blob).await.unwrap();
        }
        assert_eq!(read(&log, &sent).await.unwrap(), b"sent");
        assert_eq!(read(&log, &unsent).await, None);
    }

    async fn of_a_message_and_a_sweep_at_once_one_comes_through(log: Log) {
        let sweeper = log.again().await;
        let mut sent = 0;
        for number in 0..30 {
            let kept = keep(&log, b"both").await;
            let thread = format!("thread {number}");
            let commit = log.committer.commit(showing(&thread, 0, &kept));
            let sweep = sweeper.sweep_blobs(0, LATER);
            let (committed, swept) = match number % 2 {
                0 => futures_util::join!(commit, sweep),
                _ => {
                    let (swept, committed) = futures_util::join!(sweep, commit);
                    (committed, swept)
                }
            };
            let there = read(&log, &kept).await.is_some();
            assert_eq!(committed.is_ok(), there, "{committed:?}");
            assert_eq!(swept.unwrap() == 0, there);
            sent += usize::from(there);
        }
        assert_eq!(rows(&log).await.len(), sent);
    }

    async fn the_images_of_a_question_go_with_it_and_are_counted_where_it_belongs(log: Log) {
        let [one, two, others] = [
            keep(&log, b"one").await,
            keep(&log, b"two").await,
            keep(&log, b"others'").await,
        ];
        log.commit(asking("q", [vec![one.clone()], vec![], vec![two.clone()]])).await.unwrap();
        log.commit(asking("r", [vec![others.clone()], vec![], vec![]])).await.unwrap();
        let payload = &by_hand(&log, "SELECT CAST(payload AS text) FROM events").await[0];
        assert!(payload.contains(&two.sha256) && !payload.contains(&two.key), "{payload}");
        let account = Erasure { aggregate_type: "user".to_owned(), ..erasure("u", 1, 2) };
        for _ in 0..2 {
            log.store.destroy_blobs_of(&account, "completion", "q").await.unwrap();
            assert_eq!(log.store.destroyed(&account).await.unwrap()["blobs"], 2);
        }
        assert_eq!(log.store.has_doomed(&account).await, Ok(log.bucket.is_some()));
        log.store.delete_doomed_of(&account).await.unwrap();
        assert_eq!(log.store.has_doomed(&account).await, Ok(false));
        for gone in [&one, &two] {
            assert_eq!(read(&log, gone).await, None);
            let name = gone.blob.to_string();
            assert_eq!(log.store.reservation("blob", &name).await, Ok(Some(String::new())));
        }
        assert_eq!(read(&log, &others).await.unwrap(), b"others'");
        assert_eq!(rows(&log).await.len(), 1);
    }

    async fn an_erasure_destroys_what_was_shown_before_it_and_nothing_else(log: Log) {
        let [before, twin, after, elsewhere, unsent] = [
            keep(&log, b"before").await,
            keep(&log, b"twin").await,
            keep(&log, b"after").await,
            keep(&log, b"elsewhere").await,
            keep(&log, b"unsent").await,
        ];
        log.commit(showing("a", 0, &before)).await.unwrap();
        log.commit(showing("a", 1, &twin)).await.unwrap();
        log.commit(Commit { epoch: 1, ..showing("a", 2, &after) }).await.unwrap();
        log.commit(showing("b", 0, &elsewhere)).await.unwrap();
        let erased = erasure("a", 1, 3);
        for _ in 0..2 {
            log.store.destroy_copies(&erased).await.unwrap();
            assert_eq!(log.store.destroyed(&erased).await.unwrap()["blobs"], 2);
        }
        for gone in [&before, &twin] {
            assert_eq!(read(&log, gone).await, None);
            // Nobody's for ever: a repeated send that names it is refused.
            let name = gone.blob.to_string();
            assert_eq!(log.store.reservation("blob", &name).await, Ok(Some(String::new())));
            let again = Commit { epoch: 1, ..showing("a", 3, gone) };
            let refused = log.commit(again).await;
            assert!(matches!(refused, Err(CommitError::Reserved { .. })), "{refused:?}");
        }
        for (left, bytes) in [(&after, "after"), (&elsewhere, "elsewhere"), (&unsent, "unsent")] {
            assert_eq!(read(&log, left).await.unwrap(), bytes.as_bytes());
        }
    }
}
