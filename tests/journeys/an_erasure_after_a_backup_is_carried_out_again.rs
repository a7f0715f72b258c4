//! What was erased after a backup is back when that is restored; by the feed's receipts it is erased again.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};

use super::{SLOW_ECHO, prepare, words};
use crate::support::{
    client::{Client, Events, answer, shown},
    databases::TestDatabase,
    server::{PASSWORD, Server},
    traces::{Traces, marker, program},
};

/// What was said before a backup.
struct Said {
    alice: Client,
    bob: Client,
    kept: String,
    erased: [String; 2],
    stays: String,
    gone: String,
    /// In a reply that still runs.
    streamed: String,
    _stream: Events,
}

impl Said {
    async fn on(server: &Server) -> Self {
        let [alice, bob] = [server.user("alice").await, server.user("bob").await];
        let [kept, erased, erased_in_mid_reply] =
            [1, 2, 3].map(|number| alice.conversation(number));
        let [stays, gone, streamed] = [marker(), marker(), marker()];
        alice.say(&kept, &stays).await;
        alice.say(&erased, &gone).await;
        bob.say(&bob.conversation(1), "I was never here").await;
        let text = format!("{streamed} {}", words(4000));
        let mut stream = alice.stream(&erased_in_mid_reply, &text).await;
        let mut seen = vec![];
        while !shown(&seen).contains(&streamed) {
            seen.push(stream.next().await.unwrap());
        }
        Self {
            alice,
            bob,
            kept,
            erased: [erased, erased_in_mid_reply],
            stays,
            gone,
            streamed,
            _stream: stream,
        }
    }

    /// Has all but what is kept erased, and bob leaves; what the feed says of that.
    async fn is_erased(&self, server: &Server, traces: &Traces) -> String {
        for conversation in &self.erased {
            let path = format!("/api/chat/conversations/{conversation}");
            assert_eq!(self.alice.delete(&path).await.status, 200);
        }
        let leave = self.bob.request(Method::DELETE, "/api/auth/me");
        let leave = answer(leave.json(&json!({ "password": PASSWORD }))).await;
        assert_eq!(leave.unwrap().status, 200);
        traces.receipts(4).await;
        let types = "erasure.requested,erasure.confirmed";
        let show = ["audit", "show", "--type", types];
        server.command(&show, "").await.unwrap()
    }

    /// Whether the server that was started on what was restored has erased it again, too.
    async fn is_erased_again(&self, server: &Server, there: &Traces) {
        there.receipts(4).await;
        let alice = self.alice.at(server.address);
        assert_eq!(alice.history(&self.kept).await[0].1, self.stays);
        for conversation in &self.erased {
            assert_eq!(alice.history(conversation).await, []);
        }
        for marker in [&self.gone, &self.streamed] {
            assert_eq!(there.holding(marker).await, [""; 0]);
        }
        let bob = self.bob.at(server.address);
        assert_eq!(bob.get("/api/auth/me").await.status, 401);
        server.command(&["audit", "verify"], "").await.unwrap();
    }
}

