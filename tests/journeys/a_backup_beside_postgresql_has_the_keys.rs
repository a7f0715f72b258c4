//! A record in PostgreSQL is dumped by PostgreSQL's own tools; a backup has what lies in files, and the server's key is a
//! setting.

use std::fs;

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

    // The dump of another record does not belong to it, and neither does SQLite.
    let mut other = Server::start(TestDatabase::postgres().await, &[]).await;
    assert!(other.end().await);
    let wrong = other.command_in(&data, &restore, "").await.unwrap_err();
    assert!(wrong.contains("pg_restore"), "{wrong}");
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
