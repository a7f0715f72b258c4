//! `POST /api/auth/register`: who may, which names and passwords, and that a name is taken once.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{all_faults, login, says};
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        client::{Answer, Client, answer, eventually},
        databases::TestDatabase,
        server::{PASSWORD, Server},
    },
};

const CLOSED: &str = "Registration is not available";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let somebody = Client::new(server.address, String::new(), String::new());
    a_faulty_request_is_told_without_its_password(&somebody).await;
    a_bad_name_or_password_is_refused(&somebody).await;
    an_account_is_made_and_can_be_used_at_once(&somebody).await;
    a_name_is_taken_once(&somebody).await;
    the_same_request_makes_one_account(&somebody).await;
    it_is_answered_again_where_the_account_is_not_seen_yet(&server, &somebody).await;
    what_ended_since_is_told(&server, &somebody).await;
}

async fn nobody_registers_before_the_first_user(database: TestDatabase) {
    // The first start makes an account that nobody has used yet.
    let server = Server::start_bare(database, &[ECHO]).await;
    let somebody = Client::new(server.address, String::new(), String::new());
    says(&register(&somebody, "eve", PASSWORD).await, 403, CLOSED);
    let line = server
        .greeting
        .iter()
        .find(|line| line.contains("with the password"));
    let (_, after) = line.unwrap().split_once("with the password ").unwrap();
    let password = after.split(' ').next().unwrap();
    assert_eq!(login(&somebody, "admin", password).await.status, 200);
    assert_eq!(register(&somebody, "ada", PASSWORD).await.status, 200);
}

async fn nobody_registers_where_it_is_closed(database: TestDatabase) {
    let server = Server::start(database, &[ECHO, ("REGISTRATION", "closed")]).await;
    let somebody = Client::new(server.address, String::new(), String::new());
    says(&register(&somebody, "eve", PASSWORD).await, 403, CLOSED);
    // Not even whether the name is taken is told.
    says(&register(&somebody, "root", PASSWORD).await, 403, CLOSED);
    assert_eq!(login(&somebody, "eve", PASSWORD).await.status, 401);
}

async fn register(who: &Client, username: &str, password: &str) -> Answer {
    let body = json!({ "username": username, "password": password });
    answer(who.bare(Method::POST, "/api/auth/register").json(&body))
        .await
        .unwrap()
}

async fn a_faulty_request_is_told_without_its_password(somebody: &Client) {
    let post = async |body: String| {
        let request = somebody.bare(Method::POST, "/api/auth/register").body(body);
        answer(request).await.unwrap()
    };
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"username":"ada"}"#,
        r#"{"username":null,"password":"hunter22"}"#,
    ] {
        let refused = post(body.to_owned()).await;
        all_faults(&refused);
        assert!(!refused.body.to_string().contains("hunter22"), "{body}");
    }
    let flood = json!({ "username": "ada", "password": "x".repeat(2 << 20) });
    says(
        &post(flood.to_string()).await,
        413,
        "Request body too large",
    );
}

async fn a_bad_name_or_password_is_refused(somebody: &Client) {
    let name = "A user name has 1 to 150 characters, without control and invisible characters, and no space at its ends";
    for bad in [
        "",
        " ada",
        "ada ",
        "a\nda",
        "a\0da",
        "ada\u{200b}",
        "\u{202e}ada",
        &"a".repeat(151),
    ] {
        says(&register(somebody, bad, PASSWORD).await, 400, name);
    }
    for (bad, sentence) in [
        ("", "A password has at least 8 characters"),
        ("1234567", "A password has at least 8 characters"),
        ("äöüßäöü", "A password has at least 8 characters"),
        (
            "1234567\0",
            "A password has 1 to 1024 bytes and no NUL character",
        ),
        (
            &"x".repeat(1025),
            "A password has 1 to 1024 bytes and no NUL character",
        ),
    ] {
        says(&register(somebody, "ada", bad).await, 400, sentence);
    }
}

