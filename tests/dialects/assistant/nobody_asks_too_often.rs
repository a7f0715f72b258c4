//! Limits: who asks too often waits, and nobody else does.

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::says;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        client::{Answer, Client, answer},
        databases::TestDatabase,
        server::{PASSWORD, Server},
    },
};

async fn check(database: TestDatabase) {
    let settings = [
        ECHO,
        ("LIMITS__REQUESTS_PER_USER", "1"),
        ("TRUSTED_PROXIES", "127.0.0.0/8"),
    ];
    let server = Server::start(database, &settings).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    a_user_who_asks_too_often_is_told_when_to_come_again(&alice, &bob).await;
    whoever_guesses_passwords_waits_and_the_others_get_in(&alice).await;
    without_limits_for_what_operators_ask(&alice).await;
}

async fn a_user_who_asks_too_often_is_told_when_to_come_again(alice: &Client, bob: &Client) {
    let answers = join_all((0..40).map(|_| alice.get("/api/auth/me"))).await;
    let (served, refused): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|answer| answer.status == StatusCode::OK);
    assert!(served.len() >= 10, "{}", served.len());
    assert!(!refused.is_empty());
    refused.iter().for_each(is_too_often);
    assert_eq!(bob.get("/api/auth/me").await.status, 200);
}

/// 200 wrong logins at once from one address, under one name and under many.
async fn whoever_guesses_passwords_waits_and_the_others_get_in(nobody: &Client) {
    let guesses = (0..200).map(|nth| {
        let name = if nth % 2 == 0 {
            "alice".to_owned()
        } else {
            format!("user {nth}")
        };
        async move { login(nobody, "198.51.100.1", &name, "wrong").await }
    });
    let others = async {
        for (address, name) in [("198.51.100.2", "alice"), ("198.51.100.3", "bob")] {
            let answer = login(nobody, address, name, PASSWORD).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        }
    };
    let (guesses, ()) = tokio::join!(join_all(guesses), others);
    let (checked, refused): (Vec<_>, Vec<_>) = guesses
        .into_iter()
        .partition(|answer| answer.status == StatusCode::UNAUTHORIZED);
    assert!(checked.len() < 150, "{}", checked.len());
    refused.iter().for_each(is_too_often);
    // What the attacker says of where it is, on its own, changes nothing.
    let pretend = || login(nobody, "198.51.100.9, 198.51.100.1", "alice", "wrong");
    let pretended = join_all((0..50).map(|_| pretend())).await;
    assert!(pretended.iter().any(|answer| answer.status == 429));
}

async fn without_limits_for_what_operators_ask(nobody: &Client) {
    for answer in join_all((0..50).map(|_| nobody.get("/livez"))).await {
        assert_eq!(answer.status, 200);
    }
}

/// Who has somebody's token cannot try password after password with it.
async fn a_token_opens_no_door_to_guessing(database: TestDatabase) {
    let settings = [
        ECHO,
        ("LIMITS__LOGINS_PER_USER", "3"),
        ("TRUSTED_PROXIES", "127.0.0.0/8"),
    ];
    let server = Server::start(database, &settings).await;
    let alice = server.user("alice").await;
    let change = async |address: &str, current: &str| {
        let body = json!({ "current_password": current, "new_password": "another one" });
        let request = alice.request(Method::POST, "/api/auth/change-password");
        let request = request.json(&body).header("x-forwarded-for", address);
        answer(request).await.unwrap()
    };
    let wrong = change("198.51.100.1", "wrong").await;
    says(&wrong, 400, "Current password is incorrect");
    is_too_often(&change("198.51.100.1", PASSWORD).await);
    let leave = alice.request(Method::DELETE, "/api/auth/me");
    let leave = leave.json(&json!({ "password": PASSWORD }));
    let leave = leave.header("x-forwarded-for", "198.51.100.1");
    is_too_often(&answer(leave).await.unwrap());
    // Its owner, elsewhere, is not held up.
    let changed = change("198.51.100.2", PASSWORD).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
}

#[track_caller]
fn is_too_often(answer: &Answer) {
    says(answer, 429, "Too many requests; try again later");
    let seconds: u64 = answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

/// A login by way of a proxy that names this address.
async fn login(who: &Client, address: &str, name: &str, password: &str) -> Answer {
    let body = json!({ "username": name, "password": password });
    let request = who.bare(Method::POST, "/api/auth/login").json(&body);
    answer(request.header("x-forwarded-for", address))
        .await
        .unwrap()
}

on_both_databases!(check);

mod with_a_token {
    use super::{a_token_opens_no_door_to_guessing, on_both_databases};

    on_both_databases!(a_token_opens_no_door_to_guessing);
}
