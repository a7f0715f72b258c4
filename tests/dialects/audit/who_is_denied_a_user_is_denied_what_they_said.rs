//! A policy that keeps somebody from a user keeps them from that user's conversations and completions, too, by whatever
//! name these are asked for, and after they were erased.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{ECHO, because, lines, on_both_databases, short};
use crate::{
    dialects::chats::{attach, key, policy},
    support::{
        client::{Client, eventually},
        databases::TestDatabase,
        server::Server,
        threads::say,
    },
};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// What somebody has said.
struct Said {
    thread: String,
    completion: String,
    case: String,
}

async fn check(database: TestDatabase) {
    let settings = [ECHO, ("WEBHOOKS__NETWORKS", "loopback")];
    let server = Server::start(database, &settings).await;
    let admin = server.user_as("ruth", "admin").await;
    let ada = server.user_as("ada", "auditor").await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let (hers, his) = (said(&alice, &ada).await, said(&bob, &ada).await);
    let eve = server.user_as("eve", "auditor").await;
    assert!(statuses(&eve, &hers).await.iter().all(|one| is_shown(*one)));
    let denied = json!([{
        "effect": "Deny",
        "action": ["audit:*"],
        "resource": [format!("soat:*:user:{}", alice.id)],
    }]);
    let denied = policy(&admin, denied).await;
    attach(&admin, &short(&eve), &[denied]).await;
    for one in statuses(&eve, &hers).await {
        assert_eq!(one.1, 403, "{}", one.0);
    }
    let others = statuses(&eve, &his).await;
    assert!(others.iter().all(|one| is_shown(*one)), "{others:?}");
    a_statement_may_say_that_it_means_users(&server, &admin, &alice, [&hers, &his]).await;
    holds_and_webhooks_of_others_are_kept_from_them(&ada, &eve, &hers).await;
    a_key_may_be_kept_from_a_user(&admin, &ada, &alice, [&hers, &his]).await;
    content_alone_may_be_denied(&server, &admin, &alice, [&hers, &his]).await;
    what_was_erased_is_still_theirs(&ada, &eve, &hers).await;
}

/// Says something that moderators look at, and asks a model something.
async fn said(who: &Client, ada: &Client) -> Said {
    let turn = say(who, None, "h4ck the system").await;
    let ask = json!({ "model": "echo", "messages": [{ "role": "user", "content": "hello" }] });
    let answer = who.post("/v1/chat/completions", &ask).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let (asked, _) = lines(ada, "/api/audit/events?type=completion.requested").await;
    let mut asked = asked.iter();
    let theirs = asked.find(|event| event["data"]["owner"] == who.id.as_str());
    Said {
        thread: turn.thread,
        completion: theirs.unwrap()["aggregate_id"].as_str().unwrap().to_owned(),
        case: turn.user.unwrap(),
    }
}

