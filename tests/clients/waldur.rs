//! `waldur-api-client`, which speaks the threads dialect: the release of its era, and the newest.

use tokio::process::Command;

use crate::support::{databases::TestDatabase, server::Server};

async fn runs(database: TestDatabase, release: &str) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Server::start(database, &[("PROVIDERS__ECHO__KIND", "echo")]).await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let staff = server.user_as("stella", "staff").await;
    let output = Command::new(super::program(
        &format!("waldur-api-client-{release}"),
        "python",
    ))
    .arg("tests/clients/waldur.py")
    .arg(format!("http://{}", server.address))
    .args([&alice.key, &bob.key, &staff.key, &alice.id])
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

macro_rules! releases {
    ($($name:ident: $release:literal,)*) => {
        $(mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs a client from PyPI, which tests/run gets"]
            async fn runs_on_sqlite() {
                runs(TestDatabase::sqlite(), $release).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs a client from PyPI, which tests/run gets"]
            async fn runs_on_postgres() {
                runs(TestDatabase::postgres().await, $release).await;
            }
        })*
    };
}

releases! {
    of_its_era: "8.0.6",
    newest: "8.1.3",
}
