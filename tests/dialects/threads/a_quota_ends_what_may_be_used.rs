//! Quotas: who sees them, who sets them, and what happens when one is used up.

use reqwest::Method;
use serde_json::{Value, json};

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

const USAGE: &str = "/api/chat-quota/usage/";
const SET: &str = "/api/chat-quota/set_quota/";

async fn check(database: TestDatabase) {
    let settings = [
        ECHO,
        ("WEEKLY_TOKENS", "1000000"),
        ("MODERATION_FIELDS", "staff"),
    ];
    let server = Server::start(database, &settings).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let staff = server.user_as("stella", "support").await;
    usage_is_counted(&alice).await;
    usage_is_seen_by_oneself_and_staff(&alice, &bob, &staff).await;
    limits_are_set_by_staff(&alice, &staff).await;
    limits_are_set_once_for_their_name(&alice, &staff).await;
    a_used_up_quota_refuses(&alice, &bob, &staff).await;
    verdicts_are_hidden_when_they_are_to_be(&bob, &staff).await;
}

async fn usage_is_counted(alice: &Client) {
    let before = get(alice, USAGE).await;
    assert_eq!(before.status, 200, "{}", before.body);
    assert_eq!(before.body.as_object().unwrap().len(), 15);
    for period in ["daily", "weekly", "monthly"] {
        let value = |name: &str| before.body[format!("{period}_{name}")].clone();
        assert_eq!((value("limit"), value("usage")), (Value::Null, json!(0)));
        assert!(is_time(&value("reset_at")), "{}", before.body);
        let given = period == "weekly";
        let default = if given { json!(1_000_000) } else { json!(-1) };
        assert_eq!(value("system_default"), default);
        let remaining = if given { json!(1_000_000) } else { Value::Null };
        assert_eq!(value("remaining"), remaining);
    }
    say(alice, None, "some words that cost something").await;
    let after = get(alice, USAGE).await.body;
    let used = after["daily_usage"].as_i64().unwrap();
    assert!(used > 0, "{after}");
    assert_eq!(after["monthly_usage"], used);
    assert_eq!(after["weekly_remaining"], 1_000_000 - used);
}

async fn usage_is_seen_by_oneself_and_staff(alice: &Client, bob: &Client, staff: &Client) {
    let of = |who: &Client| format!("{USAGE}?user_uuid={}", who.id);
    let own = get(alice, &of(alice)).await;
    assert_eq!(
        (own.status.as_u16(), &own.body),
        (200, &get(staff, &of(alice)).await.body)
    );
    details(
        &get(bob, &of(alice)).await,
        403,
        "You can only view your own usage.",
    );
    let nobody = format!("{USAGE}?user_uuid=00000000000000000000000000000001");
    details(
        &get(staff, &nobody).await,
        404,
        "No User matches the given query.",
    );
    let bad = get(staff, &format!("{USAGE}?user_uuid=bad")).await;
    says(&bad, 400, json!({ "user_uuid": ["Enter a valid UUID."] }));
}

async fn limits_are_set_by_staff(alice: &Client, staff: &Client) {
    let limits = json!({ "user_uuid": alice.id, "daily_limit": 100_000, "weekly_limit": -1 });
    let refused = post(alice, SET, &limits).await;
    details(
        &refused,
        403,
        "You do not have permission to perform this action.",
    );
    says(&post(staff, SET, &limits).await, 200, json!(""));
    let set = get(alice, USAGE).await.body;
    assert_eq!(
        (&set["daily_limit"], &set["weekly_limit"]),
        (&json!(100_000), &json!(-1))
    );
    assert_eq!(
        (&set["weekly_remaining"], &set["monthly_limit"]),
        (&Value::Null, &Value::Null)
    );
    let unset = json!({ "user_uuid": alice.id, "daily_limit": null });
    says(&post(staff, SET, &unset).await, 200, json!(""));
    assert_eq!(get(alice, USAGE).await.body["daily_limit"], Value::Null);
    for (body, faults) in [
        (
            json!({}),
            json!({ "user_uuid": ["This field is required."] }),
        ),
        (
            json!({ "user_uuid": null }),
            json!({ "user_uuid": ["This field may not be null."] }),
        ),
        (
            json!({ "user_uuid": "x" }),
            json!({ "user_uuid": ["Must be a valid UUID."] }),
        ),
        (
            json!({ "user_uuid": alice.id, "daily_limit": "x", "weekly_limit": -2 }),
            json!({
                "daily_limit": ["A valid integer is required."],
                "weekly_limit": ["Ensure this value is greater than or equal to -1."],
            }),
        ),
    ] {
        says(&post(staff, SET, &body).await, 400, faults);
    }
    let nobody = json!({ "user_uuid": "00000000000000000000000000000001" });
    details(
        &post(staff, SET, &nobody).await,
        404,
        "No User matches the given query.",
    );
}

