//! `Idempotency-Key`: what was asked once is answered again, whatever would be said to such a request by now.

use super::*;
use crate::{
    dialects::{assistant::upstream, on_both_databases},
    support::{databases::TestDatabase, scripted::Scripted},
};

async fn asked(who: &Client, name: &str, policy: &str) -> Answer {
    let request = who.request(Method::POST, COMPLETIONS);
    let request = request.header("idempotency-key", name);
    let request = request.header("turn-policy", policy);
    answer(request.json(&question("s", "How many phases has mitosis?")))
        .await
        .unwrap()
}

async fn check(database: TestDatabase) {
    let upstream = Scripted::start([upstream::whole("Four. [1]")]).await;
    let (server, alice) = upstream::server(database, &upstream).await;
    let staff = server.user_as("stella", "staff").await;
    ingest(&alice, "s", "biology.md", "Mitosis has four phases.").await;
    let told = gives(asked(&alice, "q-1", "queue").await, 200);
    assert_eq!(told["data"], "Four. [1]");

    let wrong = "Turn-Policy must be queue, reject or interrupt";
    let wrong = json!({ "success": false, "error": wrong });
    assert_eq!(gives(asked(&alice, "q-2", "never").await, 422), wrong);
    let used_up = json!({ "user_uuid": alice.id, "daily_limit": 1 });
    let set = staff.post("/api/chat-quota/set_quota/", &used_up).await;
    gives(set, 200);
    let refused = asked(&alice, "q-2", "queue").await;
    assert!(refused.headers.contains_key("retry-after"));
    gives(refused, 429);
    for policy in ["queue", "never"] {
        assert_eq!(gives(asked(&alice, "q-1", policy).await, 200), told);
    }
    assert_eq!(history(&alice, "s").await.len(), 2);
    assert_eq!(upstream.received().len(), 1);
}

on_both_databases!(check);
