//! An admin says how long a project's content is kept; auditors see it, and nobody else.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ECHO, on_both_databases};
use crate::support::{
    client::{Answer, Client, answer, eventually},
    databases::TestDatabase,
    server::Server,
};

async fn put(who: &Client, project: &str, body: &Value) -> Answer {
    let path = format!("/api/audit/retention/projects/{project}");
    answer(who.request(Method::PUT, &path).json(body))
        .await
        .unwrap()
}

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let boss = server.user_as("boss", "admin").await;
    let ada = server.user_as("ada", "auditor").await;
    let alice = server.user("alice").await;
    let made = boss
        .post("/api/v1/projects", &json!({ "name": "house" }))
        .await;
    let project = made.body["id"].as_str().unwrap_or_default().to_owned();
    assert!(!project.is_empty(), "{}", made.body);

    let week = json!({ "content_days": 7 });
    for who in [&alice, &ada] {
        assert_eq!(put(who, &project, &week).await.status, 403);
    }
    assert_eq!(alice.get("/api/audit/retention").await.status, 403);
    let wrong = [
        json!({}),
        json!([]),
        json!({ "content_days": 0 }),
        json!({ "content_days": 36_501 }),
        json!({ "content_days": "7" }),
        json!({ "content_days": 7, "days": 8 }),
    ];
    for body in wrong {
        let refused = put(&boss, &project, &body).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.body);
        assert!(
            refused.body["detail"]
                .as_str()
                .unwrap()
                .contains("content_days")
        );
    }
    for nobodys in ["proj_none", "proj_0123456789abcdef", "%00", "x%00"] {
        let none = put(&boss, nobodys, &week).await;
        assert_eq!(none.status, 404, "{nobodys}: {}", none.body);
    }

    let set = put(&boss, &project, &week).await;
    assert_eq!(set.status, 200, "{}", set.body);
    assert_eq!(set.body["content_days"], 7);
    let kept = async || ada.get("/api/audit/retention").await.body;
    let is_there = json!([{ "project": project, "content_days": 7 }]);
    eventually(async || kept().await["projects"] == is_there).await;
    assert_eq!(kept().await["content_days"], json!(null));
    let taken = put(&boss, &project, &json!({ "content_days": null })).await;
    assert_eq!(taken.status, 200, "{}", taken.body);
    eventually(async || kept().await["projects"] == json!([])).await;
}

on_both_databases!(check);
