//! A chat's id as `model`: its provider, its model and its system message, for whom its policies let.

use reqwest::Method;
use serde_json::{Value, json};

use super::{CHAT, streamed};
use crate::{
    dialects::{
        assistant::upstream::whole,
        chats::{House, SECRET, attach, key, person, policy},
        on_both_databases,
    },
    support::{
        chunks::{self, Chunks},
        databases::TestDatabase,
        scripted::Scripted,
    },
};

fn ask(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "hi" }] })
}

async fn check(database: TestDatabase) {
    let upstream = Scripted::start((0..5).map(|_| whole("Hello"))).await;
    let house = House::build(database, &upstream, &[]).await;
    let (admin, chat) = (&house.admin, house.chat.as_str());

    // Who may not, and with what it cannot be.
    let bob = person(admin, "bob").await;
    let denied = bob.post(CHAT, &ask(chat)).await;
    assert_eq!(denied.status, 403, "{}", denied.body);
    assert_eq!(denied.body["error"]["code"], "forbidden");
    let nowhere = "cht_0000000000000000";
    let missing = admin.post(CHAT, &ask(nowhere)).await;
    assert_eq!(missing.status, 404);
    assert_eq!(missing.body["error"]["code"], "model_not_found");
    let threaded = admin.request(Method::POST, CHAT).header("x-thread", "new");
    let threaded = threaded.json(&ask(chat)).send().await.unwrap();
    assert_eq!(threaded.status(), 400);
    assert!(upstream.received().is_empty());

    let answered = admin.post(CHAT, &ask(chat)).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert_eq!(answered.body["choices"][0]["message"]["content"], "Hello");
    assert_eq!(answered.body["model"], format!("{}/m", house.provider));
    let reached = &upstream.received()[0];
    assert_eq!(reached.headers["authorization"], format!("Bearer {SECRET}"));
    assert_eq!(
        reached.body["messages"],
        json!([
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": "hi" },
        ])
    );

    let mut own = ask(chat);
    own["messages"] = json!([
        { "role": "developer", "content": "In verse." },
        { "role": "user", "content": "hi" },
    ]);
    let request = admin.request(Method::POST, CHAT).json(&streamed(own));
    let read = Chunks::open(request).await.rest().await;
    assert_eq!(chunks::text(&read), "Hello");
    let reached = &upstream.received()[1];
    assert_eq!(reached.body["messages"][0]["content"], "In verse.");
    assert_eq!(reached.body["messages"].as_array().unwrap().len(), 2);

    // A policy lets, and so does a key that may do nothing else; which is good for no other model.
    let asks = json!([{ "effect": "Allow", "action": ["chats:CreateChatCompletion"] }]);
    let asks = policy(admin, asks).await;
    attach(admin, &bob, std::slice::from_ref(&asks)).await;
    assert_eq!(bob.post(CHAT, &ask(chat)).await.status, 200);
    let bound = key(
        admin,
        json!({ "project_id": house.project, "policy_ids": [asks] }),
    )
    .await;
    assert_eq!(bound.post(CHAT, &ask(chat)).await.status, 200);
    assert_eq!(bound.post(CHAT, &ask("echo")).await.status, 403);
    assert_eq!(bound.get("/v1/models").await.status, 403);
    assert_eq!(upstream.received().len(), 4);
}

on_both_databases!(check);
