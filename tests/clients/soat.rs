//! `@soat/cli` and `@soat/sdk`, which speak the chats dialect: the only release of them there is.

use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    dialects::assistant::upstream::whole,
    support::{
        databases::TestDatabase,
        scripted::{Received, Scripted},
        server::Server,
    },
};

/// The release that `tests/run` gets.
const RELEASE: &str = "0.7.0";

async fn runs(database: TestDatabase) {
    let settings = [
        ("PROVIDERS__ECHO__KIND", "echo"),
        ("LIMITS__LOGINS_PER_ADDRESS", "0"),
        ("LIMITS__LOGINS_PER_USER", "0"),
    ];
    let upstream = Scripted::start((0..5).map(|_| whole("Hello"))).await;
    let server = Server::start_bare(database, &settings).await;
    let output = Command::new("node")
        .arg("tests/clients/soat.mjs")
        .arg(format!("http://{}", server.address))
        .arg(super::packages(&format!("soat-{RELEASE}")))
        .arg(upstream.url())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    asked(&upstream.received());
}

/// What reached the provider: the right system message once, the document's text, the model, and the secret.
fn asked(received: &[Received]) {
    let said = |role: &str, text: &str| json!({ "role": role, "content": text });
    let colour = || said("user", "Which colour is it?");
    let document = || said("user", "The house is blue.");
    let brief = || said("system", "Be brief.");
    let hi = || said("user", "hi");
    let expected: [(&str, Value); 5] = [
        ("m", json!([brief(), document(), colour()])),
        ("m", json!([brief(), document(), colour()])),
        ("m-large", json!([said("system", "In verse."), colour()])),
        ("m", json!([hi()])),
        ("m", json!([said("system", "Mine."), hi()])),
    ];
    assert_eq!(received.len(), expected.len());
    for (request, (model, messages)) in received.iter().zip(expected) {
        assert_eq!(request.path, "/v1/chat/completions");
        assert_eq!(request.headers["authorization"], "Bearer sk-of-the-house");
        assert_eq!(
            (&request.body["model"], &request.body["messages"]),
            (&json!(model), &messages)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs clients from npm, which tests/run gets"]
async fn runs_on_sqlite() {
    runs(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs clients from npm, which tests/run gets"]
async fn runs_on_postgres() {
    runs(TestDatabase::postgres().await).await;
}
