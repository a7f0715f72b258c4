//! A whole export with its keys, put into an empty place of the other kind: the log is the same event by event, everything
//! that was said can be read, and people go on where they were.

use colloquy::audit::key::NotaryKey;
use image::ImageFormat;
use reqwest::Method;
use serde_json::json;
use tokio::time::Duration;

use super::{SLOW_ECHO, prepare, words};
use crate::support::{
    client::{Client, answer, eventually, eventually_within},
    databases::TestDatabase,
    kills::Kills,
    pictures::{picture, showing},
    server::{Server, events_of},
};

/// Settings of the new place: its keys are wrapped by another server key.
const THERE: &[(&str, &str)] = &[(
    "SERVER_KEY",
    "0909090909090909090909090909090909090909090909090909090909090909",
)];

async fn journey(from: TestDatabase, to: TestDatabase) {
    let notary_key = NotaryKey::generate("colloquy/there").unwrap();
    let there = [THERE, &[("NOTARY__KEY", notary_key.as_str())]].concat();
    let server = Server::start(from, SLOW_ECHO).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    server.user_as("ada", "auditor").await;
    let [kept, erased, held, running] = [1, 2, 3, 4].map(|number| alice.conversation(number));
    for number in 0..3 {
        alice
            .say(&kept, &format!("Is {number} < 2 in Tartu?"))
            .await;
    }
    let image = showing(&kept, "look", &picture(300, 200, ImageFormat::Png));
    alice.post("/api/chat", &image).await;
    alice.say(&erased, "gone for ever").await;
    alice.say(&held, "under a hold").await;
    bob.say(&bob.conversation(1), "of bob").await;
    let thread = |conversation: &str| aggregates::ThreadId::named(conversation).to_string();
    let hold = [
        "audit",
        "hold",
        "--thread",
        &thread(&held),
        "--as",
        "root",
        "--reason",
        "suit",
    ];
    server.command(&hold, "").await.unwrap();
    for conversation in [&erased, &held] {
        let path = format!("/api/chat/conversations/{conversation}");
        assert_eq!(alice.delete(&path).await.status, 200);
    }
    let confirmed = ["audit", "show", "--type", "erasure.confirmed"];
    eventually(async || {
        let confirmed = server.command(&confirmed, "").await.unwrap();
        events_of(&confirmed).lines().count() == 1
    })
    .await;
    // Somebody is being answered meanwhile.
    let mut stream = alice.stream(&running, &words(4000)).await;
    stream.next().await.unwrap();

    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("all");
    let dir = dir.to_str().unwrap();
    let part = ["audit", "export", dir, "--with-keys", "--as", "ada"];
    let refused = server.command(&part, "").await.unwrap_err();
    assert!(refused.contains("--reason"), "{refused}");
    let export = [&part[..], &["--reason", "we move"]].concat();
    server.command(&export, "").await.unwrap();
    let key = server.command(&["audit", "key"], "").await.unwrap();
    let exported = ["audit", "show", "--type", "record.exported"];
    let exported = server.command(&exported, "").await.unwrap();
    assert!(exported.contains("\"with_keys\":true"), "{exported}");

    // While a place is being filled nobody works with it.
    let filled = to.store().await;
    assert!(filled.begin_filling("another export").await.unwrap());
    let half = Server::command_on(&to, &there, &["audit", "show"]).await;
    assert!(half.unwrap_err().contains("was broken off here"));
    let serve = Server::command_on(&to, &there, &["serve", "--listen", "127.0.0.1:0"]).await;
    assert!(serve.unwrap_err().contains("was broken off here"));
    let import = ["import", dir, "--key", key.trim()];
    let other = Server::command_on(&to, &there, &import).await.unwrap_err();
    assert!(other.contains("another export was broken off"), "{other}");
    filled.end_filling().await.unwrap();
    filled.close().await;

    // Killed at any moment, it goes on.
    let mut kills = Kills::at_random();
    for _ in 0..6 {
        let child = Server::spawn_on(&to, &there, &import);
        kills.kill(child, Duration::from_millis(400)).await;
    }
    // It may have ended in the moment in which it was killed.
    match Server::command_on(&to, &there, &import).await {
        Ok(told) => {
            assert!(told.contains("as they were signed over there"), "{told}");
            assert!(!told.contains("came with the export"), "{told}");
            let verify = ["audit", "verify"];
            let verified = Server::command_on(&to, &there, &verify).await.unwrap();
            assert!(verified.contains("as they were signed"), "{verified}");
            assert!(!verified.contains("not signed yet"), "{verified}");
        }
        Err(told) => assert!(told.contains("there is a record here already"), "{told}"),
    }
    let again = Server::command_on(&to, &there, &import).await.unwrap_err();
    assert!(again.contains("there is a record here already"), "{again}");

    let show = ["audit", "show"];
    let copied = Server::command_on(&to, &there, &show).await.unwrap();
    let here = server.command(&show, "").await.unwrap();
    let copied = events_of(&copied);
    assert!(copied.lines().count() > 30);
    assert!(here.starts_with(copied), "the log is the same");
    drop(stream);

    let copy = Server::start_bare(to, &there).await;
    assert!(!copy.greeting.iter().any(|line| line.contains("password")));
    // Her key goes along.
    let moved = alice.at(copy.address);
    assert_eq!(moved.history(&kept).await, alice.history(&kept).await);
    let body = async |client: &Client| {
        let path = format!("/api/chat/conversations/{kept}/messages");
        client.get(&path).await.body
    };
    assert_eq!(body(&moved).await, body(&alice).await);
    assert_eq!(moved.history(&erased).await, []);
    // Nobody else gets her name, nothing of before is done again, and a hold holds.
    let password = "correct horse battery staple\n";
    let add = ["user", "add", "alice", "--role", "user", "--password-stdin"];
    let taken = copy.command(&add, password).await.unwrap_err();
    assert!(taken.contains("of this name already"), "{taken}");
    let holds = copy.command(&["audit", "holds"], "").await.unwrap();
    assert!(holds.contains(&thread(&held)), "{holds}");
    // What was under way ends as after a crash.
    assert_eq!(moved.history(&running).await[0].1, words(4000));
    let body = json!({ "text": "and on", "conversation_id": running });
    let request = moved.request(Method::POST, "/api/chat").json(&body);
    assert_eq!(answer(request).await.unwrap().status, 200);
    // Killed while it signed, the import has that work for a minute.
    let anchor = copy.data().join("keys/anchor.jsonl");
    eventually_within(Duration::from_secs(90), async || anchor.exists()).await;
    let verified = copy.command(&["audit", "verify"], "").await.unwrap();
    assert!(verified.contains("as they were signed"), "{verified}");
    // The hold over there was laid before the deletion: what waited for it goes when it ends here.
    let hold = holds.split_whitespace().next().unwrap();
    let release = ["audit", "release", hold, "--as", "root", "--reason", "over"];
    copy.command(&release, "").await.unwrap();
    eventually(async || {
        let confirmed = copy.command(&confirmed, "").await.unwrap();
        events_of(&confirmed).lines().count() == 2
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_sqlite_to_postgresql() {
    prepare();
    journey(TestDatabase::sqlite(), TestDatabase::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_postgresql_to_sqlite() {
    prepare();
    journey(TestDatabase::postgres().await, TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_or_partial_export_is_refused() {
    prepare();
    let mut server = Server::start(TestDatabase::sqlite(), &[]).await;
    let alice = server.user("alice").await;
    server.user_as("ada", "auditor").await;
    alice.say(&alice.conversation(1), "something").await;
    server.is_signed().await;
    let place = tempfile::tempdir().unwrap();
    let dir = |name: &str| place.path().join(name);
    let (whole, part) = (dir("whole"), dir("part"));
    let (whole_text, part_text) = (whole.to_str().unwrap(), part.to_str().unwrap());
    let why = ["--as", "ada", "--reason", "we move"];
    let make = [&["audit", "export", part_text], &why[..]].concat();
    server.command(&make, "").await.unwrap();
    // Where no server signs what is noted of it, the command does.
    assert!(server.end().await);
    let make = [&["audit", "export", whole_text, "--with-keys"], &why[..]].concat();
    server.command(&make, "").await.unwrap();
    let server = server.start_again().await;

    let to = TestDatabase::sqlite();
    let import = async |dir: &str| Server::command_on(&to, &[], &["import", dir]).await;
    let refused = import(part_text).await.unwrap_err();
    assert!(refused.contains("no server could go on"), "{refused}");
    let events = whole.join("events.jsonl");
    let lines = std::fs::read_to_string(&events).unwrap();
    std::fs::write(
        &events,
        lines.replacen("\"sequence\":1", "\"sequence\":7", 1),
    )
    .unwrap();
    let refused = import(whole_text).await.unwrap_err();
    assert!(refused.contains("event 1 is not the one"), "{refused}");
    std::fs::write(&events, &lines).unwrap();
    let rows = whole.join("server.jsonl");
    let beside = std::fs::read_to_string(&rows).unwrap();
    std::fs::write(&rows, beside.replacen("username", "nickname", 1)).unwrap();
    let refused = import(whole_text).await.unwrap_err();
    assert!(
        refused.contains("server.jsonl is not the file"),
        "{refused}"
    );
    std::fs::write(&rows, &beside).unwrap();
    let refused = server
        .command(&["import", whole_text], "")
        .await
        .unwrap_err();
    assert!(refused.contains("another server uses"), "{refused}");
    let nobody = dir("nobody.json");
    std::fs::write(&nobody, "[]").unwrap();
    let refused = import(nobody.to_str().unwrap()).await.unwrap_err();
    assert!(refused.contains("--as NAME"), "{refused}");
    let told = import(whole_text).await.unwrap();
    assert!(told.contains("came with the export"), "{told}");
    let verified = Server::command_on(&to, &[], &["audit", "verify"]).await;
    assert!(verified.unwrap().contains("as they were signed"));
}
