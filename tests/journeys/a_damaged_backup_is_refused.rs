//! A backup in which a bit has flipped, or a file is missing, is refused by the file's name; and so is a place that is in use.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::prepare;
use crate::support::{databases::TestDatabase, server::Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    prepare();
    let server = Server::start(TestDatabase::sqlite(), &[]).await;
    let alice = server.user("alice").await;
    alice.say(&alice.conversation(1), "hello").await;
    server.is_signed().await;
    let place = tempfile::tempdir().unwrap();
    let [backup, data] = ["backup", "data"].map(|name| place.path().join(name));
    let make = ["backup", backup.to_str().unwrap()];
    server.command(&make, "").await.unwrap();
    let restore = async |data: &Path| {
        let arguments = ["restore", backup.to_str().unwrap()];
        server.command_in(data, &arguments, "").await
    };
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&backup), mode(&backup.join("keys"))), (0o700, 0o700));

    let files = [
        "log.db",
        "drafts.db",
        "node.lock",
        "keys/server.key",
        "keys/notary.key",
        "keys/anchor.jsonl",
    ];
    for name in files {
        let path = backup.join(name);
        assert_eq!(mode(&path), 0o600, "{name}");
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        for damaged in [Some(&flipped[..]), Some(&whole[1..]), None] {
            match damaged {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let refused = restore(&data).await.unwrap_err();
            assert!(refused.contains(name), "{name}: {refused}");
            assert!(refused.contains("damaged"), "{name}: {refused}");
            assert!(!data.exists(), "nothing was begun");
        }
        fs::write(&path, whole).unwrap();
    }
    let manifest = fs::read(backup.join("manifest.json")).unwrap();
    for wrong in ["", "{}", "not JSON"] {
        fs::write(backup.join("manifest.json"), wrong).unwrap();
        let refused = restore(&data).await.unwrap_err();
        assert!(refused.contains("manifest"), "{refused}");
    }
    fs::write(backup.join("manifest.json"), manifest).unwrap();

    let taken = restore(server.data()).await.unwrap_err();
    assert!(taken.contains("another server uses"), "{taken}");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("views.db"), "").unwrap();
    let occupied = restore(&data).await.unwrap_err();
    assert!(occupied.contains("is not empty"), "{occupied}");
    fs::remove_file(data.join("views.db")).unwrap();
    restore(&data).await.unwrap();
    let again = restore(&data).await.unwrap_err();
    assert!(again.contains("is not empty"), "{again}");
    let nowhere = ["restore", data.to_str().unwrap()];
    let elsewhere = place.path().join("x");
    let refused = server.command_in(&elsewhere, &nowhere, "").await;
    assert!(refused.unwrap_err().contains("is no backup"));
}