/// What restoring leaves of it, before any server is there.
async fn is_destroyed(said: &Said, there: &Traces) {
    assert_eq!(there.holding(&said.streamed).await, [""; 0]);
    let keys = "SELECT count(DISTINCT subject) FROM content_keys WHERE subject_kind = 'thread'";
    assert_eq!(
        there.number(keys).await,
        1,
        "those of the one that was kept"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    prepare();
    let database = TestDatabase::sqlite();
    let traces = Traces::of(&database);
    let server = Server::start(database, SLOW_ECHO).await;
    let said = Said::on(&server).await;
    let place = tempfile::tempdir().unwrap();
    let [backup, feed] = ["backup", "erasures.jsonl"].map(|name| place.path().join(name));
    let make = ["backup", backup.to_str().unwrap()];
    server.is_signed().await;
    server.command(&make, "").await.unwrap();
    fs::write(&feed, said.is_erased(&server, &traces).await).unwrap();

    // Without them everything is back: the backup knows nothing of it.
    let restore = ["restore", backup.to_str().unwrap()];
    let data = tempfile::tempdir().unwrap();
    server.command_in(data.path(), &restore, "").await.unwrap();
    let there = Traces::in_directory(data.path());
    assert!(!there.holding(&said.streamed).await.is_empty());
    let unerased = server.start_in(data).await;
    let alice = said.alice.at(unerased.address);
    assert_eq!(alice.history(&said.erased[0]).await[0].1, said.gone);
    let bob = said.bob.at(unerased.address);
    assert_eq!(bob.history(&bob.conversation(1)).await.len(), 2);
    drop(unerased);

    let data = tempfile::tempdir().unwrap();
    let restore = [&restore[..], &["--receipts", feed.to_str().unwrap()]].concat();
    let told = server.command_in(data.path(), &restore, "").await.unwrap();
    assert!(told.contains("4 erasures"), "{told}");
    let there = Traces::in_directory(data.path());
    is_destroyed(&said, &there).await;
    let erased_again = server.start_in(data).await;
    said.is_erased_again(&erased_again, &there).await;
}

/// The dump is put into the emptied database, and the keys beside it into another directory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    prepare();
    let database = TestDatabase::postgres().await;
    let (traces, url) = (Traces::of(&database), database.url());
    let mut server = Server::start(database, SLOW_ECHO).await;
    let said = Said::on(&server).await;
    let place = tempfile::tempdir().unwrap();
    let [backup, dump, feed] =
        ["backup", "record.dump", "erasures.jsonl"].map(|name| place.path().join(name));
    let make = ["backup", backup.to_str().unwrap()];
    server.is_signed().await;
    server.command(&make, "").await.unwrap();
    let file = dump.to_str().unwrap();
    let only = ["--format=custom", "--exclude-schema=views", "--file", file];
    postgres("pg_dump", &url, &only).await;
    fs::write(&feed, said.is_erased(&server, &traces).await).unwrap();
    assert!(server.end().await);

    let lost = "DROP SCHEMA views CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    traces.change(lost).await;
    postgres("pg_restore", &url, &[file]).await;
    // Nobody restores a dump of the moment.
    traces
        .change("UPDATE nodes SET beat = beat - 60000000")
        .await;
    assert!(!traces.holding(&said.streamed).await.is_empty());
    let data = tempfile::tempdir().unwrap();
    let restore = ["restore", backup.to_str().unwrap()];
    let restore = [&restore[..], &["--receipts", feed.to_str().unwrap()]].concat();
    let told = server.command_in(data.path(), &restore, "").await.unwrap();
    assert!(told.contains("4 erasures"), "{told}");
    is_destroyed(&said, &traces).await;
    let erased_again = server.start_in(data).await;
    let there = traces.beside(&erased_again);
    said.is_erased_again(&erased_again, &there).await;
}