/// There is no such reply, and perhaps nothing to be exported yet; but that is told.
fn is_shown((_, status): (&'static str, StatusCode)) -> bool {
    status.is_success() || status == 404
}

/// What is answered to whoever asks for this in every way that there is.
async fn statuses(who: &Client, said: &Said) -> Vec<(&'static str, StatusCode)> {
    let (thread, completion) = (&said.thread, &said.completion);
    let at = |what: &str| format!("/api/audit/threads/{thread}/{what}");
    let reason = json!({ "reason": "A claim" });
    let hook = json!({ "url": "http://127.0.0.1:1/", "events": ["*"], "thread": thread });
    let mut statuses = vec![];
    for (what, path) in [
        ("at", at("at")),
        ("events", at("events")),
        ("diff", at("diff")),
        ("context", at(&format!("replies/{NOBODY}/context"))),
        ("feed", format!("/api/audit/events?thread={thread}")),
        ("holds", format!("/api/audit/holds?thread={thread}")),
        ("case", format!("/api/audit/cases/{}/at", said.case)),
        (
            "completion",
            format!("/api/audit/completions/{completion}/events"),
        ),
        (
            "feed of a completion",
            format!("/api/audit/events?completion={completion}"),
        ),
    ] {
        statuses.push((what, who.get(&path).await.status));
    }
    for (what, path, body) in [
        (
            "export",
            format!("/api/audit/exports?thread={thread}"),
            &json!({}),
        ),
        ("hold", at("hold"), &reason),
        ("webhook", "/api/audit/webhooks".to_owned(), &hook),
    ] {
        let request = who.request(Method::POST, &path).json(body);
        let response = request.send().await.unwrap();
        statuses.push((what, response.status()));
        // An export is no JSON, and keeps its place until it is read.
        response.bytes().await.unwrap();
    }
    statuses
}

async fn a_statement_may_say_that_it_means_users(
    server: &Server,
    admin: &Client,
    alice: &Client,
    [hers, his]: [&Said; 2],
) {
    let iris = server.user_as("iris", "auditor").await;
    let denied = json!([{
        "effect": "Deny",
        "action": ["audit:*"],
        "resource": [format!("soat:*:user:{}", alice.id)],
        "condition": { "StringEquals": { "soat:ResourceType": "user" } },
    }]);
    attach(admin, &short(&iris), &[policy(admin, denied).await]).await;
    for one in statuses(&iris, hers).await {
        assert_eq!(one.1, 403, "{}", one.0);
    }
    let others = statuses(&iris, his).await;
    assert!(others.iter().all(|one| is_shown(*one)), "{others:?}");
}

async fn holds_and_webhooks_of_others_are_kept_from_them(ada: &Client, eve: &Client, hers: &Said) {
    let reason = json!({ "reason": "A claim" });
    let thread = &hers.thread;
    let held = ada
        .post(&format!("/api/audit/threads/{thread}/hold"), &reason)
        .await;
    let release = format!(
        "/api/audit/holds/{}/release",
        held.body["hold"].as_str().unwrap()
    );
    assert_eq!(eve.post(&release, &reason).await.status, 403);
    assert_eq!(ada.post(&release, &reason).await.status, 200);
    let hook = json!({ "url": "http://127.0.0.1:1/", "events": ["*"], "thread": thread });
    let made = ada.post("/api/audit/webhooks", &hook).await;
    let one = format!(
        "/api/audit/webhooks/{}",
        made.body["webhook"].as_str().unwrap()
    );
    assert_eq!(eve.get(&one).await.status, 403);
    assert_eq!(eve.delete(&one).await.status, 403);
    assert_eq!(ada.delete(&one).await.status, 204);
}

async fn a_key_may_be_kept_from_a_user(
    admin: &Client,
    ada: &Client,
    alice: &Client,
    [hers, his]: [&Said; 2],
) {
    let but_hers = json!([
        { "effect": "Allow", "action": ["audit:ReadMetadata"] },
        {
            "effect": "Deny",
            "action": ["audit:ReadMetadata"],
            // As the API prints it in which policies are made.
            "resource": [format!("soat:*:user:{}", short(alice).id)],
        },
    ]);
    let but_hers = policy(admin, but_hers).await;
    let limited = key(ada, json!({ "policy_ids": [but_hers] })).await;
    let at = |said: &Said| format!("/api/audit/threads/{}/at", said.thread);
    assert_eq!(limited.get(&at(hers)).await.status, 403);
    assert_eq!(limited.get(&at(his)).await.status, 200);
}

async fn content_alone_may_be_denied(
    server: &Server,
    admin: &Client,
    alice: &Client,
    [hers, his]: [&Said; 2],
) {
    let otto = server.user_as("otto", "auditor").await;
    let never = json!([{
        "effect": "Deny",
        "action": ["audit:ReadContent"],
        "resource": [format!("soat:*:user:{}", alice.id)],
    }]);
    attach(admin, &short(&otto), &[policy(admin, never).await]).await;
    for (said, status) in [(hers, 403), (his, 200)] {
        for path in [
            format!("/api/audit/threads/{}/events", said.thread),
            format!("/api/audit/events?thread={}", said.thread),
            format!("/api/audit/completions/{}/events", said.completion),
        ] {
            assert_eq!(otto.get(&path).await.status, 200, "{path}");
            let asked = because(&otto, &path, "Complaint 17/3").await;
            assert_eq!(asked.status, status, "{path}: {}", asked.body);
        }
    }
}

async fn what_was_erased_is_still_theirs(ada: &Client, eve: &Client, hers: &Said) {
    let thread = format!("/api/audit/threads/{}", hers.thread);
    let reason = json!({ "reason": "A court says so" });
    let refused = eve.post(&format!("{thread}/erase"), &reason).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    // Only what nobody holds is erased.
    let active = ada
        .get(&format!("/api/audit/holds?thread={}", hers.thread))
        .await;
    for hold in active.body["holds"].as_array().unwrap() {
        let at = format!(
            "/api/audit/holds/{}/release",
            hold["hold"].as_str().unwrap()
        );
        assert_eq!(ada.post(&at, &reason).await.status, 200);
    }
    let ordered = ada.post(&format!("{thread}/erase"), &reason).await;
    assert_eq!(ordered.status, 202, "{}", ordered.body);
    eventually(async || {
        let shown = ada.get(&format!("{thread}/at")).await;
        shown.body["erasure"]["confirmed_at"].is_string()
    })
    .await;
    for what in ["at", "events", "diff"] {
        let refused = eve.get(&format!("{thread}/{what}")).await;
        assert_eq!(refused.status, 403, "{what}");
    }
}

on_both_databases!(check);
