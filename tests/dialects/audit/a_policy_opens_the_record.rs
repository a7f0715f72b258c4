//! A policy lets somebody read the record, or hold it, who is no auditor, and keeps an auditor's key from it.

use reqwest::Method;
use serde_json::json;

use super::{ECHO, because, on_both_databases, short};
use crate::{
    dialects::chats::{attach, key, person, policy, project},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        server::Server,
    },
};

const MARKER: &str = "the weather in Tartu";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = server.user_as("ruth", "admin").await;
    let alice = server.user("alice").await;
    alice.say(&alice.conversation(1), MARKER).await;
    alice.say(&alice.conversation(2), MARKER).await;
    let [one, two] =
        [1, 2].map(|n| aggregates::ThreadId::named(&alice.conversation(n)).to_string());
    everything_does_not_mean_the_record(&admin, &one).await;
    somebody_reads_metadata_and_no_content(&admin, &one).await;
    a_right_may_be_to_one_thread(&admin, &one, &two).await;
    an_auditors_key_may_do_less(&server, &admin, &one).await;
    an_auditor_may_be_denied(&server, &admin, &one).await;
    who_is_denied_one_thread_reads_no_feed_of_all(&server, &admin, &one, &two).await;
}

fn events(thread: &str) -> String {
    format!("/api/audit/threads/{thread}/events")
}

async fn everything_does_not_mean_the_record(admin: &Client, thread: &str) {
    let all = policy(admin, json!([{ "effect": "Allow", "action": ["*"] }])).await;
    let walt = person(admin, "walt").await;
    attach(admin, &walt, std::slice::from_ref(&all)).await;
    let refused = walt.get(&events(thread)).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(
        refused.body["detail"]
            .as_str()
            .unwrap()
            .contains("audit:ReadMetadata")
    );
    // Nor does it for the key of somebody who may.
    let wide = key(admin, json!({ "policy_ids": [all] })).await;
    assert_eq!(wide.get(&events(thread)).await.status, 403);
}

async fn somebody_reads_metadata_and_no_content(admin: &Client, thread: &str) {
    let reads = json!([{ "effect": "Allow", "action": ["audit:ReadMetadata"] }]);
    let reads = policy(admin, reads).await;
    let mia = person(admin, "mia").await;
    attach(admin, &mia, &[reads]).await;
    let shown = mia.get(&events(thread)).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert_eq!(mia.get("/api/audit/events").await.status, 200);
    assert_eq!(mia.get("/api/audit/holds").await.status, 200);
    let refused = because(&mia, &events(thread), "Curious").await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(
        refused.body["detail"]
            .as_str()
            .unwrap()
            .contains("audit:ReadContent")
    );
    assert!(!refused.body.to_string().contains(MARKER));
    let reason = json!({ "reason": "Curious" });
    for what in ["hold", "erase"] {
        let path = format!("/api/audit/threads/{thread}/{what}");
        assert_eq!(mia.post(&path, &reason).await.status, 403, "{what}");
    }
}

async fn a_right_may_be_to_one_thread(admin: &Client, one: &str, two: &str) {
    let here = json!([{
        "effect": "Allow",
        "action": ["audit:ReadMetadata", "audit:ReadContent", "audit:Hold"],
        "resource": [format!("soat:*:thread:{one}")],
    }]);
    let here = policy(admin, here).await;
    let lars = person(admin, "lars").await;
    attach(admin, &lars, &[here]).await;
    let shown = because(&lars, &events(one), "Complaint 17").await;
    assert!(shown.body.to_string().contains(MARKER), "{}", shown.body);
    let reason = json!({ "reason": "Complaint 17" });
    let held = lars
        .post(&format!("/api/audit/threads/{one}/hold"), &reason)
        .await;
    assert_eq!(held.status, 201, "{}", held.body);
    let feed = format!("/api/audit/events?thread={one}");
    assert_eq!(lars.get(&feed).await.status, 200);
    assert_eq!(lars.get(&events(two)).await.status, 403);
    assert_eq!(lars.get("/api/audit/events").await.status, 403);
    let other = lars
        .post(&format!("/api/audit/threads/{two}/hold"), &reason)
        .await;
    assert_eq!(other.status, 403, "{}", other.body);
    // What one may lay, one may release.
    let hold = held.body["hold"].as_str().unwrap();
    let released = lars
        .post(&format!("/api/audit/holds/{hold}/release"), &reason)
        .await;
    assert_eq!(released.status, 200, "{}", released.body);
}

