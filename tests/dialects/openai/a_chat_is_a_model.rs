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
        client::answer,
        databases::TestDatabase,
        scripted::Scripted,
    },
};

fn ask(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "hi" }] })
}

async fn check(database: TestDatabase) {
    let upstream = Scripted::start((0..8).map(|_| whole("Hello"))).await;
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
    // Who may ask it finds it.
    for who in [admin, &bob, &bound] {
        let found = who.get(&format!("/v1/models/{chat}")).await;
        assert_eq!(
            found.body,
            json!({ "id": chat, "object": "model", "created": 0, "owned_by": house.provider })
        );
    }
    let other = format!("{}/m-2", house.provider);
    let found = admin.get(&format!("/v1/models/{other}")).await;
    assert_eq!(found.body["id"], other);
    assert_eq!(bound.get("/v1/models/echo").await.status, 403);
    let carl = person(admin, "carl").await;
    assert_eq!(carl.get(&format!("/v1/models/{chat}")).await.status, 403);
    let missing = admin.get(&format!("/v1/models/{nowhere}")).await;
    assert_eq!(missing.body["error"]["code"], "model_not_found");
    assert_eq!(upstream.received().len(), 4);
    answers_outlive_their_models(&house, &upstream).await;
}

/// Who comes back for an answer gets it, also when nobody can be asked any more.
async fn answers_outlive_their_models(house: &House, upstream: &Scripted) {
    let admin = &house.admin;
    let models = [house.chat.as_str(), house.provider.as_str()];
    let named = |key: String, body: &Value| {
        let request = admin.request(Method::POST, CHAT);
        request.header("idempotency-key", key).json(body)
    };
    let (mut wholes, mut streams) = (vec![], vec![]);
    for model in models {
        let first = named(format!("whole {model}"), &ask(model));
        wholes.push(answer(first).await.unwrap());
        let first = named(format!("stream {model}"), &streamed(ask(model)));
        streams.push(Chunks::open(first).await.rest().await);
    }
    for gone in [
        format!("/api/v1/chats/{}", house.chat),
        format!("/api/v1/ai-providers/{}", house.provider),
    ] {
        assert_eq!(admin.delete(&gone).await.status, 204);
    }
    for (nth, model) in models.into_iter().enumerate() {
        let again = answer(named(format!("whole {model}"), &ask(model)))
            .await
            .unwrap();
        assert_eq!(again.status, 200, "{}", again.body);
        assert_eq!(again.body, wholes[nth].body);
        let again = named(format!("stream {model}"), &streamed(ask(model)));
        let again = Chunks::open(again).await.rest().await;
        assert_eq!(chunks::text(&again), "Hello");
        assert_eq!(again[0], streams[nth][0]);
        let missing = admin.post(CHAT, &ask(model)).await;
        assert_eq!(missing.body["error"]["code"], "model_not_found");
    }
    assert_eq!(upstream.received().len(), 8);
}

on_both_databases!(check);
