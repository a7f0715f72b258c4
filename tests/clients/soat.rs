//! `@soat/cli` and `@soat/sdk`, which speak the chats dialect: the only release of them there is.

use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{
    dialects::{
        assistant::upstream::{delta, end, whole},
        openai::{MANY, words},
    },
    support::{
        databases::TestDatabase,
        scripted::{Gate, Received, Reply, Scripted},
        server::Server,
    },
};

/// The release that `tests/run` gets.
const RELEASE: &str = "0.7.0";

async fn server(database: TestDatabase) -> Server {
    let settings = [
        ("PROVIDERS__ECHO__KIND", "echo"),
        ("LIMITS__LOGINS_PER_ADDRESS", "0"),
        ("LIMITS__LOGINS_PER_USER", "0"),
    ];
    Server::start_bare(database, &settings).await
}

/// Runs what one of them does.
fn program(name: &str, server: &Server, upstream: &Scripted) -> Child {
    let mut command = Command::new("node");
    command
        .arg(format!("tests/clients/{name}"))
        .arg(format!("http://{}", server.address))
        .arg(super::packages(&format!("soat-{RELEASE}")))
        .arg(upstream.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command.spawn().unwrap()
}

#[track_caller]
fn went_well(output: &Output) {
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What reached the provider: the right system message once, the document's text, the model, and the secret.
#[track_caller]
fn asked(received: &[Received], expected: &[(&str, Value)]) {
    assert_eq!(received.len(), expected.len());
    for (request, (model, messages)) in received.iter().zip(expected) {
        assert_eq!(request.path, "/v1/chat/completions");
        assert_eq!(request.headers["authorization"], "Bearer sk-of-the-house");
        assert_eq!(
            (&request.body["model"], &request.body["messages"]),
            (&json!(model), messages)
        );
    }
}

fn said(role: &str, text: &str) -> Value {
    json!({ "role": role, "content": text })
}

/// A system message, and what was asked: of the house as a document says it.
fn of_the_house(system: &str) -> Value {
    json!([
        said("system", system),
        said("user", "The house is blue."),
        colour()
    ])
}

fn colour() -> Value {
    said("user", "Which colour is it?")
}

async fn the_command_line_runs(database: TestDatabase) {
    let upstream = Scripted::start((0..3).map(|_| whole("Hello"))).await;
    let server = server(database).await;
    let output = program("soat_cli.mjs", &server, &upstream).wait_with_output();
    went_well(&output.await.unwrap());
    let expected = [
        ("m", of_the_house("Be brief.")),
        ("m", of_the_house("Be brief.")),
        ("m-large", json!([said("system", "In verse."), colour()])),
    ];
    asked(&upstream.received(), &expected);
}

async fn the_library_runs(database: TestDatabase) {
    let gate = Gate::closed();
    let long = Reply::sse(words().iter().map(|word| delta(word)).chain(end())).gate(&gate);
    let script = (0..5).map(|_| whole("Hello")).chain([long]);
    let upstream = Scripted::start(script).await;
    let server = server(database).await;
    let mut program = program("soat_sdk.mjs", &server, &upstream);
    let waits = program.stdin.take();
    let mut output = std::pin::pin!(program.wait_with_output());
    // It leaves its last answer, and goes on when the provider has seen that.
    gate.let_pass(MANY);
    let output = tokio::select! {
        biased;
        output = &mut output => output,
        () = upstream.wait_for_leavers(1) => {
            drop(waits);
            output.await
        }
    };
    went_well(&output.unwrap());
    let verse = || json!([said("system", "In verse."), colour()]);
    let expected = [
        ("m-of-the-chat", of_the_house("Be brief.")),
        ("m-of-the-request", of_the_house("Be brief.")),
        ("m-of-the-chat", json!([said("system", "Mine."), colour()])),
        ("m", verse()),
        ("m-large", verse()),
        ("m", verse()),
    ];
    asked(&upstream.received(), &expected);
}

macro_rules! on_both_databases {
    ($($client:ident: $runs:ident,)*) => {
        $(mod $client {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs clients from npm, which tests/run gets"]
            async fn runs_on_sqlite() {
                $runs(TestDatabase::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs clients from npm, which tests/run gets"]
            async fn runs_on_postgres() {
                $runs(TestDatabase::postgres().await).await;
            }
        })*
    };
}

on_both_databases! {
    cli: the_command_line_runs,
    sdk: the_library_runs,
}