async fn an_auditors_key_may_do_less(server: &Server, admin: &Client, thread: &str) {
    let ada = server.user_as("ada", "auditor").await;
    let reads = json!([{ "effect": "Allow", "action": ["audit:ReadMetadata"] }]);
    let reads = policy(admin, reads).await;
    let limited = key(&ada, json!({ "policy_ids": [reads] })).await;
    assert_eq!(limited.get(&events(thread)).await.status, 200);
    assert_eq!(because(&limited, &events(thread), "A").await.status, 403);
    let hold = format!("/api/audit/threads/{thread}/hold");
    let reason = json!({ "reason": "A claim" });
    assert_eq!(limited.post(&hold, &reason).await.status, 403);
    assert_eq!(ada.post(&hold, &reason).await.status, 201);
    // The record is of no project.
    let mine = project(admin, "mine").await;
    let bound = key(admin, json!({ "project_id": mine })).await;
    assert_eq!(bound.get(&events(thread)).await.status, 403);
    assert_eq!(bound.post(&hold, &reason).await.status, 403);
    // But how long the content of that project is kept is said of a project.
    let other = project(admin, "other").await;
    for (of, status) in [(mine, 200), (other, 403)] {
        let path = format!("/api/audit/retention/projects/{of}");
        let days = json!({ "content_days": 7 });
        let set = answer(bound.request(Method::PUT, &path).json(&days)).await;
        let set = set.unwrap();
        assert_eq!(set.status, status, "{}", set.body);
    }
}

async fn an_auditor_may_be_denied(server: &Server, admin: &Client, thread: &str) {
    let eve = server.user_as("eve", "auditor").await;
    assert_eq!(because(&eve, &events(thread), "A").await.status, 200);
    let never = json!([{ "effect": "Deny", "action": ["audit:ReadContent", "audit:Erase"] }]);
    let never = policy(admin, never).await;
    attach(admin, &short(&eve), &[never]).await;
    assert_eq!(eve.get(&events(thread)).await.status, 200);
    assert_eq!(because(&eve, &events(thread), "A").await.status, 403);
    let erase = format!("/api/audit/threads/{thread}/erase");
    let refused = eve.post(&erase, &json!({ "reason": "A" })).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
}

async fn who_is_denied_one_thread_reads_no_feed_of_all(
    server: &Server,
    admin: &Client,
    one: &str,
    two: &str,
) {
    let otto = server.user_as("otto", "auditor").await;
    assert_eq!(otto.get("/api/audit/events").await.status, 200);
    for resource in [
        format!("soat:*:thread:{two}"),
        // As other APIs print it, and as paths take it.
        format!("soat:*:thread:{}", two.replace('-', "")),
        format!("soat:*:thread:{}", two.to_uppercase()),
        // Without all of its four parts, it may be of any kind.
        format!("soat:*:*{two}*"),
    ] {
        let not_two = policy(
            admin,
            json!([{
                "effect": "Deny",
                "action": ["audit:ReadMetadata"],
                "resource": [resource],
            }]),
        )
        .await;
        attach(admin, &short(&otto), &[not_two]).await;
        assert_eq!(otto.get(&events(two)).await.status, 403, "{resource}");
        assert_eq!(otto.get(&events(one)).await.status, 200, "{resource}");
        for whole in ["/api/audit/events", "/api/audit/holds"] {
            let refused = otto.get(whole).await;
            assert_eq!(refused.status, 403, "{resource}: {}", refused.body);
            let says = refused.body["detail"].as_str().unwrap();
            assert!(says.contains("?thread="), "{says}");
        }
    }
    let feed = format!("/api/audit/events?thread={one}");
    assert_eq!(otto.get(&feed).await.status, 200);
}

on_both_databases!(check);
