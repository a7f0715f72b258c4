//! `colloquy serve --config FILE`: what is wrong is told all at once, and whoever is nearer has the last word.

use std::fs;

use serde_json::json;

use super::prepare;
use crate::support::{databases::TestDatabase, server::Server};

const WRONG: &str = r#"
listen = "here"
turn_policy = "wait"
shutdown_grace = "soon"
frobnicate = true
[providers.up]
kind = "telepathy"
"#;

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_with_its_names() {
    let database = TestDatabase::sqlite();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("wrong.toml");
    fs::write(&file, WRONG).unwrap();
    let environment = [("MAX_BODY", "-1"), ("CONFIG", "/nowhere/absent.toml")];
    let serve = ["serve", "--config", file.to_str().unwrap()];
    let told = Server::command_on(&database, &environment, &serve).await;
    let told = told.unwrap_err();
    for fault in [
        "listen (--listen, COLLOQUY_LISTEN): \"here\" is not an address and a port",
        "turn_policy (COLLOQUY_TURN_POLICY): \"wait\" is not one of: queue, reject, interrupt",
        "shutdown_grace (COLLOQUY_SHUTDOWN_GRACE): soon is not a number of seconds",
        "frobnicate: there is no such setting",
        "providers.up.kind (COLLOQUY_PROVIDERS__UP__KIND): \"telepathy\" is not one of",
        "max_body (COLLOQUY_MAX_BODY): -1 is not a whole number",
    ] {
        assert!(told.contains(fault), "{fault}\nis not in\n{told}");
    }
    assert!(!told.contains("absent"), "a flag beats it: {told}");
    let begun = fs::read_dir(database.dir()).unwrap().count();
    assert_eq!(begun, 0, "nothing was begun");
}

const RIGHT: &str = r#"
listen = "127.0.0.1:1"
data_dir = "/nowhere/at/all"
default_provider = "of_the_file"
turn_policy = "wait"
[providers.of_the_file]
kind = "echo"
[providers.of_the_environment]
kind = "echo"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flag_beats_the_environment_which_beats_the_file() {
    prepare();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("right.toml");
    fs::write(&file, RIGHT).unwrap();
    let settings = [
        ("CONFIG", file.to_str().unwrap()),
        ("LISTEN", "127.0.0.1:2"),
        ("DEFAULT_PROVIDER", "of_the_environment"),
        ("TURN_POLICY", "queue"),
    ];
    // Where it listens and where its files are it is told by flags: those of the others it could not use.
    let server = Server::start(TestDatabase::sqlite(), &settings).await;
    let alice = server.user("alice").await;
    let said = alice.post("/api/chat", &json!({ "text": "hello" })).await;
    assert_eq!(said.body["provider"], "of_the_environment");
    let chosen = json!({ "text": "hello", "provider": "of_the_file" });
    let said = alice.post("/api/chat", &chosen).await;
    assert_eq!(said.body["provider"], "of_the_file");
}
