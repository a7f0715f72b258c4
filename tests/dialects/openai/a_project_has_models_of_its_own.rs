//! A project's AI provider as `model`, by its id, for whom its policies let: its key, its addresses, its own model or
//! another one.

use serde_json::json;

use super::{CHAT, VECTORS, vectors};
use crate::{
    dialects::{
        assistant::upstream::whole,
        chats::{House, SECRET, key, policy},
        on_both_databases,
    },
    support::{databases::TestDatabase, scripted::Scripted},
};

async fn check(database: TestDatabase) {
    let upstream = Scripted::start([vectors(1), vectors(1), vectors(1), whole("Hello")]).await;
    let house = House::build(database, &upstream, &[]).await;
    let (admin, provider) = (&house.admin, house.provider.as_str());
    let texts = |model: &str| json!({ "model": model, "input": "one" });
    let ask =
        |model: &str| json!({ "model": model, "messages": [{ "role": "user", "content": "hi" }] });

    // Whom nothing is allowed, and what is not there.
    let nothing = json!([{ "effect": "Allow", "action": ["documents:*"] }]);
    let nothing = policy(admin, nothing).await;
    let bound = key(
        admin,
        json!({ "project_id": house.project, "policy_ids": [nothing] }),
    )
    .await;
    for (path, body) in [(VECTORS, texts(provider)), (CHAT, ask(provider))] {
        let denied = bound.post(path, &body).await;
        assert_eq!(denied.status, 403, "{}", denied.body);
        assert_eq!(denied.body["error"]["code"], "forbidden");
    }
    assert_eq!(bound.post(VECTORS, &texts("echo")).await.status, 403);
    for model in ["aip_0000000000000000", &format!("{provider}/")] {
        for (path, body) in [(VECTORS, texts(model)), (CHAT, ask(model))] {
            let missing = admin.post(path, &body).await;
            assert_eq!(missing.status, 404, "{model}: {}", missing.body);
            assert_eq!(missing.body["error"]["code"], "model_not_found");
        }
    }
    assert!(upstream.received().is_empty());

    let embedded = admin.post(VECTORS, &texts(provider)).await;
    assert_eq!(embedded.status, 200, "{}", embedded.body);
    assert_eq!(embedded.body["model"], format!("{provider}/m"));
    let reached = &upstream.received()[0];
    assert_eq!(reached.headers["authorization"], format!("Bearer {SECRET}"));
    let other = format!("{provider}/maker/vec-2");
    assert_eq!(
        admin.post(VECTORS, &texts(&other)).await.body["model"],
        other
    );
    assert_eq!(upstream.received()[1].body["model"], "maker/vec-2");
    // A chat is as good as its provider and its model.
    let chat = admin.post(VECTORS, &texts(&house.chat)).await;
    assert_eq!(chat.status, 200, "{}", chat.body);

    let answered = admin.post(CHAT, &ask(provider)).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert_eq!(answered.body["choices"][0]["message"]["content"], "Hello");
    assert_eq!(answered.body["model"], format!("{provider}/m"));
}

on_both_databases!(check);
