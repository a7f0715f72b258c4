//! `POST /api/auth/login`: a token that clients can read, or one sentence for all who get none.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};

use super::{all_faults, login, says};
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        server::{PASSWORD, Server},
    },
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    a_token_says_who_it_is(&alice).await;
    a_wrong_login_is_refused(&alice).await;
    a_faulty_login_is_told_without_its_password(&alice).await;
}

async fn a_token_says_who_it_is(alice: &Client) {
    let welcome = login(alice, "alice", PASSWORD).await;
    assert_eq!(welcome.status, 200, "{}", welcome.body);
    assert_eq!(
        welcome.body,
        json!({
            "access_token": welcome.body["access_token"],
            "user": { "id": alice.id, "username": "alice", "role": "user" },
        })
    );
    let token = welcome.body["access_token"].as_str().unwrap();
    let parts: Vec<_> = token.split('.').collect();
    let read = |part: &str| -> Value {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    assert_eq!(read(parts[0])["alg"], "HS256");
    let claims = read(parts[1]);
    assert_eq!(claims["sub"], alice.id.as_str());
    assert_eq!(claims["username"], "alice");
    assert_eq!(claims["role"], "user");
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(lifetime, 30 * 24 * 60 * 60);

    // Names are the same in any case; unknown fields are ignored.
    let body = json!({ "username": "ALICE", "password": PASSWORD, "remember": true });
    let request = alice.bare(Method::POST, "/api/auth/login").json(&body);
    assert_eq!(
        answer(request).await.unwrap().body["user"]["username"],
        "alice"
    );
}

async fn a_wrong_login_is_refused(alice: &Client) {
    let long = "x".repeat(100_000);
    for (username, password) in [
        ("alice", "wrong"),
        ("alice", ""),
        ("alice", &format!("{PASSWORD} ")),
        ("alice", "\0"),
        ("alice", &long),
        ("nobody", PASSWORD),
        ("", ""),
        ("al\0ice", PASSWORD),
        ("alice\0", PASSWORD),
        (&long, PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("%", PASSWORD),
    ] {
        says(
            &login(alice, username, password).await,
            401,
            "Invalid username or password",
        );
    }
}

async fn a_faulty_login_is_told_without_its_password(alice: &Client) {
    let post = async |body: &str| {
        let request = alice.bare(Method::POST, "/api/auth/login");
        answer(request.body(body.to_owned())).await.unwrap()
    };
    let missing = post("{}").await;
    let places: Vec<_> = all_faults(&missing)
        .iter()
        .map(|fault| fault["loc"].clone())
        .collect();
    assert_eq!(
        places,
        [json!(["body", "username"]), json!(["body", "password"])]
    );
    for body in [
        r#"{"username":"alice"}"#,
        r#"{"username":"alice","password":null}"#,
        r#"{"username":["alice"],"password":"x"}"#,
        "[]",
        "alice:secret",
        "",
    ] {
        all_faults(&post(body).await);
    }
    // What was typed as a password is not sent back.
    for body in [
        json!({ "username": 5, "password": "hunter2" }),
        json!({ "password": "hunter2" }),
        json!({ "username": "alice", "password": ["hunter2"] }),
        json!(["hunter2"]),
    ] {
        let refused = post(&body.to_string()).await;
        all_faults(&refused);
        assert!(!refused.body.to_string().contains("hunter2"), "{body}");
    }
    let flood = json!({ "username": "alice", "password": "x".repeat(2 << 20) });
    says(
        &post(&flood.to_string()).await,
        413,
        "Request body too large",
    );
}

on_both_databases!(check);
