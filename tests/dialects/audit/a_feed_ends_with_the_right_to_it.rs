//! A feed that is followed ends when the right to it does: with the key, with the policy, with the account.

use std::time::Duration;

use aggregates::{
    ThreadId,
    thread::{Dialect, Opened, Thread, ThreadEvent},
};
use colloquy::{
    shutdown::Shutdown,
    store::{Bell, Commit, Committer, NewEvent},
};
use cqrs_es::Aggregate;
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{ECHO, on_both_databases, short};
use crate::{
    dialects::chats::{attach, person, policy},
    store::fixture::commit,
    support::{
        client::{Client, Event, Events, eventually},
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
    what_is_nobodys_yet_is_not_followed_by_who_is_denied_somebody(&server, &admin, &alice).await;
    it_ends_when_who_is_denied_begins_it_anew(&server, &admin, &alice).await;
}

fn feed(who: &Client) -> RequestBuilder {
    feed_at(who, "/api/audit/events")
}

fn feed_at(who: &Client, path: &str) -> RequestBuilder {
    let request = who.request(Method::GET, path);
    request.header("accept", "text/event-stream")
}

/// One that has begun.
async fn followed(request: RequestBuilder) -> Events {
    let mut events = Events::open(request).await.unwrap();
    assert_eq!(events.next().await.unwrap().kind, "event");
    events
}

/// What happened before may still be told, and is returned; then why no more is.
async fn ends(mut events: Events, because: &str) -> Vec<Event> {
    let mut told = vec![];
    let last = async {
        loop {
            let event = events.next().await.expect("a feed says why it ends");
            if event.kind != "event" {
                return event;
            }
            told.push(event);
        }
    };
    let last = tokio::time::timeout(SOON, last).await;
    let last = last.expect("the feed goes on");
    assert_eq!(last.kind, "error");
    assert!(last.text("detail").contains(because), "{}", last.data);
    assert!(events.next().await.is_none());
    told
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
    let second = ThreadId::named(&alice.conversation(2)).to_string();
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

/// An auditor who is kept from this user.
async fn kept_from(server: &Server, admin: &Client, name: &str, user: &Client) -> Client {
    let who = server.user_as(name, "auditor").await;
    let denied = json!([{
        "effect": "Deny",
        "action": ["audit:*"],
        "resource": [format!("soat:*:user:{}", user.id)],
    }]);
    attach(admin, &short(&who), &[policy(admin, denied).await]).await;
    who
}

/// Otherwise they would see how it begins, whosever it is: a client that counts gives names that are known before.
async fn what_is_nobodys_yet_is_not_followed_by_who_is_denied_somebody(
    server: &Server,
    admin: &Client,
    alice: &Client,
) {
    let ivy = kept_from(server, admin, "ivy", alice).await;
    let olga = server.user_as("olga", "auditor").await;
    let next = alice.conversation(3);
    let thread = ThreadId::named(&next);
    let path = format!("/api/audit/events?thread={thread}");
    for path in [&path, &format!("/api/audit/threads/{thread}/events")] {
        let refused = ivy.get(path).await;
        assert_eq!(refused.status, 403, "{path}: {}", refused.body);
        let says = refused.body["detail"].as_str().unwrap();
        assert!(says.contains("nobody has begun it"), "{says}");
    }
    let hook = json!({ "url": "https://siem.example/", "events": ["*"], "thread": thread });
    let refused = ivy.post("/api/audit/webhooks", &hook).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let mut follows = Events::open(feed_at(&olga, &path)).await.unwrap();
    alice.say(&next, "hello").await;
    assert_eq!(follows.next().await.unwrap().text("type"), "thread.opened");
    let refused = ivy.get(&path).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
}

async fn it_ends_when_who_is_denied_begins_it_anew(
    server: &Server,
    admin: &Client,
    alice: &Client,
) {
    let ivo = kept_from(server, admin, "ivo", alice).await;
    let bob = server.user("bob").await;
    bob.say(&bob.conversation(1), "hello").await;
    let thread = ThreadId::named(&bob.conversation(1));
    let path = format!("/api/audit/events?thread={thread}");
    let follows = followed(feed_at(&ivo, &path).header("x-audit-reason", "Complaint 17/3")).await;
    opened_by(server, thread, alice).await;
    let told = ends(follows, "audit:ReadMetadata").await;
    let hers = |event: &Event| event.data["data"]["owner"] == alice.id.as_str();
    assert!(!told.iter().any(hers), "{told:?}");
}

/// No dialect gives one name to two people; the record knows of no such rule.
async fn opened_by(server: &Server, thread: ThreadId, owner: &Client) {
    let (store, shutdown) = (server.store().await, Shutdown::default());
    let committer = Committer::start(store.clone(), Bell::new(), &shutdown);
    let opened = ThreadEvent::Opened(Opened {
        owner: owner.id.parse().unwrap(),
        dialect: Dialect::Assistant,
        reference: None,
        channel: None,
        name: None,
    });
    let id = thread.to_string();
    // Something may have happened there in between.
    eventually(async || {
        let expected = store.last_sequence(Thread::TYPE, &id).await.unwrap();
        let opened = Commit {
            aggregate_type: Thread::TYPE,
            events: vec![NewEvent::of(&opened).unwrap()],
            metadata: "{}".to_owned(),
            ..commit(&id, expected, 0)
        };
        committer.commit(opened).await.is_ok()
    })
    .await;
}

on_both_databases!(check);
