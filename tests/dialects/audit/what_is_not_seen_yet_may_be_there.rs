//! While the views are behind, nobody is told that something is not there: it may have been made a moment ago.

use reqwest::StatusCode;
use serde_json::json;

use super::{ECHO, on_both_databases, short};
use crate::support::{
    client::{Answer, eventually},
    databases::TestDatabase,
    server::Server,
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let ada = server.user_as("ada", "auditor").await;
    let alice = server.user("alice").await;
    let reason = json!({ "reason": "A claim" });
    let path = format!("/api/audit/users/{}/hold", alice.id);
    assert_eq!(ada.post(&path, &reason).await.status, 201);
    let mut other = server.meddler().await;
    other.hold().await;
    let bob = short(&server.user("bob").await).id;
    // At the terminal, so that the server has not heard of it.
    let claim = ["--as", "ada", "--reason", "Another claim"];
    let lay = [&["audit", "hold", "--user", &alice.id][..], &claim].concat();
    server.command(&lay, "").await.unwrap();
    let nobody = "00000000-0000-7000-8000-000000000000";
    let (threads, feed, holds) = (
        format!("/api/audit/users/{bob}/threads/at"),
        format!("/api/audit/events?user={bob}"),
        format!("/api/audit/holds?user={bob}"),
    );
    let all = "/api/audit/holds".to_owned();
    let of_alice = format!("/api/audit/users/{}/threads/at", alice.id);
    let (hold, release, hook) = (
        format!("/api/audit/users/{bob}/hold"),
        format!("/api/audit/holds/{nobody}/release"),
        format!("/api/audit/webhooks/{nobody}"),
    );
    let answers = tokio::join!(
        ada.get(&threads),
        ada.get(&feed),
        ada.get(&holds),
        ada.get(&all),
        ada.get(&of_alice),
        ada.post(&hold, &reason),
        ada.post(&release, &reason),
        ada.get(&hook),
    );
    let (threads_at, feed_of, holds_of, listed, alices, held, released, hooked) = answers;
    for refused in [
        threads_at, feed_of, holds_of, listed, alices, held, released, hooked,
    ] {
        is_not_known_yet(&refused);
    }
    // Who has no right to anything is told so, whatever it is.
    for path in [&threads, &feed, &holds, &all, &hook] {
        assert_eq!(alice.get(path).await.status, 403, "{path}");
    }
    for path in [&hold, &release, &format!("{hook}/rotate")] {
        assert_eq!(alice.post(path, &reason).await.status, 403, "{path}");
    }
    other.let_go().await;
    eventually(async || ada.get(&threads).await.status == 200).await;
    for path in [&feed, &holds, &of_alice] {
        let shown = ada.get(path).await;
        assert_eq!(shown.status, 200, "{path}: {}", shown.body);
    }
    let listed = ada.get(&all).await;
    let reasons = listed.body["holds"].as_array().unwrap().iter();
    let reasons: Vec<_> = reasons.map(|hold| &hold["reason"]).collect();
    assert_eq!(reasons, ["A claim", "Another claim"]);
    assert_eq!(ada.post(&hold, &reason).await.status, 201);
    assert_eq!(ada.post(&release, &reason).await.status, 404);
    assert_eq!(ada.get(&hook).await.status, 404);
}

#[track_caller]
fn is_not_known_yet(answer: &Answer) {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(answer.status, unavailable, "{}", answer.body);
    assert_eq!(answer.headers["retry-after"], "1");
    let says = answer.body["detail"].as_str().unwrap();
    assert!(says.contains("behind"), "{says}");
}

on_both_databases!(check);
