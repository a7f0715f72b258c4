//! User and token commands beside a running server: what they say holds from the next request on.

use futures_util::{StreamExt, stream};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::on_both_databases;
use crate::support::{
    client::{Client, answer},
    databases::TestDatabase,
    server::{PASSWORD, Server},
};

/// How often each command is tried, and how many at a time.
const TIMES: u32 = 20;
const AT_ONCE: usize = 10;

async fn journey(database: TestDatabase) {
    // All of them come from one address here.
    let settings = [("LIMITS__LOGINS_PER_ADDRESS", "0")];
    let server = Server::start(database, &settings).await;
    stream::iter(0..TIMES)
        .for_each_concurrent(AT_ONCE, |number| {
            an_account_is_made_and_changed(&server, number)
        })
        .await;
    everybody_is_listed(&server).await;
    whom_there_is_not_is_told(&server).await;
}

async fn everybody_is_listed(server: &Server) {
    let list = server.command(&["user", "list"], "").await.unwrap();
    assert_eq!(list.lines().count() as u32, TIMES + 1, "{list}");
    for number in 0..TIMES {
        let line = format!("  user     user-{number}  since 20");
        assert!(list.contains(&line), "{line} is not in\n{list}");
    }
    assert!(list.contains("  admin    root  since 20"), "{list}");
}

async fn whom_there_is_not_is_told(server: &Server) {
    let never = format!("sk_{}", "0".repeat(64));
    let commands = [
        &["user", "add", "mia"][..],
        &["user", "passwd", "nobody", "--password-stdin"],
        &["token", "issue", "--user", "nobody"],
        &["token", "revoke", &never],
        &["token", "revoke", "sesame"],
    ];
    let sentences = [
        "send it on standard input, with --password-stdin",
        "there is no user \"nobody\"",
        "there is no user \"nobody\"",
        "there is no such key",
        "give the key itself (sk_…) or its id",
    ];
    for (command, told) in commands.into_iter().zip(sentences) {
        let refused = server.command(command, "new\n").await.unwrap_err();
        assert!(refused.contains(told), "{command:?}: {refused}");
    }
}

async fn an_account_is_made_and_changed(server: &Server, number: u32) {
    let name = format!("user-{number}");
    let (first, second) = (format!("{PASSWORD}\n"), "another one\n");
    let add = ["user", "add", &name, "--password-stdin"];
    let id = server.command(&add, &first).await.unwrap();
    let token = login(server, &name, PASSWORD).await.unwrap();
    let by_token = Client::new(server.address, id.trim().to_owned(), token);
    assert_eq!(me(&by_token).await, StatusCode::OK);

    let issue = ["token", "issue", "--user", &name];
    let key = server.command(&issue, "").await.unwrap();
    let by_key = by_token.with_key(key.trim());
    assert_eq!(me(&by_key).await, StatusCode::OK);
    server
        .command(&["token", "revoke", &by_key.key], "")
        .await
        .unwrap();
    assert_eq!(me(&by_key).await, StatusCode::UNAUTHORIZED, "{name}");

    assert_eq!(me(&by_token).await, StatusCode::OK);
    let passwd = ["user", "passwd", &name, "--password-stdin"];
    server.command(&passwd, second).await.unwrap();
    assert_eq!(me(&by_token).await, StatusCode::UNAUTHORIZED, "{name}");
    assert_eq!(login(server, &name, PASSWORD).await, None, "{name}");
    assert!(
        login(server, &name, second.trim()).await.is_some(),
        "{name}"
    );
}

/// Who one is, in as far as the server says that one is anybody.
async fn me(who: &Client) -> StatusCode {
    who.get("/api/auth/me").await.status
}

/// A token, if the password is right.
async fn login(server: &Server, name: &str, password: &str) -> Option<String> {
    let nobody = Client::new(server.address, String::new(), String::new());
    let body = json!({ "username": name, "password": password });
    let request = nobody.bare(Method::POST, "/api/auth/login").json(&body);
    let answer = answer(request).await.unwrap();
    match answer.status {
        StatusCode::OK => Some(answer.body["access_token"].as_str().unwrap().to_owned()),
        StatusCode::UNAUTHORIZED => None,
        other => panic!("{other}: {}", answer.body),
    }
}

on_both_databases!(journey);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_shown_is_told_and_a_key_that_nobody_saw_can_be_ended() {
    super::prepare();
    let server = Server::start(TestDatabase::sqlite(), &[]).await;
    let to_a_full_disk = |arguments: &[&str]| {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_colloquy"))
            .env_clear()
            .arg("--data-dir")
            .arg(server.data())
            .args(arguments)
            .stdout(full.unwrap())
            .stderr(std::process::Stdio::piped())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        told
    };
    for command in [&["user", "list"][..], &["audit", "keygen"]] {
        let told = to_a_full_disk(command);
        assert!(told.contains("standard output"), "{told}");
    }
    let told = to_a_full_disk(&["token", "issue", "--user", "root"]);
    let (_, id) = told.split_once("colloquy token revoke ").expect(&told);
    let revoke = ["token", "revoke", id.trim()];
    let revoked = server.command(&revoke, "").await.unwrap();
    assert!(revoked.contains("no longer accepted"), "{revoked}");
}
