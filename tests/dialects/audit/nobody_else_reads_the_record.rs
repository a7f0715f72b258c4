//! Auditors and admins are let in; users, moderators and staff are not, nor is anybody unknown.

use reqwest::Method;
use serde_json::json;

use super::{ECHO, on_both_databases};
use crate::support::{client::answer, databases::TestDatabase, server::Server};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    alice.say(&alice.conversation(1), "hello").await;
    let thread = aggregates::ThreadId::named(&alice.conversation(1));
    let paths = [
        "/api/audit/events".to_owned(),
        format!("/api/audit/events?thread={thread}"),
        format!("/api/audit/threads/{thread}/events"),
        format!("/api/audit/completions/{thread}/events"),
        format!("/api/audit/events?completion={thread}"),
        format!("/api/audit/threads/{thread}/at"),
        format!("/api/audit/threads/{thread}/diff"),
        format!("/api/audit/threads/{thread}/replies/{thread}/context"),
        format!("/api/audit/users/{}/threads/at", alice.id),
        "/api/audit/schema".to_owned(),
        "/api/audit/checkpoint".to_owned(),
        "/api/audit/proofs/inclusion?position=1".to_owned(),
        "/api/audit/proofs/consistency?from=1".to_owned(),
    ];
    let mut others = vec![alice.clone()];
    for role in ["support", "staff"] {
        others.push(server.user_as(role, role).await);
    }
    for path in &paths {
        let stranger = answer(alice.bare(Method::GET, path)).await.unwrap();
        assert_eq!(stranger.status, 401, "{path}");
        for other in &others {
            // A reason opens nothing to those who may not ask.
            let request = other
                .request(Method::GET, path)
                .header("x-audit-reason", "curious");
            let refused = answer(request).await.unwrap();
            assert_eq!(refused.status, 403, "{path}: {}", refused.body);
            assert!(
                refused.body["detail"]
                    .as_str()
                    .unwrap()
                    .starts_with("Only auditors")
            );
        }
    }
    for role in ["auditor", "admin"] {
        let somebody = server.user_as(role, role).await;
        for path in &paths {
            let shown = somebody.get(path).await;
            assert!(
                shown.status == 200 || shown.status == 404,
                "{path}: {}",
                shown.body
            );
        }
        for (path, sentence) in [
            (
                "/api/audit/events?after=x",
                "after must be a position of this log, as digits",
            ),
            ("/api/audit/events?limit=0", "limit must be 1 to 100000"),
            ("/api/audit/events?thread=x", "thread must be a UUID"),
            (
                "/api/audit/events?from=yesterday",
                "from must be a time as in 2026-01-31T12:00:00Z",
            ),
            (
                "/api/audit/events?type=message.sent,message.snet",
                "there is no type of events \"message.snet\"; /api/audit/schema lists them",
            ),
            (
                "/api/audit/events?type=%00",
                "there is no type of events \"\\0\"; /api/audit/schema lists them",
            ),
            (
                "/api/audit/events?type=message.*",
                "there is no type of events \"message.*\"; /api/audit/schema lists them",
            ),
            ("/api/audit/proofs/inclusion", "position is missing"),
        ] {
            let wrong = somebody.get(path).await;
            assert_eq!(
                (wrong.status.as_u16(), &wrong.body),
                (400, &json!({ "detail": sentence }))
            );
        }
        for path in ["at", "events", "diff"] {
            for id in ["x", "00000000-0000-7000-8000-000000000000"] {
                let nobodys = somebody
                    .get(&format!("/api/audit/threads/{id}/{path}"))
                    .await;
                assert_eq!(nobodys.status, 404, "{path}");
            }
        }
    }
}

on_both_databases!(check);
