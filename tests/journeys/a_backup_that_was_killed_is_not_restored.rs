//! A backup that is killed at any moment is not taken for a whole one, and is begun again; so is a restore.

use std::{fs, path::Path, time::Duration};

use colloquy::store::{Bell, Committer};

use super::prepare;
use crate::{
    store::fixture::commit,
    support::{client::eventually, databases::TestDatabase, server::Server},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    prepare();
    let mut server = Server::start(TestDatabase::sqlite(), &[]).await;
    let store = server.store().await;
    let shutdown = colloquy::shutdown::Shutdown::default();
    let committer = Committer::start(store.clone(), Bell::new(), &shutdown);
    for stream in 0..80 {
        committer
            .commit(commit(&format!("s{stream}"), 0, 50))
            .await
            .unwrap();
    }
    let signed = async || {
        let last = store.last_checkpoint().await.unwrap();
        last.is_some_and(|last| last.size > 4_000)
    };
    eventually(signed).await;
    assert!(server.end().await);

    let place = tempfile::tempdir().unwrap();
    let [backup, data] = ["backup", "data"].map(|name| place.path().join(name));
    let make = ["backup", backup.to_str().unwrap()].map(str::to_owned);
    let restore = ["restore", backup.to_str().unwrap()];
    let mut killed = 0;
    for nth in 1..=12 {
        let mut child = server.spawn(&make);
        let _ = tokio::time::timeout(Duration::from_millis(nth * 30), child.wait()).await;
        let _ = child.kill().await;
        if backup.join("manifest.json").exists() {
            break;
        }
        killed += 1;
        let refused = server.command_in(&data, &restore, "").await.unwrap_err();
        assert!(refused.contains("broken off"), "{refused}");
        assert!(!data.exists(), "nothing was begun");
    }
    assert!(killed > 0, "none was killed in its middle");
    if !backup.join("manifest.json").exists() {
        let make: Vec<&str> = make.iter().map(String::as_str).collect();
        server.command(&make, "").await.unwrap();
    }

    // A restore that is killed leaves nothing that a server would start on, and is begun again.
    let arguments = restore.map(str::to_owned);
    for nth in 1..=8 {
        let mut child = server.spawn_in(&data, &arguments);
        let _ = tokio::time::timeout(Duration::from_millis(nth * 40), child.wait()).await;
        let _ = child.kill().await;
        if data.join("restore.unfinished").exists() {
            let list = server.command_in(&data, &["user", "list"], "").await;
            assert!(list.unwrap_err().contains("was broken off"));
        } else if data.join("log.db").exists() {
            break;
        }
    }
    if !data.join("log.db").exists() || data.join("restore.unfinished").exists() {
        server.command_in(&data, &restore, "").await.unwrap();
    }
    let events = async |data: &Path| {
        let show = ["audit", "show"];
        server.command_in(data, &show, "").await.unwrap()
    };
    assert_eq!(events(&data).await, events(server.data()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_empty_place_or_its_own_beginning_is_taken() {
    prepare();
    let server = Server::start(TestDatabase::sqlite(), &[]).await;
    let other = Server::start(TestDatabase::sqlite(), &[]).await;
    let place = tempfile::tempdir().unwrap();
    let dir = |name: &str| place.path().join(name);
    let backup = async |server: &Server, dir: &Path| {
        let arguments = ["backup", dir.to_str().unwrap()];
        server.command(&arguments, "").await
    };

    let occupied = dir("occupied");
    fs::create_dir(&occupied).unwrap();
    fs::write(occupied.join("holiday.jpg"), "precious").unwrap();
    let refused = backup(&server, &occupied).await.unwrap_err();
    assert!(refused.contains("is not empty"), "{refused}");
    assert!(occupied.join("holiday.jpg").exists());

    let begun = dir("begun");
    fs::create_dir(&begun).unwrap();
    let log = other.store().await.log_id().await.unwrap();
    fs::write(begun.join("backup.unfinished"), format!("{log}\n")).unwrap();
    fs::write(begun.join("log.db"), "half of it").unwrap();
    let refused = backup(&server, &begun).await.unwrap_err();
    assert!(refused.contains("another log"), "{refused}");
    assert_eq!(fs::read(begun.join("log.db")).unwrap(), b"half of it");

    other.is_signed().await;
    // Its own log's beginning is finished; and then it is one that nobody writes over.
    backup(&other, &begun).await.unwrap();
    assert!(!begun.join("backup.unfinished").exists());
    let refused = backup(&other, &begun).await.unwrap_err();
    assert!(refused.contains("a finished backup"), "{refused}");

    let nothing = dir("never-used");
    let backup = dir("x");
    let backup = ["backup", backup.to_str().unwrap()];
    server.command_in(&nothing, &["migrate"], "").await.unwrap();
    let refused = server.command_in(&nothing, &backup, "").await.unwrap_err();
    assert!(refused.contains("nothing to back up"), "{refused}");
}
