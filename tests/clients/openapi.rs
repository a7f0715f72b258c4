//! Schemathesis, which reads `/openapi.json` and asks for everything in it in many wrong ways: no answer is a server's
//! error, and none has a status, a type or a shape that the document does not know.

use std::time::Duration;

use serde_json::json;
use tokio::process::Command;

use crate::support::{client::Client, databases::TestDatabase, server::Server, threads};

/// The release that `tests/run` gets.
const RELEASE: &str = "4.32.5";
/// How long it looks for faults, unless [`LONGER`] says otherwise.
const SECONDS: u64 = 20;
/// The variable with so many seconds: a night's look finds more.
const LONGER: &str = "COLLOQUY_TEST_SCHEMATHESIS_SECONDS";
/// How much longer all of it may take.
const PATIENCE: Duration = Duration::from_secs(140);
/// The same requests every time, as far as the server's ids allow.
const SEED: &str = "20260301";

/// Nobody is held up, and replies take no time.
const SETTINGS: [(&str, &str); 6] = [
    ("PROVIDERS__ECHO__KIND", "echo"),
    ("LIMITS__REQUESTS_PER_USER", "0"),
    ("LIMITS__REQUESTS_PER_ADDRESS", "0"),
    ("LIMITS__LOGINS_PER_USER", "0"),
    ("LIMITS__LOGINS_PER_ADDRESS", "0"),
    ("LOG", "error"),
];

async fn runs(database: TestDatabase) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Server::start(database, &SETTINGS).await;
    let admin = server.user_as("ada", "admin").await;
    let place = tempfile::tempdir().unwrap();
    let config = place.path().join("schemathesis.toml");
    let bob = server.user("bob").await;
    std::fs::write(&config, dictionaries(&admin, &bob).await).unwrap();
    let hooks = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/openapi.py");
    let seconds = seconds();
    let mut command = Command::new(super::program(
        &format!("schemathesis-{RELEASE}"),
        "schemathesis",
    ));
    command
        .current_dir(place.path())
        .env("SCHEMATHESIS_HOOKS", hooks)
        .arg("--config-file")
        .arg(&config)
        .arg("run")
        .arg(format!("http://{}/openapi.json", server.address))
        .args(["--header", &format!("Authorization: Bearer {}", admin.key)])
        .args([
            "--max-time",
            &seconds.to_string(),
            "--seed",
            SEED,
            "--generation-database",
            "none",
        ])
        .args([
            "--request-timeout",
            "20",
            "--continue-on-failure",
            "--no-color",
        ])
        .kill_on_drop(true);
    let patience = PATIENCE + Duration::from_secs(seconds);
    let output = tokio::time::timeout(patience, command.output()).await;
    let output = output.expect("it ends in time").unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(told.contains("Tested:"), "{told}");
}

fn seconds() -> u64 {
    let longer = std::env::var_os(LONGER);
    longer.map_or(SECONDS, |seconds| {
        seconds.to_str().unwrap().parse().unwrap()
    })
}

/// What there is to ask for: chance alone would never hit upon somebody's own conversation.
async fn dictionaries(who: &Client, other: &Client) -> String {
    let mut turns = vec![];
    let (mut conversations, mut said) = (vec![], vec![]);
    for number in 0..6 {
        let conversation = who.conversation(number);
        let reply = who.say(&conversation, "hello, who are you?").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let path = format!("/api/chat/messages?conversation_id={conversation}");
        let messages = who.get(&path).await.body;
        said.push(messages["messages"][0]["id"].as_str().unwrap().to_owned());
        conversations.push(conversation);
        turns.push(threads::say(who, None, "hello\n```rust\nfn main() {}\n```\n").await);
    }
    let of_turns =
        |part: fn(&threads::Turn) -> String| json!(turns.iter().map(part).collect::<Vec<_>>());
    let asked = of_turns(|turn| turn.user.clone().unwrap());
    format!(
        r#"
[dictionaries]
conversations.values = {conversations}
threads.values = {threads}
asked.values = {asked}
said.values = {said}
people.values = ["{who}", "{other}"]

[parameters]
"path.conversation_id" = {{ dictionary = "conversations", probability = 0.6 }}
"query.conversation_id" = {{ dictionary = "conversations", probability = 0.6 }}
"body.conversation_id" = {{ dictionary = "conversations", probability = 0.6 }}
"body.message_id" = {{ dictionary = "said", probability = 0.6 }}
"path.uuid" = {{ dictionary = "threads", probability = 0.6 }}
"query.thread" = {{ dictionary = "threads", probability = 0.6 }}
"query.thread_uuid" = {{ dictionary = "threads", probability = 0.6 }}
"body.thread_uuid" = {{ dictionary = "threads", probability = 0.6 }}
"body.edit_message_uuid" = {{ dictionary = "asked", probability = 0.6 }}
"query.user_uuid" = {{ dictionary = "people", probability = 0.6 }}
"path.user_id" = {{ dictionary = "people", probability = 0.6 }}
"body.user_uuid" = {{ dictionary = "people", probability = 0.6 }}

[checks]
enabled = false
not_a_server_error.enabled = true
status_code_conformance.enabled = true
content_type_conformance.enabled = true
response_schema_conformance.enabled = true
response_headers_conformance.enabled = true
"#,
        conversations = json!(conversations),
        said = json!(said),
        threads = of_turns(|turn| turn.thread.clone()),
        who = who.id,
        other = other.id,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a tool from PyPI, which tests/run gets"]
async fn holds_on_sqlite() {
    runs(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a tool from PyPI, which tests/run gets"]
async fn holds_on_postgres() {
    runs(TestDatabase::postgres().await).await;
}