async fn an_account_is_made_and_can_be_used_at_once(somebody: &Client) {
    let body = json!({ "username": "Žofie", "password": "12345678", "role": "admin", "later": 1 });
    let made = answer(
        somebody
            .bare(Method::POST, "/api/auth/register")
            .json(&body),
    )
    .await
    .unwrap();
    assert_eq!(made.status, 200, "{}", made.body);
    let user = made.body["user"].clone();
    assert_eq!(
        made.body,
        json!({ "user": { "id": user["id"], "username": "Žofie", "role": "user" } })
    );
    let welcome = login(somebody, "žofie", "12345678").await;
    assert_eq!(welcome.body["user"], user);
    let token = welcome.body["access_token"].as_str().unwrap();
    let sent = somebody
        .with_key(token)
        .post("/api/chat", &json!({ "text": "hello" }))
        .await;
    assert_eq!(sent.status, 200, "{}", sent.body);
}

async fn a_name_is_taken_once(somebody: &Client) {
    let at_once = join_all((0..4).map(|_| register(somebody, "grace", PASSWORD))).await;
    let made = |answer: &&Answer| answer.status == 200;
    assert_eq!(at_once.iter().filter(made).count(), 1);
    for refused in at_once.iter().filter(|answer| answer.status != 200) {
        says(refused, 409, "Username already exists");
    }
    for name in ["grace", "GRACE", "Root", "root"] {
        let taken = register(somebody, name, "another password").await;
        says(&taken, 409, "Username already exists");
    }
    assert_eq!(login(somebody, "grace", PASSWORD).await.status, 200);
    let wrong: Value = login(somebody, "grace", "another password").await.body;
    assert_eq!(wrong["detail"], "Invalid username or password");
}

async fn the_same_request_makes_one_account(somebody: &Client) {
    let keyed = async |username: &str, password: &str| keyed(somebody, username, password).await;
    let at_once = join_all((0..3).map(|_| keyed("henry", PASSWORD))).await;
    for made in at_once {
        assert_eq!(made.status, 200, "{}", made.body);
        assert_eq!(made.body, keyed("henry", PASSWORD).await.body);
    }
    let taken = "Username already exists";
    says(&keyed("henry", "another password").await, 409, taken);
    says(&register(somebody, "henry", PASSWORD).await, 409, taken);
    // Who is nobody yet shares no keys with others who are.
    let other = keyed("irene", PASSWORD).await;
    assert_eq!(other.body["user"]["username"], "irene");
}

async fn it_is_answered_again_where_the_account_is_not_seen_yet(
    server: &Server,
    somebody: &Client,
) {
    let mut other = server.meddler().await;
    other.hold().await;
    let first = keyed(somebody, "Jane", PASSWORD).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let (again, wrong) = tokio::join!(
        keyed(somebody, "Jane", PASSWORD),
        keyed(somebody, "Jane", "another password"),
    );
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(again.body, first.body);
    for stale in [first, again] {
        assert_eq!(stale.headers["x-colloquy-stale"], "1");
    }
    says(&wrong, 409, "Username already exists");
    other.let_go().await;
    let seen = async || login(somebody, "jane", PASSWORD).await.status == 200;
    eventually(seen).await;
}

async fn what_ended_since_is_told(server: &Server, somebody: &Client) {
    let made = keyed(somebody, "Kate", PASSWORD).await;
    let kate = made.body["user"]["id"].as_str().unwrap();
    // Under a hold the erasure waits, which forgets the request.
    let auditor = server.user_as("otto", "auditor").await;
    let hold = format!("/api/audit/users/{kate}/hold");
    let held = auditor.post(&hold, &json!({ "reason": "A claim" })).await;
    assert_eq!(held.status, 201, "{}", held.body);
    let token = login(somebody, "kate", PASSWORD).await.body["access_token"].clone();
    let leave = somebody.with_key(token.as_str().unwrap());
    let leave = leave.request(Method::DELETE, "/api/auth/me");
    let left = answer(leave.json(&json!({ "password": PASSWORD }))).await;
    assert_eq!(left.unwrap().status, 200);
    says(
        &keyed(somebody, "Kate", PASSWORD).await,
        404,
        "The account that this request has made was deleted since; to make it again, use another Idempotency-Key",
    );
}

/// A named request.
async fn keyed(who: &Client, username: &str, password: &str) -> Answer {
    let body = json!({ "username": username, "password": password });
    let request = who.bare(Method::POST, "/api/auth/register");
    let request = request.header("idempotency-key", "k").json(&body);
    answer(request).await.unwrap()
}

on_both_databases!(check);

mod before_the_first_user {
    use super::*;
    on_both_databases!(nobody_registers_before_the_first_user);
}

mod where_it_is_closed {
    use super::*;
    on_both_databases!(nobody_registers_where_it_is_closed);
}
