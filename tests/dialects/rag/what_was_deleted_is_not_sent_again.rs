//! A request that comes again after what it sent was deleted brings nothing back; when that is erased, it is a new one.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{client::eventually, databases::TestDatabase, server::Server},
};

const GONE: &str = "What this request sent was deleted since";
const OTHER: &str = "This Idempotency-Key was used with another request body";
const URL: &str = "/api/v1/ingest/upload/url";
const PROCESS: &str = "/api/v1/ingest/process";
const SESSION: &str = "/api/v1/session";
const TEXT: &str = "/api/v1/ingest/text?wait=true";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let ada = server.user_as("ada", "auditor").await;
    // What is deleted is erased when this ends.
    let hold = format!("/api/audit/users/{}/hold", alice.id);
    let reason = json!({ "reason": "A claim" });
    let hold = gives(ada.post(&hold, &reason).await, 201);
    let hold = hold["hold"].as_str().unwrap();

    let announced = json!({ "filename": "a.txt", "contentType": "text/plain", "contentSize": 3 });
    let upload = gives(send(&alice, URL, &announced).await, 200);
    let (url, key) = signed(&alice, &upload);
    gives(put(&alice, &url, b"abc").await, 200);
    let process = json!({ "key": key, "session_id": "s" });
    assert_eq!(taken(send(&alice, PROCESS, &process).await), key);
    let text = json!({ "session_id": "s", "filename": "a.md", "content": "Ibexes climb." });
    let first = taken(send(&alice, TEXT, &text).await);
    // The same bytes under another name of a request are the same document.
    let twice = || {
        let request = alice.request(Method::POST, TEXT).json(&text);
        answer(request.header("idempotency-key", "twice"))
    };
    assert_eq!(taken(twice().await.unwrap()), first);
    let label = json!({ "label": "Goats" });
    let made = gives(send(&alice, SESSION, &label).await, 201);
    let made = made["data"]["id"].as_str().unwrap();
    let (in_s, in_t) = (question("s", "And ibexes?"), question("t", "And goats?"));
    gives(send(&alice, COMPLETIONS, &in_s).await, 200);
    let other_key = || {
        let request = alice.request(Method::POST, COMPLETIONS).json(&in_t);
        answer(request.header("idempotency-key", "t"))
    };
    gives(other_key().await.unwrap(), 200);

    for path in [
        "/api/v1/session/s",
        &format!("/api/v1/session/{made}"),
        "/api/v1/chat/t",
    ] {
        gives(alice.delete(path).await, 204);
    }
    tells(send(&alice, SESSION, &label).await, 404, GONE);
    for refused in [
        send(&alice, COMPLETIONS, &in_s).await,
        other_key().await.unwrap(),
    ] {
        let told = json!({ "success": false, "error": GONE });
        assert_eq!(gives(refused, 404), told);
    }
    assert_eq!(history(&alice, "t").await, []);
    for (path, body) in [(URL, &announced), (PROCESS, &process), (TEXT, &text)] {
        tells(send(&alice, path, body).await, 404, GONE);
        let mut other = body.clone();
        other["filename"] = json!("other.md");
        tells(send(&alice, path, &other).await, 409, OTHER);
    }
    tells(twice().await.unwrap(), 404, GONE);
    let listed = gives(alice.get(SESSION).await, 200);
    let names: Vec<_> = listed.as_array().unwrap().iter().collect();
    assert!(names.len() == 1 && names[0]["id"] == "t", "{names:?}");

    let release = format!("/api/audit/holds/{hold}/release");
    gives(ada.post(&release, &reason).await, 200);
    let sends_again = async |path: &str, body: &Value| {
        eventually(async || send(&alice, path, body).await.status.is_success()).await;
        send(&alice, path, body).await
    };
    let anew = taken(sends_again(TEXT, &text).await);
    assert_ne!(anew, first);
    assert_eq!(status(&alice, &anew).await["status"], "completed");
    assert!(
        ask(&alice, "s", "What do ibexes do?")
            .await
            .contains("climb")
    );
    let upload = gives(sends_again(URL, &announced).await, 200);
    let (url, another) = signed(&alice, &upload);
    assert_ne!(another, key);
    gives(put(&alice, &url, b"abc").await, 200);
    let made = gives(sends_again(SESSION, &label).await, 201);
    assert_eq!(made["data"]["label"], "Goats");
    gives(sends_again(COMPLETIONS, &in_s).await, 200);
    assert_eq!(history(&alice, "s").await.len(), 4);
}

/// With a key, which is another one on each route.
async fn send(who: &Client, path: &str, body: &Value) -> Answer {
    let request = who.request(Method::POST, path).json(body);
    answer(request.header("idempotency-key", "k"))
        .await
        .unwrap()
}

on_both_databases!(check);
