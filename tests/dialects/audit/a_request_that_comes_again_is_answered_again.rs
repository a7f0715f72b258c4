//! `Idempotency-Key`: whoever does not know whether a request arrived sends it again, and is answered as the first time,
//! whatever has happened since.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ECHO, on_both_databases};
use crate::{
    dialects::chats::project,
    support::{
        client::{Answer, Client, answer},
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        server::Server,
    },
};

const HOOKS: &str = "/api/audit/webhooks";

async fn check(database: TestDatabase) {
    let settings = [ECHO, ("WEBHOOKS__NETWORKS", "loopback")];
    let server = Server::start(database, &settings).await;
    let ada = server.user_as("ada", "auditor").await;
    let ruth = server.user_as("ruth", "admin").await;
    let alice = server.user("alice").await;
    let receiver = Scripted::start(vec![Reply::json("{}"); 50]).await;
    let wish = json!({ "url": receiver.url(), "events": ["thread.held"] });
    for conversation in [1, 2] {
        alice.say(&alice.conversation(conversation), "hello").await;
    }
    every_answer_is_the_first_one(&ada, &ruth, &alice, &wish).await;
    what_had_nothing_to_do_never_does_anything(&ada, &alice, &wish).await;
    what_is_not_possible_any_more_was_done(&ada, &wish).await;
    of_several_at_once_one_releases_a_hold(&ada, &alice).await;
}

/// A request under the one name that is used here.
async fn named(who: &Client, method: Method, path: &str, body: &Value) -> Answer {
    let request = who.request(method, path).header("idempotency-key", "k");
    answer(request.json(body)).await.unwrap()
}

/// Sends it twice; what it was answered.
async fn twice(who: &Client, method: Method, path: &str, body: Value) -> Value {
    let first = named(who, method.clone(), path, &body).await;
    assert!(first.status.is_success(), "{method} {path}: {}", first.body);
    let again = named(who, method.clone(), path, &body).await;
    assert_eq!(
        (again.status, lasting(&again.body)),
        (first.status, lasting(&first.body)),
        "{method} {path}"
    );
    first.body
}

/// The same without a secret, which is shown to the first alone, and without what others do meanwhile.
fn lasting(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        for name in ["secret", "told", "waiting", "replay"] {
            fields.remove(name);
        }
    }
    body
}

fn thread(alice: &Client, conversation: u32) -> String {
    let id = aggregates::ThreadId::named(&alice.conversation(conversation));
    format!("/api/audit/threads/{id}")
}

fn text<'v>(body: &'v Value, name: &str) -> &'v str {
    body[name].as_str().unwrap()
}

async fn every_answer_is_the_first_one(ada: &Client, ruth: &Client, alice: &Client, wish: &Value) {
    let (post, why) = (Method::POST, json!({ "reason": "A court says so" }));
    let one = thread(alice, 1);
    for of in [one.clone(), format!("/api/audit/users/{}", alice.id)] {
        let held = twice(ada, post.clone(), &format!("{of}/hold"), why.clone()).await;
        let release = format!("/api/audit/holds/{}/release", text(&held, "hold"));
        twice(ada, post.clone(), &release, why.clone()).await;
    }
    let erased = twice(ada, post.clone(), &format!("{one}/erase"), why).await;
    assert!(erased["position"].is_string(), "{erased}");

    let made = twice(ada, post.clone(), HOOKS, wish.clone()).await;
    let hook = format!("{HOOKS}/{}", text(&made, "webhook"));
    let changed = json!({ "description": "The SIEM" });
    twice(ada, Method::PATCH, &hook, changed).await;
    for (verb, body) in [
        ("rotate", json!({})),
        ("replay", json!({ "from": "1" })),
        ("test", json!({})),
    ] {
        twice(ada, post.clone(), &format!("{hook}/{verb}"), body).await;
    }
    twice(ada, Method::DELETE, &hook, json!({})).await;
    // What was made by this name is there no more; once its deletion has come round, the name makes another one.
    let again = named(ada, post, HOOKS, wish).await;
    let is_another = again.status == 201 && again.body["rotated_at"].is_null();
    assert!(
        again.status.is_client_error() || is_another,
        "{}",
        again.body
    );

    let house = project(ruth, "house").await;
    let days = format!("/api/audit/retention/projects/{house}");
    twice(ruth, Method::PUT, &days, json!({ "content_days": 7 })).await;
}

async fn what_had_nothing_to_do_never_does_anything(ada: &Client, alice: &Client, wish: &Value) {
    let why = json!({ "reason": "A court says so" });
    let (erase, conversation) = (format!("{}/erase", thread(alice, 2)), alice.conversation(2));
    let path = format!("/api/chat/conversations/{conversation}");
    assert_eq!(alice.delete(&path).await.status, 200);
    let nothing = twice(ada, Method::POST, &erase, why.clone()).await;
    assert_eq!(nothing["position"], json!(null));
    // What is begun anew under the same id is another conversation.
    alice.say(&conversation, "hello again").await;
    let again = named(ada, Method::POST, &erase, &why).await;
    assert_eq!((again.status.as_u16(), &again.body), (202, &nothing));
    assert_eq!(alice.history(&conversation).await.len(), 2);

    let made = ada.post(HOOKS, wish).await.body;
    let hook = format!("{HOOKS}/{}", text(&made, "webhook"));
    let enable = json!({ "enabled": true });
    twice(ada, Method::PATCH, &hook, enable.clone()).await;
    let disable = ada.request(Method::PATCH, &hook);
    let disabled = answer(disable.json(&json!({ "enabled": false }))).await;
    assert_eq!(disabled.unwrap().body["enabled"], false);
    let again = named(ada, Method::PATCH, &hook, &enable).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(again.body["enabled"], false);
}

async fn what_is_not_possible_any_more_was_done(ada: &Client, wish: &Value) {
    let made = ada.post(HOOKS, wish).await.body;
    let hook = format!("{HOOKS}/{}", text(&made, "webhook"));
    let (test, nothing) = (format!("{hook}/test"), json!({}));
    let first = named(ada, Method::POST, &test, &nothing).await;
    assert_eq!(first.status, 202, "{}", first.body);
    twice(ada, Method::PATCH, &hook, json!({ "enabled": false })).await;
    let again = named(ada, Method::POST, &test, &nothing).await;
    assert_eq!((again.status, again.body), (first.status, first.body));
    assert_eq!(ada.post(&test, &nothing).await.status, 409);
}

async fn of_several_at_once_one_releases_a_hold(ada: &Client, alice: &Client) {
    let why = json!({ "reason": "A claim" });
    let held = ada.post(&format!("{}/hold", thread(alice, 2)), &why).await;
    let release = format!("/api/audit/holds/{}/release", text(&held.body, "hold"));
    let released = (0..3).map(|_| named(ada, Method::POST, &release, &why));
    for answer in join_all(released).await {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body["released"]["by"], json!(ada.id));
    }
}

on_both_databases!(check);
