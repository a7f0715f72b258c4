//! A record that was signed is verified on the command line, beside the server and after its end; what somebody
//! changed in it is named.

use colloquy::audit::key::NotaryKey;
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use super::on_both_databases;
use crate::support::{client::eventually, databases::TestDatabase, server::Server};

/// How often the notary has refused, in the metrics.
const REFUSALS: &str = "colloquy_notary_refusals_total ";

async fn journey(database: TestDatabase) {
    let on_files = matches!(database, TestDatabase::Sqlite(_));
    let mut server = Server::start(database, &[]).await;
    let ada = server.user("ada").await;
    let conversation = ada.conversation(1);
    ada.say(&conversation, "This is what I said").await;
    ada.delete(&format!("/api/chat/conversations/{conversation}"))
        .await;

    let anchor = server.data().join("keys/anchor.jsonl");
    eventually(async || anchor.exists()).await;
    let beside = server.command(&["audit", "verify"], "").await.unwrap();
    assert!(beside.contains("as they were signed"), "{beside}");

    // What came last is signed when the server ends, and nothing is left over.
    assert!(server.end().await);
    let store = server.store().await;
    let last = store.last_checkpoint().await.unwrap().unwrap();
    assert_eq!(last.size, store.head().await.unwrap());
    store.close().await;
    let after = server.command(&["audit", "verify"], "").await.unwrap();
    assert!(
        after.contains(&format!("the first {} are", last.size)),
        "{after}"
    );
    for (option, told) in [
        ("--thread", "this is no id as in "),
        ("--after", "this is not a position"),
    ] {
        let refused = server.command(&["audit", "show", option, "nope"], "").await;
        let refused = refused.unwrap_err();
        assert!(refused.contains(told), "{refused}");
    }
    let key = server.command(&["audit", "key"], "").await.unwrap();
    assert!(key.starts_with("colloquy/"), "{key}");
    let made = server.command(&["audit", "keygen"], "").await.unwrap();
    assert!(made.starts_with("key = \"PRIVATE+KEY+colloquy/"), "{made}");
    if !on_files {
        return;
    }

    let options = SqliteConnectOptions::new().filename(server.data().join("log.db"));
    let mut hand = SqliteConnection::connect_with(&options).await.unwrap();
    let change = "DROP TRIGGER events_are_never_updated;
                  UPDATE events SET recorded_at = recorded_at - 1 WHERE global_position = 4";
    hand.execute(change).await.unwrap();
    hand.close().await.unwrap();
    let found = server.command(&["audit", "verify"], "").await.unwrap_err();
    assert!(
        found.contains("event 4 is not the one that was signed"),
        "{found}"
    );
    let nowhere = ["audit", "verify", "--anchor", "/nowhere/anchor.jsonl"];
    let missing = server.command(&nowhere, "").await.unwrap_err();
    assert!(missing.contains("/nowhere/anchor.jsonl"), "{missing}");
}

on_both_databases!(journey);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_has_just_begun_is_no_false_alarm() {
    super::prepare();
    let server = Server::start(TestDatabase::sqlite(), &[]).await;
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    let (verify, copy) = (["audit", "verify"], ["backup", backup.to_str().unwrap()]);
    let (verified, copied) = tokio::join!(server.command(&verify, ""), server.command(&copy, ""),);
    assert!(verified.unwrap().contains("as they were signed"));
    assert!(copied.unwrap().contains("as they were signed"));
}

#[tokio::test]
async fn a_server_with_another_key_signs_nothing_until_it_is_told_which_one_was_before() {
    super::prepare();
    let server = Server::start_logged(TestDatabase::sqlite(), &[]).await;
    server.is_signed().await;
    let complaint = "signed with another notary.key";
    assert!(!server.log().contains(complaint));
    let first = server.command(&["audit", "key"], "").await.unwrap();
    let key = NotaryKey::generate("colloquy/another").unwrap();
    let changes = [("NOTARY__KEY", Some(key.as_str()))];
    let server = server.start_again_with(&changes).await;
    let ada = server.user("ada").await;
    eventually(async || server.log().contains(complaint)).await;
    eventually(async || {
        let metrics = ada.get("/metrics").await.body;
        let mut lines = metrics.as_str().unwrap().lines();
        lines.any(|line| {
            line.strip_prefix(REFUSALS)
                .is_some_and(|count| count != "0")
        })
    })
    .await;
    let verify = ["audit", "verify"];
    let stranger = server.command(&verify, "").await.unwrap_err();
    assert!(stranger.contains("nobody whose key is known"), "{stranger}");
    let as_before = [&verify[..], &["--key", first.trim()]].concat();
    let unsigned = server.command(&as_before, "").await.unwrap();
    assert!(unsigned.contains("are not signed yet"), "{unsigned}");

    let wrong = [("NOTARY__FORMER_KEYS", key.as_str())];
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let refused = Server::command_on(&TestDatabase::sqlite(), &wrong, &serve).await;
    let refused = refused.unwrap_err();
    assert!(refused.contains("notary.former_keys"), "{refused}");
    assert!(!refused.contains("PRIVATE+KEY"), "{refused}");
    let changes = [("NOTARY__FORMER_KEYS", Some(first.trim()))];
    let server = server.start_again_with(&changes).await;
    eventually(async || server.command(&verify, "").await.is_ok()).await;
}
