//! All views as they were at a moment, in a file: what was said since is not in it, what was erased since neither, and
//! the record says who wanted it and why.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::Value;
use sqlx::{Connection, Executor, Row, SqliteConnection};

use super::on_both_databases;
use crate::support::{
    databases::TestDatabase,
    server::{Server, events_of},
    traces::{Traces, marker},
};

/// Who said what in a thread, as a file of views has it.
async fn transcript(dir: &Path, thread: &str) -> Vec<(String, String)> {
    let url = format!("sqlite:{}", dir.join("views.db").display());
    let mut hand = SqliteConnection::connect(&url).await.unwrap();
    let sql = format!(
        r#"SELECT "role", "text" FROM "transcript" WHERE "thread" = '{thread}' ORDER BY "place""#
    );
    let rows = hand.fetch_all(sql.as_str()).await.unwrap();
    hand.close().await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn journey(database: TestDatabase) {
    let traces = Traces::of(&database);
    let server = Server::start(database, &[]).await;
    let alice = server.user("alice").await;
    server.user_as("ada", "auditor").await;
    let [goes_on, erased] = [1, 2].map(|number| alice.conversation(number));
    let thread = |conversation: &str| aggregates::ThreadId::named(conversation).to_string();
    let (gone, later) = (marker(), marker());
    alice.say(&goes_on, "Is it raining?").await;
    alice.say(&erased, &gone).await;
    let then = alice.history(&goes_on).await;
    let shown = server.command(&["audit", "show"], "").await.unwrap();
    let last: Value = serde_json::from_str(events_of(&shown).lines().last().unwrap()).unwrap();
    let [position, time] = ["position", "recorded_at"].map(|name| last[name].as_str().unwrap());
    alice.say(&goes_on, &later).await;
    alice
        .delete(&format!("/api/chat/conversations/{erased}"))
        .await;
    traces.receipts(1).await;

    let place = tempfile::tempdir().unwrap();
    let why = ["--as", "ada", "--reason", "Complaint 17/3"];
    let views = async |dir: &Path, at: &str, why: &[&str]| {
        let of = ["audit", "views", dir.to_str().unwrap(), "--at", at];
        server.command(&[&of[..], why].concat(), "").await
    };
    for (name, at) in [("by-position", position), ("by-time", time)] {
        let dir = place.path().join(name);
        let told = views(&dir, at, &why).await.unwrap();
        assert!(told.contains(&format!("at position {position} ")), "{told}");
        assert_eq!(transcript(&dir, &thread(&goes_on)).await, then);
        // That it was said is known, but no longer what.
        let empty = [
            ("user".to_owned(), String::new()),
            ("assistant".to_owned(), String::new()),
        ];
        assert_eq!(transcript(&dir, &thread(&erased)).await, empty);
        let there = Traces::in_directory(&dir);
        for absent in [&gone, &later] {
            assert_eq!(there.holding(absent).await, [""; 0]);
        }
        for file in fs::read_dir(&dir).unwrap() {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "nobody else reads it");
        }
    }
    let dir = place.path().join("by-position");
    // Begun again it goes on, also to a later moment; never back.
    views(&dir, position, &why).await.unwrap();
    let head = server.store().await.head().await.unwrap().to_string();
    views(&dir, &head, &why).await.unwrap();
    let now = transcript(&dir, &thread(&goes_on)).await;
    assert_eq!(now, alice.history(&goes_on).await);
    assert_eq!(transcript(&dir, &thread(&erased)).await, []);
    let back = views(&dir, position, &why).await.unwrap_err();
    assert!(back.contains("a later moment"), "{back}");

    let nothing = place.path().join("nothing");
    for (at, why, sentence) in [
        (position, &why[..2], "--reason"),
        (position, &why[2..], "--as"),
        (position, &["--as", "nobody", "--reason", "x"][..], "nobody"),
        ("yesterday", &why[..], "neither a position nor a time"),
        ("2001-01-01T00:00:00Z", &why[..], "nothing had happened"),
    ] {
        let refused = views(&nothing, at, why).await.unwrap_err();
        assert!(refused.contains(sentence), "{refused}");
    }
    assert!(!nothing.exists());
    let open = place.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    let refused = views(&open, position, &why).await.unwrap_err();
    assert!(refused.contains("others may read"), "{refused}");
    let record = place.path().join("record");
    fs::create_dir(&record).unwrap();
    fs::write(record.join("log.db"), "").unwrap();
    let refused = views(&record, position, &why).await.unwrap_err();
    assert!(refused.contains("holds a record"), "{refused}");

    let noted = ["audit", "show", "--type", "record.exported"];
    let noted = server.command(&noted, "").await.unwrap();
    assert_eq!(noted.matches("Complaint 17/3").count(), 4, "{noted}");
}

on_both_databases!(journey);
