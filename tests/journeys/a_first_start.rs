//! Nothing is configured: the server makes an account, says how to use it, and ends when it is told to.

use std::os::unix::fs::PermissionsExt;

use reqwest::StatusCode;
use serde_json::json;

use super::on_both_databases;
use crate::support::{client::Client, databases::TestDatabase, server::Server};

async fn journey(database: TestDatabase) {
    let local = matches!(database, TestDatabase::Sqlite(_));
    let mut server = Server::start_bare(database, &[]).await;
    let greeting = server.greeting.join("\n");
    let password = greeting.split("with the password ").nth(1).unwrap();
    let password = password.split_whitespace().next().unwrap().to_owned();
    assert!(
        greeting.contains(&format!("http://{}/api/auth/login", server.address)),
        "{greeting}"
    );

    let nobody = Client::new(server.address, String::new(), String::new());
    let login = json!({ "username": "admin", "password": password });
    let answer = nobody.post("/api/auth/login", &login).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["user"]["role"], "admin");

    // The directory is one server's: a second one says so instead of writing beside it.
    let second = server
        .command(&["serve", "--listen", "127.0.0.1:0"], "")
        .await;
    assert!(second.unwrap_err().contains("another server uses"));
    let keys = server.data().join("keys");
    for (name, made) in [("server.key", local), ("notary.key", true)] {
        let key = std::fs::metadata(keys.join(name));
        let mode = key.map(|key| key.permissions().mode() & 0o777).ok();
        assert_eq!(mode, made.then_some(0o600), "{name}");
    }

    assert!(server.end().await, "SIGTERM is a good end");
    let server = server.start_again().await;
    assert!(server.greeting.is_empty(), "the password is shown once");
    let again = nobody.at(server.address);
    assert_eq!(
        again.post("/api/auth/login", &login).await.status,
        StatusCode::OK
    );
}

on_both_databases!(journey);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_fails_makes_no_account_and_a_password_that_was_not_seen_is_set_again() {
    super::prepare();
    let database = TestDatabase::sqlite();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken_at = taken.local_addr().unwrap().to_string();
    let serve = ["serve", "--listen", &taken_at];
    let told = Server::command_on(&database, &[], &serve).await;
    assert!(told.unwrap_err().contains("cannot be listened on"));
    let missing = [
        ("TLS__CERTIFICATE", "/nowhere/cert.pem"),
        ("TLS__KEY", "/nowhere/key.pem"),
    ];
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let told = Server::command_on(&database, &missing, &serve).await;
    assert!(told.unwrap_err().contains("/nowhere/cert.pem"));

    let server = Server::start_bare(database, &[]).await;
    let greeting = server.greeting.join("\n");
    assert!(greeting.contains("with the password "), "{greeting}");

    // It is as if nobody had seen that.
    let server = server.start_again().await;
    let greeting = server.greeting.join("\n");
    assert!(
        greeting.contains("colloquy user passwd admin"),
        "{greeting}"
    );
    let change = ["user", "passwd", "admin", "--password-stdin"];
    let password = "a password that was chosen";
    server.command(&change, password).await.unwrap();
    let server = server.start_again().await;
    assert!(server.greeting.is_empty(), "{:?}", server.greeting);
    let nobody = Client::new(server.address, String::new(), String::new());
    let login = json!({ "username": "admin", "password": password });
    let answer = nobody.post("/api/auth/login", &login).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

/// Two servers that each made a key would not believe each other's logins.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_postgresql_it_asks_for_the_key_and_commands_do_not() {
    super::prepare();
    let database = TestDatabase::postgres().await;
    let none = [("SERVER_KEY", "")];
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let told = Server::command_on(&database, &none, &serve)
        .await
        .unwrap_err();
    assert!(told.contains("COLLOQUY_SERVER_KEY"), "{told}");
    for command in [
        &["migrate"][..],
        &["audit", "show"],
        &["user", "list"],
        &["projections", "list"],
    ] {
        let done = Server::command_on(&database, &none, command).await;
        assert!(done.is_ok(), "{command:?}: {done:?}");
    }
}

#[tokio::test]
async fn a_command_that_is_about_a_record_makes_none() {
    super::prepare();
    let database = TestDatabase::sqlite();
    for command in [
        &["audit", "verify"][..],
        &["audit", "key"],
        &["user", "list"],
        &["user", "disable", "eve"],
        &["token", "revoke", "sk_none"],
        &["projections", "list"],
        &["moderation", "policy"],
        &["backup", "/nowhere/backup"],
    ] {
        let told = Server::command_on(&database, &[], command).await;
        let told = told.unwrap_err();
        assert!(
            told.contains("there is no record in"),
            "{command:?}: {told}"
        );
        assert!(told.contains("--data-dir"), "{command:?}: {told}");
    }
    let mut made = std::fs::read_dir(database.dir()).unwrap();
    assert!(made.next().is_none());
    let migrated = Server::command_on(&database, &[], &["migrate"]).await;
    migrated.unwrap();
    let listed = Server::command_on(&database, &[], &["user", "list"]).await;
    assert_eq!(listed.unwrap(), "");
}

/// What it would write could be read by whoever has the database; what it would read is sealed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_postgresql_a_command_without_the_servers_key_says_so_before_it_does_anything() {
    super::prepare();
    let database = TestDatabase::postgres().await;
    let nobody = ["user", "add", "eve", "--password-stdin"];
    let told = without_the_key(&database, &nobody).await;
    assert!(
        told.contains("this command writes what is sealed"),
        "{told}"
    );
    let events = Server::command_on(&database, &[], &["audit", "show"]).await;
    assert_eq!(events.unwrap(), "{\"next\":\"0\",\"more\":false}\n");

    let server = Server::start_at(database.url(), &[]).await;
    let alice = server.user("alice").await;
    alice.say(&alice.conversation(1), "hello").await;
    for command in [
        &nobody[..],
        &["token", "issue", "--user", "alice"],
        &["import", "conversations.json", "--as", "alice"],
        &["user", "list"],
        &["user", "delete", "alice", "--yes"],
    ] {
        without_the_key(&database, command).await;
    }
    let list = server.command(&["user", "list"], "").await.unwrap();
    assert_eq!(list.lines().count(), 2, "{list}");
}

/// What it is told.
async fn without_the_key(database: &TestDatabase, command: &[&str]) -> String {
    let told = Server::command_on(database, &[("SERVER_KEY", "")], command).await;
    let told = told.unwrap_err();
    assert!(told.contains("COLLOQUY_SERVER_KEY"), "{command:?}: {told}");
    told
}

/// A directory that was there before stays as open as it was, and other users may look into it.
#[tokio::test]
async fn what_people_wrote_is_in_files_that_other_users_cannot_read() {
    let server = Server::start(TestDatabase::sqlite(), &[]).await;
    let mut files = vec![];
    for file in std::fs::read_dir(server.data()).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if name.contains(".db") {
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{name}");
            files.push(name);
        }
    }
    let lock = std::fs::metadata(server.data().join("node.lock")).unwrap();
    assert_eq!(lock.permissions().mode() & 0o777, 0o600);
    for name in [
        "log.db",
        "log.db-wal",
        "drafts.db",
        "views.db",
        "views.db-wal",
    ] {
        assert!(files.iter().any(|file| file == name), "{files:?}");
    }
}
