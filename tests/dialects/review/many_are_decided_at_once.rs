//! A flood is dismissed with one request, by whoever has seen how much it is.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

async fn bulk(who: &Client, query: &str, body: Value) -> Answer {
    post(who, &format!("{CASES}/bulk{query}"), &body).await
}

async fn check(database: TestDatabase) {
    let people = People::of(Server::start(database, &[ECHO]).await).await;
    let (mia, max) = (&people.mia, &people.max);
    let mut flood = vec![];
    for _ in 0..3 {
        flood.push(said(&people.ann, MEDIUM).await);
    }
    let worst = said(&people.ann, CRITICAL).await;
    let meant = |expected: Value| {
        json!({
            "filter": { "severity": "medium" },
            "decision": "dismiss",
            "reason": "A game.",
            "expected_count": expected,
        })
    };
    let counted = ok(bulk(mia, "?preview=true", meant(Value::Null)).await);
    assert_eq!(counted, json!({ "count": 3 }));
    let blind = bulk(mia, "", meant(Value::Null)).await;
    assert_eq!(blind.status, 400);
    assert!(blind.body["expected_count"].is_array());
    details(
        &bulk(mia, "", meant(json!(2))).await,
        409,
        "3 cases are meant, not 2.",
    );
    let mut alone = meant(json!(2));
    alone["filter"]["severity"] = json!("critical");
    details(&bulk(mia, "", alone).await, 409, "1 case is meant, not 2.");
    ok(act(max, &flood[0], "claim", json!({})).await);
    let ids = json!({
        "ids": flood,
        "decision": "dismiss",
        "reason": "A game.",
        "expected_count": 3,
    });
    let done = ok(bulk(mia, "", ids).await);
    assert_eq!(done["decided"], 2);
    assert_eq!(
        done["failed"],
        json!([{ "uuid": flood[0], "detail": "max works on this case." }])
    );
    let open = listed(mia, "?state=open").await;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["uuid"], json!(worst));
    for (body, field) in [
        (json!({}), "ids"),
        (json!({ "ids": ["x"] }), "ids"),
        (json!({ "ids": [], "filter": {} }), "ids"),
        (json!({ "filter": { "state": "x" } }), "state"),
        (json!({ "filter": { "severty": "low" } }), "filter"),
    ] {
        let refused = bulk(mia, "?preview=true", body).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.body[field].is_array(), "{}", refused.body);
    }
    let unknown = json!({ "ids": ["00000000000070008000000000000000"] });
    assert_eq!(bulk(mia, "?preview=true", unknown).await.status, 404);
    // One's own conversation is no more there than in one's list.
    let own = said(mia, MEDIUM).await;
    let with_own = json!({
        "ids": [worst, own],
        "decision": "dismiss",
        "reason": "A game.",
        "expected_count": 2,
    });
    for query in ["?preview=true", ""] {
        details(
            &bulk(mia, query, with_own.clone()).await,
            404,
            "No Case matches the given query.",
        );
    }
    let counted = ok(bulk(max, "?preview=true", with_own).await);
    assert_eq!(counted, json!({ "count": 2 }));
}

on_both_databases!(check);
