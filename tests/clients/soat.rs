//! `@soat/cli` and `@soat/sdk`, which speak the chats dialect: the only release of them there is.

use tokio::process::Command;

use crate::support::{databases::TestDatabase, server::Server};

/// The release that `tests/run` gets.
const RELEASE: &str = "0.7.0";

async fn runs(database: TestDatabase) {
    let settings = [
        ("PROVIDERS__ECHO__KIND", "echo"),
        ("LIMITS__LOGINS_PER_ADDRESS", "0"),
        ("LIMITS__LOGINS_PER_USER", "0"),
    ];
    let server = Server::start_bare(database, &settings).await;
    let output = Command::new("node")
        .arg("tests/clients/soat.mjs")
        .arg(format!("http://{}", server.address))
        .arg(super::packages(&format!("soat-{RELEASE}")))
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
