//! Auditors and admins lay holds and release them, saying why; nobody else does, and what is wrong is told.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ECHO, on_both_databases, short};
use crate::support::{
    client::{Client, answer},
    databases::TestDatabase,
    server::Server,
};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    alice.say(&alice.conversation(1), "hello").await;
    let thread = aggregates::ThreadId::named(&alice.conversation(1)).to_string();
    nobody_else_lays_or_releases_one(&server, &alice, &thread).await;
    let ada = server.user_as("ada", "auditor").await;
    what_is_wrong_is_told(&ada, &thread).await;
    holds_are_listed_and_paged(&ada, &alice, &thread).await;
}

async fn nobody_else_lays_or_releases_one(server: &Server, alice: &Client, thread: &str) {
    let reason = json!({ "reason": "curious" });
    let writes = [
        format!("/api/audit/threads/{thread}/hold"),
        format!("/api/audit/users/{}/hold", alice.id),
        format!("/api/audit/holds/{NOBODY}/release"),
        format!("/api/audit/threads/{thread}/erase"),
    ];
    let mut others = vec![alice.clone()];
    for role in ["support", "staff"] {
        others.push(server.user_as(role, role).await);
    }
    for path in &writes {
        let stranger = alice.bare(Method::POST, path).json(&reason);
        assert_eq!(answer(stranger).await.unwrap().status, 401, "{path}");
        for other in &others {
            let refused = other.post(path, &reason).await;
            assert_eq!(refused.status, 403, "{path}: {}", refused.body);
        }
    }
    for other in &others {
        assert_eq!(other.get("/api/audit/holds").await.status, 403);
    }
    assert_eq!(alice.history(&alice.conversation(1)).await.len(), 2);
}

async fn what_is_wrong_is_told(ada: &Client, thread: &str) {
    let at = format!("/api/audit/threads/{thread}/hold");
    for (body, sentence) in [
        (json!({}), "reason must say in 1 to 500 characters why"),
        (
            json!({ "reason": " " }),
            "reason must say in 1 to 500 characters why",
        ),
        (
            json!({ "reason": "x".repeat(501) }),
            "reason must say in 1 to 500 characters why",
        ),
        (json!([]), "The body must be a JSON object with a reason"),
        (
            json!({ "reason": "x", "matter": 7 }),
            "matter must have 1 to 200 characters",
        ),
        (
            json!({ "reason": "x", "mater": "7" }),
            "There is no field \"mater\"; there are reason, matter",
        ),
    ] {
        let wrong = ada.post(&at, &body).await;
        let told = (wrong.status.as_u16(), &wrong.body);
        assert_eq!(told, (400, &json!({ "detail": sentence })));
    }
    let long = json!({ "reason": "x".repeat(20_000) });
    assert_eq!(ada.post(&at, &long).await.status, 413);
    let reason = json!({ "reason": "A claim" });
    for path in [
        format!("/api/audit/threads/{NOBODY}/hold"),
        "/api/audit/threads/x/hold".to_owned(),
        format!("/api/audit/users/{NOBODY}/hold"),
        "/api/audit/users/x/hold".to_owned(),
        format!("/api/audit/holds/{NOBODY}/release"),
        "/api/audit/holds/x/release".to_owned(),
    ] {
        let nobodys = ada.post(&path, &reason).await;
        assert_eq!(nobodys.status, 404, "{path}: {}", nobodys.body);
    }
    for (query, sentence) in [
        ("state=old", "state must be one of active, released, all"),
        ("thread=x", "thread must be a UUID"),
        (
            "user=user_0123456789abcdef",
            "user must be a UUID, or the id of an account that begins with user_",
        ),
        ("after=x", "after must be a position of this log, as digits"),
        ("limit=0", "limit must be 1 to 200"),
    ] {
        let wrong = ada.get(&format!("/api/audit/holds?{query}")).await;
        let told = (wrong.status.as_u16(), &wrong.body);
        assert_eq!(told, (400, &json!({ "detail": sentence })));
    }
}

async fn holds_are_listed_and_paged(ada: &Client, alice: &Client, thread: &str) {
    let at = format!("/api/audit/threads/{thread}/hold");
    let lay = async |body: &Value| {
        let request = ada
            .request(Method::POST, &at)
            .header("idempotency-key", "one");
        answer(request.json(body)).await.unwrap()
    };
    let claim = json!({ "reason": "A claim", "matter": "17/3" });
    let first = lay(&claim).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(
        (
            &first.body["kind"],
            &first.body["subject"],
            &first.body["by"]
        ),
        (&json!("thread"), &json!(thread), &json!(ada.id))
    );
    // The same request lays the same hold; another one of its name none.
    assert_eq!(lay(&claim).await.body["hold"], first.body["hold"]);
    let other = lay(&json!({ "reason": "Another" })).await;
    assert_eq!(other.status, 409, "{}", other.body);
    let of_alice = format!("/api/audit/users/{}/hold", short(alice).id);
    let second = ada.post(&of_alice, &json!({ "reason": "A second" })).await;
    assert_eq!(second.status, 201, "{}", second.body);
    assert_eq!(second.body["subject"], json!(alice.id));

    let ids = |page: &Value| -> Vec<Value> {
        let holds = page["holds"].as_array().unwrap().iter();
        holds.map(|hold| hold["hold"].clone()).collect()
    };
    let page = ada.get("/api/audit/holds?limit=1").await.body;
    assert_eq!(ids(&page), [first.body["hold"].clone()]);
    let next = page["next"].as_str().unwrap();
    let page = ada
        .get(&format!("/api/audit/holds?limit=1&after={next}"))
        .await
        .body;
    assert_eq!(ids(&page), [second.body["hold"].clone()]);
    for id in [&alice.id, &short(alice).id] {
        let page = ada.get(&format!("/api/audit/holds?user={id}")).await.body;
        assert_eq!(ids(&page), [second.body["hold"].clone()]);
    }
    let page = ada
        .get(&format!("/api/audit/holds?thread={thread}"))
        .await
        .body;
    assert_eq!(ids(&page), [first.body["hold"].clone()]);
    assert_eq!(
        page["holds"][0]["erasures"],
        json!({ "count": 0, "first": [] })
    );
    // It is in the thread's trail, and says nothing to its owner.
    let trail = ada
        .get(&format!("/api/audit/threads/{thread}/events"))
        .await
        .body;
    let last = trail["events"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["type"], &last["data"]["reason"]),
        (&json!("thread.held"), &json!("A claim"))
    );
    assert_eq!(alice.history(&alice.conversation(1)).await.len(), 2);

    let hold = first.body["hold"].as_str().unwrap();
    let at = format!("/api/audit/holds/{hold}/release");
    let released = ada.post(&at, &json!({ "reason": "Settled" })).await;
    assert_eq!(released.status, 200, "{}", released.body);
    assert_eq!(released.body["released"]["by"], json!(ada.id));
    let again = ada.post(&at, &json!({ "reason": "Settled" })).await;
    assert_eq!(again.status, 404, "{}", again.body);
    let page = ada.get("/api/audit/holds?state=all").await.body;
    assert_eq!(ids(&page).len(), 2);
    let page = ada.get("/api/audit/holds?state=released").await.body;
    assert_eq!(ids(&page), [first.body["hold"].clone()]);
}

on_both_databases!(check);
