//! A message with `web` where nobody searches: the answer comes all the same, and says so first.

use reqwest::Method;
use serde_json::{Value, json};

use super::upstream;
use crate::{
    dialects::on_both_databases,
    support::{
        client::{Client, Event, Events},
        databases::TestDatabase,
        scripted::Scripted,
    },
};

async fn ask(who: &Client, provider: &str) -> Vec<Event> {
    let body = json!({
        "text": "Which colour has tea?",
        "conversation_id": who.conversation(1),
        "provider": provider,
        "web": true,
    });
    let request = who.request(Method::POST, "/api/chat/stream");
    Events::open(request.json(&body))
        .await
        .unwrap()
        .rest()
        .await
}

fn status(events: &[Event]) -> &Value {
    assert_eq!(events[0].kind, "meta");
    assert_eq!(events.last().unwrap().kind, "done");
    assert_eq!(events[1].kind, "status");
    &events[1].data
}

async fn check(database: TestDatabase) {
    let model = Scripted::start([upstream::whole("As far as I know, green.")]).await;
    let (_server, alice) = upstream::server(database, &model).await;
    let told = "Web search is not configured on this server: the answer is made without it.";
    let events = ask(&alice, "up").await;
    assert_eq!(status(&events), &json!({ "type": "status", "text": told }));
    assert_eq!(model.received()[0].body.get("tools"), None);

    let events = ask(&alice, "echo").await;
    let told = "The echo looks nothing up.";
    assert_eq!(status(&events), &json!({ "type": "status", "text": told }));
    assert_eq!(model.received().len(), 1);
}

on_both_databases!(check);
