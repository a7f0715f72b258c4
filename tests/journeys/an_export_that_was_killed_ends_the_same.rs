//! An export that is killed at any moment, and begun again, ends as if nothing had been.

use std::{fs, time::Duration};

use colloquy::store::{Bell, Committer};

use super::on_both_databases;
use crate::{
    store::fixture::commit,
    support::{client::eventually, databases::TestDatabase, server::Server},
};

async fn journey(database: TestDatabase) {
    let mut server = Server::start(database, &[]).await;
    server.user_as("ada", "auditor").await;
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
    let [at_once, killed] = ["at-once", "killed"].map(|name| place.path().join(name));
    let arguments = |dir: &std::path::Path| {
        let dir = dir.to_str().unwrap();
        ["audit", "export", dir, "--as", "ada"].map(str::to_owned)
    };
    let export = async |dir: &std::path::Path| {
        let arguments = arguments(dir);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        server.command(&arguments, "").await
    };
    export(&at_once).await.unwrap();
    for nth in 1..=12 {
        let mut child = server.spawn(&arguments(&killed));
        // Whatever it is doing then.
        let _ = tokio::time::timeout(Duration::from_millis(nth * 45), child.wait()).await;
        let _ = child.kill().await;
        if killed.join("manifest.json").exists() {
            break;
        }
    }
    if !killed.join("manifest.json").exists() || killed.join("plan.json").exists() {
        let _ = export(&killed).await;
    }
    for name in ["events.jsonl", "checkpoint.txt", "transcript.html"] {
        let [one, other] = [&at_once, &killed].map(|dir| fs::read(dir.join(name)).unwrap());
        assert!(one == other, "{name} differs");
    }
    let verify = ["audit", "verify", "--export", killed.to_str().unwrap()];
    server.command(&verify, "").await.unwrap();
    let noted = ["audit", "show", "--type", "record.exported"];
    let noted = server.command(&noted, "").await.unwrap();
    assert_eq!(noted.lines().count(), 2, "{noted}");
}

on_both_databases!(journey);
