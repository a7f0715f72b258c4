//! An export that is killed at random moments, and begun again, ends as if nothing had been.

use std::{fs, path::Path, time::Instant};

use colloquy::store::{Bell, Committer};

use super::on_both_databases;
use crate::{
    store::fixture::commit,
    support::{
        client::eventually,
        databases::TestDatabase,
        kills::Kills,
        server::{Server, events_of},
    },
};

/// Times that one is killed in the middle of it.
const KILLS: usize = 6;

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
    let arguments = |dir: &Path| {
        let dir = dir.to_str().unwrap();
        ["audit", "export", dir, "--as", "ada"].map(str::to_owned)
    };
    let export = async |dir: &Path| {
        let arguments = arguments(dir);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        server.command(&arguments, "").await
    };
    let began = Instant::now();
    export(&at_once).await.unwrap();
    let takes = began.elapsed();
    it_ends_where_only_its_plan_was_left(&at_once, async || export(&at_once).await).await;

    let mut kills = Kills::at_random();
    let (mut left, mut exports) = (KILLS, 1);
    while left > 0 {
        let ended = kills.kill(server.spawn(&arguments(&killed)), takes).await;
        let is_finished =
            || killed.join("manifest.json").exists() && !killed.join("plan.json").exists();
        match ended {
            None => left -= 1,
            Some(status) => assert!(is_finished(), "it ended with {status}"),
        }
        if left == 0 && !is_finished() {
            export(&killed).await.unwrap();
        }
        // It may have come to its end before the last one: then another one is begun.
        if is_finished() {
            is_the_same(&at_once, &killed);
            let verify = ["audit", "verify", "--export", killed.to_str().unwrap()];
            server.command(&verify, "").await.unwrap();
            fs::remove_dir_all(&killed).unwrap();
            exports += 1;
        }
    }
    let noted = ["audit", "show", "--type", "record.exported"];
    let noted = server.command(&noted, "").await.unwrap();
    assert_eq!(events_of(&noted).lines().count(), exports, "{noted}");
}

/// As if the last thing that it does had been left undone: a manifest says all that a plan does.
async fn it_ends_where_only_its_plan_was_left(
    dir: &Path,
    again: impl AsyncFn() -> Result<String, String>,
) {
    let [manifest, plan] = ["manifest.json", "plan.json"].map(|name| dir.join(name));
    let made = fs::read(&manifest).unwrap();
    fs::write(&plan, &made).unwrap();
    let told = again().await.unwrap();
    assert!(told.contains("events up to position"), "{told}");
    assert!(!plan.exists());
    assert_eq!(fs::read(&manifest).unwrap(), made, "nothing was made again");
}

fn is_the_same(one: &Path, other: &Path) {
    for name in ["events.jsonl", "checkpoint.txt", "transcript.html"] {
        let [one, other] = [one, other].map(|dir| fs::read(dir.join(name)).unwrap());
        assert!(one == other, "{name} differs");
    }
}

on_both_databases!(journey);
