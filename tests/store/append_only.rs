//! The record cannot be changed, not even by hand.

use sqlx::{Connection, Executor, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::fixture::{Log, commit};
use crate::support::databases::TestDatabase;

const UPDATE: &str = "UPDATE events SET payload = '{}'";
const DELETE: &str = "DELETE FROM events";
const STOCK: &str = "INSERT INTO events
    (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
    VALUES ('thing', 'a', 3, 'thing.happened', '1', '{}', '{}')";

#[tokio::test]
async fn sqlite_refuses_update_delete_replace_and_an_insert_without_position() {
    let log = Log::on(TestDatabase::sqlite()).await;
    log.commit(commit("a", 0, 2)).await.unwrap();
    let before = log.store.read_after(0, 10).await.unwrap();
    let options = SqliteConnectOptions::new()
        .filename(log.database.dir().join("log.db"))
        .pragma("recursive_triggers", "on");
    let mut hand = SqliteConnection::connect_with(&options).await.unwrap();
    let replace =
        "REPLACE INTO events VALUES ('thing', 'a', 2, 'thing.faked', '1', '{}', '{}', 2, 0)";
    let elsewhere =
        "REPLACE INTO events VALUES ('thing', 'b', 1, 'thing.faked', '1', '{}', '{}', 2, 0)";
    for attempt in [UPDATE, DELETE, replace, elsewhere, STOCK] {
        assert!(hand.execute(attempt).await.is_err(), "{attempt}");
    }
    assert_eq!(log.store.read_after(0, 10).await.unwrap(), before);
}

#[tokio::test]
async fn postgres_refuses_update_delete_truncate_and_an_insert_without_position() {
    let log = Log::on(TestDatabase::postgres().await).await;
    log.commit(commit("a", 0, 2)).await.unwrap();
    let before = log.store.read_after(0, 10).await.unwrap();
    let mut hand = PgConnection::connect(&log.database.url()).await.unwrap();
    for attempt in [
        UPDATE,
        DELETE,
        "TRUNCATE events",
        "TRUNCATE events CASCADE",
        STOCK,
    ] {
        assert!(hand.execute(attempt).await.is_err(), "{attempt}");
    }
    assert_eq!(log.store.read_after(0, 10).await.unwrap(), before);
}
