//! What is written moves from SQLite's write-ahead log into the file, beside those who write.

use std::time::Duration;

use colloquy::shutdown::Shutdown;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::fixture::{Log, commit, within};
use crate::support::{databases::TestDatabase, look_again};

/// How many events are in the file itself, whatever its write-ahead log has.
async fn moved(log: &Log) -> Result<i64, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(log.database.dir().join("log.db"))
        .immutable(true)
        .read_only(true);
    let mut file = SqliteConnection::connect_with(&options).await?;
    sqlx::query_scalar("SELECT count(*) FROM events")
        .fetch_one(&mut file)
        .await
}

#[tokio::test]
async fn what_was_committed_is_soon_in_the_file_itself() {
    let log = Log::on(TestDatabase::sqlite()).await;
    let ending = Shutdown::default();
    log.store.keep_moving(&ending);
    for round in 0..20 {
        log.commit(commit("a", round * 50, 50)).await.unwrap();
    }
    within(async {
        // In the middle of a move it may read as broken.
        while moved(&log).await.unwrap_or(0) < 1_000 {
            look_again().await;
        }
    })
    .await;
    assert!(ending.finish(Duration::from_secs(10)).await);
    log.commit(commit("a", 1_000, 1)).await.unwrap();
    assert_eq!(log.store.head().await.unwrap(), 1_001);
}

#[tokio::test]
async fn who_reads_for_long_sees_one_moment_and_keeps_nobody_from_writing() {
    let log = Log::on(TestDatabase::sqlite()).await;
    let ending = Shutdown::default();
    log.store.keep_moving(&ending);
    log.commit(commit("a", 0, 50)).await.unwrap();
    let options = SqliteConnectOptions::new().filename(log.database.dir().join("log.db"));
    let mut reader = SqliteConnection::connect_with(&options).await.unwrap();
    let mut reading = reader.begin().await.unwrap();
    let count = "SELECT count(*) FROM events";
    let before: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut *reading)
        .await
        .unwrap();
    for round in 1..20 {
        log.commit(commit("a", round * 50, 50)).await.unwrap();
    }
    let after: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut *reading)
        .await
        .unwrap();
    assert_eq!((before, after), (50, 50));
    reading.rollback().await.unwrap();
    reader.close().await.unwrap();
    within(async {
        while moved(&log).await.unwrap_or(0) < 1_000 {
            look_again().await;
        }
    })
    .await;
    assert!(ending.finish(Duration::from_secs(10)).await);
}
