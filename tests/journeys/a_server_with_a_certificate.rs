//! TLS without a proxy: a certificate at start, another one at SIGHUP, and how a supervisor asks.

use std::path::Path;

use super::SLOW_ECHO;
use crate::support::{
    databases::TestDatabase,
    server::{PASSWORD, Server},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_shown_and_changed_without_a_restart() {
    super::prepare();
    let dir = tempfile::tempdir().unwrap();
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| dir.path().join(name));
    make(&certificate, &key, "first");
    let mut settings = SLOW_ECHO.to_vec();
    settings.push(("TLS__CERTIFICATE", certificate.to_str().unwrap()));
    settings.push(("TLS__KEY", key.to_str().unwrap()));
    let server = Server::start(TestDatabase::sqlite(), &settings).await;

    // Who trusts the first certificate is served, streams and all; who speaks in clear is not.
    let client = trusting(&certificate);
    let url = |path: &str| format!("https://localhost:{}{path}", server.address.port());
    let body = serde_json::json!({ "username": "root", "password": PASSWORD });
    let login = client.post(url("/api/auth/login")).json(&body).send();
    let login: serde_json::Value = login.await.unwrap().json().await.unwrap();
    let token = login["access_token"].as_str().unwrap();
    let body = serde_json::json!({ "text": "hello" });
    let stream = client
        .post(url("/api/chat/stream"))
        .bearer_auth(token)
        .json(&body)
        .send();
    assert!(
        stream
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("event: done")
    );
    let clear = reqwest::get(format!("http://{}/livez", server.address)).await;
    assert!(clear.is_err());

    let listen = server.address.to_string();
    let health = server
        .command(&["health", "--ready", "--listen", &listen], "")
        .await;
    assert!(health.unwrap().contains("\"status\":\"ready\""));

    // What is no pair changes nothing; what is one is used from the next connection on.
    std::fs::write(&key, "nonsense").unwrap();
    server.hang_up().await;
    assert!(
        trusting(&certificate)
            .get(url("/livez"))
            .send()
            .await
            .is_ok()
    );
    make(&certificate, &key, "second");
    let renewed = trusting(&certificate);
    assert!(renewed.get(url("/livez")).send().await.is_err());
    server.hang_up().await;
    while renewed.get(url("/livez")).send().await.is_err() {}
}

#[tokio::test]
async fn a_file_without_a_certificate_is_named() {
    super::prepare();
    let dir = tempfile::tempdir().unwrap();
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| dir.path().join(name));
    make(&certificate, &key, "first");
    std::fs::write(&certificate, "nonsense").unwrap();
    let settings = [
        ("TLS__CERTIFICATE", certificate.to_str().unwrap()),
        ("TLS__KEY", key.to_str().unwrap()),
    ];
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let told = Server::command_on(&TestDatabase::sqlite(), &settings, &serve).await;
    let told = told.unwrap_err();
    assert!(told.contains("cert.pem (tls.certificate)"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_learns_that_nobody_answers() {
    super::prepare();
    let mut server = Server::start(TestDatabase::sqlite(), &[]).await;
    let listen = server.address.to_string();
    let ask = ["health", "--listen", &listen];
    assert!(server.command(&ask, "").await.unwrap().contains("ok"));
    server.kill().await;
    let refused = server.command(&ask, "").await.unwrap_err();
    assert!(refused.contains("no server answers"), "{refused}");
}

/// A new certificate for localhost, signed by itself.
fn make(certificate: &Path, key: &Path, name: &str) {
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ])
        .args([
            "-days",
            "1",
            "-subj",
            &format!("/CN={name}"),
            "-addext",
            "subjectAltName=DNS:localhost",
        ])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(key)
        .arg("-out")
        .arg(certificate)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}

/// Somebody who trusts this certificate and no other.
fn trusting(certificate: &Path) -> reqwest::Client {
    let pem = std::fs::read(certificate).unwrap();
    let certificate = reqwest::Certificate::from_pem(&pem).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([certificate])
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}
