//! Nothing is configured: the server makes an account, says how to use it, and ends when it is told to.

use reqwest::StatusCode;
use serde_json::json;

use super::on_both_databases;
use crate::support::{client::Client, databases::TestDatabase, server::Server};

async fn journey(database: TestDatabase) {
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
    let key = server.data().join("keys/server.key");
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(key).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);

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
