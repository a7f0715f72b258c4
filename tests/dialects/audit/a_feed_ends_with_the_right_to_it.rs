//! A feed that is followed ends when the right to it does: with the key, with the policy, with the account.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{ECHO, on_both_databases, short};
use crate::{
    dialects::chats::{attach, person, policy},
    support::{
        client::{Client, Events},
        databases::TestDatabase,
        server::Server,
    },
};

/// Much longer than a right may be remembered, and much shorter than anybody follows.
const SOON: Duration = Duration::from_secs(10);

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = server.user_as("ruth", "admin").await;
    let alice = server.user("alice").await;
    alice.say(&alice.conversation(1), "hello").await;
    it_ends_with_the_key(&server, &alice).await;
    it_ends_with_the_policy_that_allowed_it(&admin).await;
    it_ends_with_the_right_to_content(&server, &admin).await;
    it_ends_with_the_account(&server, &admin).await;
}

fn feed(who: &Client) -> RequestBuilder {
    let request = who.request(Method::GET, "/api/audit/events");
    request.header("accept", "text/event-stream")
}

/// One that has begun.
async fn followed(request: RequestBuilder) -> Events {
    let mut events = Events::open(request).await.unwrap();
    assert_eq!(events.next().await.unwrap().kind, "event");
    events
}

/// What happened before may still be told; then why no more is.
async fn ends(mut events: Events, because: &str) {
    let last = async {
        loop {
            let event = events.next().await.expect("a feed says why it ends");
            if event.kind != "event" {
                return event;
            }
        }
    };
    let last = tokio::time::timeout(SOON, last).await;
    let last = last.expect("the feed goes on");
    assert_eq!(last.kind, "error");
    assert!(last.text("detail").contains(because), "{}", last.data);
    assert!(events.next().await.is_none());
}

async fn it_ends_with_the_key(server: &Server, alice: &Client) {
    let ada = server.user_as("ada", "auditor").await;
    let made = ada.post("/api/v1/api-keys", &json!({ "name": "a" })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let keyed = ada.with_key(made.body["key"].as_str().unwrap());
    let follows = followed(feed(&keyed)).await;
    let mut stays = followed(feed(&ada)).await;
    let id = made.body["id"].as_str().unwrap();
    let deleted = ada.delete(&format!("/api/v1/api-keys/{id}")).await;
    assert_eq!(deleted.status, 204, "{}", deleted.body);
    ends(follows, "Invalid or expired token").await;
    // That of their other key goes on.
    alice.say(&alice.conversation(2), "hello").await;
    let second = aggregates::ThreadId::named(&alice.conversation(2)).to_string();
    while stays.next().await.unwrap().data["aggregate_id"] != second {}
}

async fn it_ends_with_the_policy_that_allowed_it(admin: &Client) {
    let reads = json!([{ "effect": "Allow", "action": ["audit:ReadMetadata"] }]);
    let reads = policy(admin, reads).await;
    let mia = person(admin, "mia").await;
    attach(admin, &mia, &[reads]).await;
    let follows = followed(feed(&mia)).await;
    attach(admin, &mia, &[]).await;
    ends(follows, "audit:ReadMetadata").await;
}

async fn it_ends_with_the_right_to_content(server: &Server, admin: &Client) {
    let eve = server.user_as("eve", "auditor").await;
    let follows = followed(feed(&eve).header("x-audit-reason", "Complaint 17/3")).await;
    let never = json!([{ "effect": "Deny", "action": ["audit:ReadContent"] }]);
    attach(admin, &short(&eve), &[policy(admin, never).await]).await;
    ends(follows, "audit:ReadContent").await;
}

async fn it_ends_with_the_account(server: &Server, admin: &Client) {
    let otto = server.user_as("otto", "auditor").await;
    let follows = followed(feed(&otto)).await;
    let deleted = admin
        .delete(&format!("/api/v1/users/{}", short(&otto).id))
        .await;
    assert_eq!(deleted.status, 204, "{}", deleted.body);
    ends(follows, "Invalid or expired token").await;
}

on_both_databases!(check);