async fn limits_are_set_once_for_their_name(alice: &Client, staff: &Client) {
    let set = async |key: &str, tokens: u64| {
        let limits = json!({ "user_uuid": alice.id, "daily_limit": tokens });
        let sent = request(staff, Method::POST, SET).header("idempotency-key", key);
        answer(sent.json(&limits)).await.unwrap()
    };
    for (key, tokens, limit) in [
        ("s-1", 500_000, 500_000),
        ("s-2", 700_000, 700_000),
        // A late retry.
        ("s-1", 500_000, 700_000),
    ] {
        let answer = set(key, tokens).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let usage = get(alice, USAGE).await.body;
        assert_eq!(usage["daily_limit"], limit, "{key}");
    }
    details(
        &set("s-1", 900_000).await,
        409,
        "This Idempotency-Key was used with another request body.",
    );
}

async fn a_used_up_quota_refuses(alice: &Client, bob: &Client, staff: &Client) {
    for (limit, sentence) in [
        ("daily_limit", "Daily token limit exceeded."),
        ("weekly_limit", "Weekly token limit exceeded."),
        ("monthly_limit", "Monthly token limit exceeded."),
    ] {
        let mut limits = json!({ "user_uuid": alice.id });
        limits[limit] = json!(1);
        assert_eq!(post(staff, SET, &limits).await.status, 200);
        details(
            &post(alice, STREAM, &json!({ "input": "x" })).await,
            409,
            sentence,
        );
        // What is wrong with a body is told first, and a thread is not looked for.
        assert_eq!(
            post(alice, STREAM, &json!({ "input": "" })).await.status,
            400
        );
        let unknown = json!({ "input": "x", "thread_uuid": "00000000000000000000000000000001" });
        details(&post(alice, STREAM, &unknown).await, 409, sentence);
    }
    say(bob, None, "others go on").await;
    let named = |body: &Value| {
        let request = request(alice, Method::POST, STREAM).json(body);
        request.header("idempotency-key", "q-1")
    };
    let body = json!({ "input": "what uses it up" });
    let none = json!({ "user_uuid": alice.id, "daily_limit": -1, "weekly_limit": -1, "monthly_limit": -1 });
    assert_eq!(post(staff, SET, &none).await.status, 200);
    let told = frames_of(named(&body)).await;
    let used = json!({ "user_uuid": alice.id, "daily_limit": 1 });
    assert_eq!(post(staff, SET, &used).await.status, 200);
    details(
        &post(alice, STREAM, &json!({ "input": "x" })).await,
        409,
        "Daily token limit exceeded.",
    );
    // What was answered is answered again.
    assert_eq!(turn(&frames_of(named(&body)).await).text, turn(&told).text);
    details(
        &answer(named(&json!({ "input": "x" }))).await.unwrap(),
        409,
        "This Idempotency-Key was used with another request body.",
    );
    let unlimited = json!({ "user_uuid": alice.id, "daily_limit": -1 });
    post(staff, SET, &unlimited).await;
    say(alice, None, "again").await;
}

async fn verdicts_are_hidden_when_they_are_to_be(bob: &Client, staff: &Client) {
    let id = say(bob, None, "hello").await.thread;
    let (own, seen) = (messages(bob, &id, "").await, messages(staff, &id, "").await);
    assert_eq!(own[0].as_object().unwrap().len(), 7, "{own:?}");
    assert_eq!(seen[0].as_object().unwrap().len(), 12, "{seen:?}");
}

on_both_databases!(check);