/// Runs one of PostgreSQL's programs on this database.
async fn postgres(name: &str, url: &str, arguments: &[&str]) {
    let mut command = tokio::process::Command::new(program(name));
    let output = command.args(["--dbname", url]).args(arguments).output();
    let output = output.await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_since_a_backup_is_kept_until_its_hold_ends() {
    prepare();
    let server = Server::start(TestDatabase::sqlite(), SLOW_ECHO).await;
    let alice = server.user("alice").await;
    server.user_as("ada", "auditor").await;
    let (conversation, said) = (alice.conversation(1), marker());
    alice.say(&conversation, &said).await;
    let place = tempfile::tempdir().unwrap();
    let [backup, feed] = ["backup", "erasures.jsonl"].map(|name| place.path().join(name));
    let make = ["backup", backup.to_str().unwrap()];
    server.is_signed().await;
    server.command(&make, "").await.unwrap();

    let thread = aggregates::ThreadId::named(&conversation).to_string();
    let why = ["--as", "ada", "--reason", "A claim"];
    let hold = [&["audit", "hold", "--thread", &thread][..], &why].concat();
    let hold = server.command(&hold, "").await.unwrap().trim().to_owned();
    let path = format!("/api/chat/conversations/{conversation}");
    assert_eq!(alice.delete(&path).await.status, 200);
    let types = "erasure.requested,thread.held,user.held,thread.released,user.released";
    let show = ["audit", "show", "--type", types];
    fs::write(&feed, server.command(&show, "").await.unwrap()).unwrap();

    let restore = ["restore", backup.to_str().unwrap()];
    let restore = [&restore[..], &["--receipts", feed.to_str().unwrap()]].concat();
    let data = tempfile::tempdir().unwrap();
    let told = server.command_in(data.path(), &restore, "").await.unwrap();
    assert!(told.contains("1 legal holds"), "{told}");
    assert!(told.contains("1 erasures"), "{told}");
    let there = Traces::in_directory(data.path());
    let restored = server.start_in(data).await;
    assert!(recorded(&restored, &said).await);
    assert_eq!(alice.at(restored.address).history(&conversation).await, []);
    let release = [&["audit", "release", &hold][..], &why].concat();
    restored.command(&release, "").await.unwrap();
    there.receipts(1).await;
    assert!(!recorded(&restored, &said).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_brings_nothing_back_that_was_erased_before_it() {
    prepare();
    let database = TestDatabase::sqlite();
    let traces = Traces::of(&database);
    let server = Server::start(database, SLOW_ECHO).await;
    let [alice, bob] = [server.user("alice").await, server.user("bob").await];
    server.user_as("ada", "auditor").await;
    let [hers, his] = [alice.conversation(1), bob.conversation(1)];
    let [said_by_alice, said_by_bob] = [marker(), marker()];
    alice.say(&hers, &said_by_alice).await;
    bob.say(&his, &said_by_bob).await;
    let place = tempfile::tempdir().unwrap();
    let [backup, feed] = ["backup", "erasures.jsonl"].map(|name| place.path().join(name));
    let make = ["backup", backup.to_str().unwrap()];
    server.is_signed().await;
    server.command(&make, "").await.unwrap();

    for (who, conversation) in [(&alice, &hers), (&bob, &his)] {
        let path = format!("/api/chat/conversations/{conversation}");
        assert_eq!(who.delete(&path).await.status, 200);
    }
    traces.receipts(2).await;
    bob.say(&his, "begun anew").await;
    let thread = aggregates::ThreadId::named(&his).to_string();
    for on in [["--user", &alice.id], ["--thread", &thread]] {
        let why = ["--as", "ada", "--reason", "A claim"];
        let hold = [&["audit", "hold"][..], &on, &why].concat();
        server.command(&hold, "").await.unwrap();
    }
    let types = "erasure.requested,thread.held,user.held,thread.released,user.released";
    let show = ["audit", "show", "--type", types];
    fs::write(&feed, server.command(&show, "").await.unwrap()).unwrap();

    let restore = ["restore", backup.to_str().unwrap()];
    let restore = [&restore[..], &["--receipts", feed.to_str().unwrap()]].concat();
    let data = tempfile::tempdir().unwrap();
    let told = server.command_in(data.path(), &restore, "").await.unwrap();
    assert!(told.contains("2 legal holds"), "{told}");
    assert!(told.contains("2 erasures"), "{told}");
    let restored = server.start_in(data).await;
    for said in [said_by_alice, said_by_bob] {
        assert!(!recorded(&restored, &said).await);
    }
}

/// Whether the log's keys open something that says so.
async fn recorded(server: &Server, marker: &str) -> bool {
    let events = server.store().await.read_after(0, 10_000).await.unwrap();
    events.iter().any(|event| event.payload.contains(marker))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_was_deleted_since_a_backup_is_taken_from_who_has_it() {
    prepare();
    let server = Server::start(TestDatabase::sqlite(), SLOW_ECHO).await;
    let admin = server.user_as("ada", "admin").await;
    let make = async |what: &str, body: Value| {
        let made = admin.post(&format!("/api/v1/{what}"), &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    };
    let project = make("projects", json!({ "name": "house" })).await;
    let secret = json!({ "project_id": project, "name": "s", "value": "v" });
    let secret = make("secrets", secret).await;
    let provider = json!({
        "project_id": project, "name": "mine", "provider": "openai", "default_model": "m", "secret_id": secret,
    });
    let provider = make("ai-providers", provider).await;
    let place = tempfile::tempdir().unwrap();
    let [backup, feed] = ["backup", "erasures.jsonl"].map(|name| place.path().join(name));
    server.is_signed().await;
    let take = ["backup", backup.to_str().unwrap()];
    server.command(&take, "").await.unwrap();

    let forced = format!("/api/v1/secrets/{secret}?force=true");
    assert_eq!(admin.delete(&forced).await.status, 204);
    let show = ["audit", "show", "--type", "erasure.requested"];
    fs::write(&feed, server.command(&show, "").await.unwrap()).unwrap();

    let restore = ["restore", backup.to_str().unwrap()];
    let restore = [&restore[..], &["--receipts", feed.to_str().unwrap()]].concat();
    let data = tempfile::tempdir().unwrap();
    let told = server.command_in(data.path(), &restore, "").await.unwrap();
    assert!(told.contains("1 erasures"), "{told}");
    let restored = server.start_in(data).await;
    let admin = admin.at(restored.address);
    let shown = admin.get(&format!("/api/v1/ai-providers/{provider}")).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert_eq!(shown.body["secret_id"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_that_are_none_are_refused_before_anything_is_done() {
    prepare();
    let server = Server::start(TestDatabase::sqlite(), &[]).await;
    server.is_signed().await;
    let place = tempfile::tempdir().unwrap();
    let [backup, feed, data] =
        ["backup", "erasures.jsonl", "data"].map(|name| place.path().join(name));
    let make = ["backup", backup.to_str().unwrap()];
    server.is_signed().await;
    server.command(&make, "").await.unwrap();
    let restore = [
        "restore",
        backup.to_str().unwrap(),
        "--receipts",
        feed.to_str().unwrap(),
    ];
    let missing = server.command_in(&data, &restore, "").await.unwrap_err();
    assert!(missing.contains("erasures.jsonl"), "{missing}");
    fs::write(&feed, "{\"next\":\"7\",\"more\":true}\n").unwrap();
    let unfinished = server.command_in(&data, &restore, "").await.unwrap_err();
    assert!(
        unfinished.contains("line 1: the feed goes on"),
        "{unfinished}"
    );
    // Nobody knows what a feed would have said that was broken off, or was not written at all.
    let types = ["audit", "show", "--type", "user.registered"];
    let others = server.command(&types, "").await.unwrap();
    let others = others.lines().next().unwrap();
    for broken_off in [String::new(), format!("{others}\n")] {
        fs::write(&feed, broken_off).unwrap();
        let refused = server.command_in(&data, &restore, "").await.unwrap_err();
        assert!(refused.contains("broken off"), "{refused}");
    }
    let misspelt = ["audit", "show", "--type", "user.held,erasure.request"];
    let refused = server.command(&misspelt, "").await.unwrap_err();
    assert!(
        refused.contains("there is no type of events \"erasure.request\""),
        "{refused}"
    );
    assert!(!data.exists());
    let strange = json!({
        "type": "erasure.requested", "position": "100000",
        "aggregate_type": "cathedral", "aggregate_id": "x",
    });
    let end = r#"{"next":"100000","more":false}"#;
    fs::write(&feed, format!("{strange}\n{end}\n")).unwrap();
    let unknown = server.command_in(&data, &restore, "").await.unwrap_err();
    assert!(unknown.contains("cathedral"), "{unknown}");
    assert!(!data.join("log.db").exists(), "nothing got its place");
    // What is not there has nothing to erase.
    let never = json!({
        "type": "erasure.requested", "position": "100000",
        "aggregate_type": "thread", "aggregate_id": "0197a1b2-0000-7000-8000-000000000000",
    });
    fs::write(&feed, format!("{never}\n{end}\n")).unwrap();
    let said = server.command_in(&data, &restore, "").await.unwrap();
    assert!(!said.contains("erasures"), "{said}");
}
