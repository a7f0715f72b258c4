//! A record in PostgreSQL is dumped by PostgreSQL's own tools; a backup has what lies in files, and the server's key is a
//! setting.

use std::fs;

use sqlx::{Connection, PgConnection};

use super::prepare;
use crate::support::{client::eventually, databases::TestDatabase, server::Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    prepare();
    let mut server = Server::start(TestDatabase::postgres().await, &[]).await;
    let alice = server.user("alice").await;
    alice.say(&alice.conversation(1), "hello").await;
    server.is_signed().await;
    let place = tempfile::tempdir().unwrap();
    let [backup, data] = ["backup", "data"].map(|name| place.path().join(name));
    let backup = backup.to_str().unwrap();
    let said = server.command(&["backup", backup], "").await.unwrap();
    assert!(said.contains("pg_dump"), "{said}");
    assert!(said.contains("server_key"), "{said}");
    let restore = ["restore", backup];
    let running = server.command_in(&data, &restore, "").await.unwrap_err();
    assert!(running.contains("a server runs"), "{running}");

    // The dump of another record does not belong to it, and neither does SQLite; an empty database stays empty.
    let nowhere = place.path().join("nowhere");
    let mut other = Server::start(TestDatabase::postgres().await, &[]).await;
    assert!(other.end().await);
    let wrong = other.command_in(&nowhere, &restore, "").await.unwrap_err();
    assert!(wrong.contains("pg_restore"), "{wrong}");
    assert!(!nowhere.exists(), "nothing was begun");
    let empty = TestDatabase::postgres().await;
    let wrong = Server::command_on(&empty, &[], &restore).await.unwrap_err();
    assert!(wrong.contains("holds no log"), "{wrong}");
    assert!(wrong.contains("pg_restore"), "{wrong}");
    assert_eq!(relations(&empty.url()).await, 0);
    let mut local = Server::start(TestDatabase::sqlite(), &[]).await;
    assert!(local.end().await);
    let wrong = local
        .command_in(&place.path().join("x"), &restore, "")
        .await;
    assert!(wrong.unwrap_err().contains("a record in PostgreSQL"));

    assert!(server.end().await);
    let restored = async || server.command_in(&data, &restore, "").await.is_ok();
    eventually(restored).await;
    let [one, other] = [server.data(), &data].map(|dir| fs::read(dir.join("keys/notary.key")));
    assert_eq!(one.unwrap(), other.unwrap());
    let verified = server.command_in(&data, &["audit", "verify"], "").await;
    assert!(verified.unwrap().contains("as they were signed"));
}

/// How many tables, sequences and the like are in a database.
async fn relations(url: &str) -> i64 {
    let mut hand = PgConnection::connect(url).await.unwrap();
    let count = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    let count = sqlx::query_scalar(count).fetch_one(&mut hand).await;
    hand.close().await.unwrap();
    count.unwrap()
}
