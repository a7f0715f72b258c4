//! What was set up, by whom and when, can be read: every change of it is an event. What people called it is withheld; what
//! a policy allowed, and which model was asked, is there for all auditors, and stays.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ECHO, because, lines, on_both_databases};
use crate::{
    dialects::chats,
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        server::Server,
    },
};

const ALL: &str = "/api/audit/events?limit=1000&type=project.created,project.changed,project.deleted,\
    ai_provider.created,ai_provider.changed,ai_provider.deleted,\
    policy.created,policy.changed,policy.deleted,chat.created,chat.deleted";

async fn asks(who: &Client, method: Method, path: &str, body: Value) {
    let request = who.request(method, &format!("/api/v1{path}")).json(&body);
    let answered = answer(request).await.unwrap();
    assert!(answered.status.is_success(), "{path}: {}", answered.body);
}

fn of<'e>(events: &'e [Value], kind: &str) -> &'e Value {
    let mut of_kind = events.iter().filter(|event| event["type"] == kind);
    let event = of_kind.next().unwrap_or_else(|| panic!("no {kind}"));
    assert!(of_kind.next().is_none(), "{kind} twice");
    event
}

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let ada = server.user_as("ada", "admin").await;
    let otto = server.user_as("otto", "auditor").await;
    let may = |action: &str| json!([{ "effect": "Allow", "action": [action] }]);
    let project = chats::project(&ada, "house").await;
    let provider = chats::provider(&ada, &project).await;
    let policy = chats::policy(&ada, may("chats:GetChat")).await;
    let chat = chats::chat(&ada, &project, &provider).await;
    let [a_provider, a_policy] = [
        format!("/ai-providers/{provider}"),
        format!("/policies/{policy}"),
    ];
    let model = json!({ "default_model": "gpt-5", "name": "ours" });
    asks(&ada, Method::PATCH, &a_provider, model).await;
    let all = json!({ "document": { "statement": may("chats:*") } });
    asks(&ada, Method::PUT, &a_policy, all).await;

    let (events, _) = lines(&otto, ALL).await;
    for (kind, id) in [
        ("project.created", &project),
        ("ai_provider.created", &provider),
        ("ai_provider.changed", &provider),
        ("policy.created", &policy),
        ("policy.changed", &policy),
        ("chat.created", &chat),
    ] {
        let event = of(&events, kind);
        assert_eq!(event["aggregate_id"], json!(id), "{event}");
        assert_eq!(event["by"], json!(ada.id), "{event}");
    }
    let positions = events.iter().map(|event| event["position"].as_str());
    assert!(
        positions
            .map(|at| at.unwrap().parse::<u64>().unwrap())
            .is_sorted()
    );
    let data = |kind: &str| of(&events, kind)["data"].clone();
    assert_eq!(data("project.created")["name"], Value::Null);
    assert_eq!(of(&events, "project.created")["withheld"], json!(["name"]));
    assert_eq!(data("ai_provider.created")["model"], "gpt-4o-mini");
    let changed = json!({ "model": "gpt-5", "name": null });
    assert_eq!(data("ai_provider.changed"), changed);
    assert_eq!(data("chat.created")["ai_provider"], json!(provider));
    for (kind, allowed) in [
        ("policy.created", "chats:GetChat"),
        ("policy.changed", "chats:*"),
    ] {
        let document = data(kind)["document"].as_str().unwrap().to_owned();
        assert!(document.contains(allowed), "{document}");
    }

    // What people called it is nobody's here, whatever the reason.
    let named = because(&otto, ALL, "Which house?").await.body;
    let named = named.as_str().unwrap();
    assert!(
        !named.contains("house") && named.contains("gpt-5"),
        "{named}"
    );

    // Its end is on the record, too.
    for path in [
        &format!("/chats/{chat}"),
        &a_provider,
        &a_policy,
        &format!("/projects/{project}"),
    ] {
        asks(&ada, Method::DELETE, path, json!({})).await;
    }
    let (events, _) = lines(&otto, ALL).await;
    for (kind, id) in [
        ("chat.deleted", &chat),
        ("ai_provider.deleted", &provider),
        ("policy.deleted", &policy),
        ("project.deleted", &project),
    ] {
        let event = of(&events, kind);
        assert_eq!(event["aggregate_id"], json!(id), "{event}");
        assert_eq!(event["by"], json!(ada.id), "{event}");
    }
    assert_eq!(of(&events, "ai_provider.changed")["data"]["model"], "gpt-5");
}

on_both_databases!(check);
