//! Every tool, with names in either casing, beside the request that does the same.

use super::*;
use crate::{
    dialects::{ECHO, chats, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let ada = server.user_as("ada", "admin").await;
    let project = chats::project(&ada, "house").await;
    let provider = chats::provider(&ada, &project).await;
    chats_are_made_shown_and_deleted(&ada, &project, &provider).await;
    a_refusal_says_why(&ada, &project, &provider).await;
    a_named_call_happens_once(&ada, &project, &provider).await;
}

async fn chats_are_made_shown_and_deleted(ada: &Client, project: &str, provider: &str) {
    let made = told(
        ada,
        "create-chat",
        json!({
            "aiProviderId": provider, "projectId": project, "name": "Assistant",
            "systemMessage": "Be brief", "model": "m",
        }),
    )
    .await;
    let id = made["id"].as_str().unwrap();
    let expected = json!({
        "id": id, "projectId": project, "aiProviderId": provider, "name": "Assistant",
        "systemMessage": "Be brief", "model": "m",
        "createdAt": made["createdAt"], "updatedAt": made["updatedAt"],
    });
    assert_eq!(made.to_string(), expected.to_string());
    let other = json!({ "ai_provider_id": provider, "project_id": project, "system_message": "x" });
    let other = told(ada, "create-chat", other).await;
    assert_eq!(other["systemMessage"], "x");
    let by_request = chats::get(ada, &format!("/chats/{id}")).await;
    assert_eq!(by_request.body["system_message"], "Be brief");
    for argument in ["chatId", "chat_id"] {
        assert_eq!(told(ada, "get-chat", json!({ argument: id })).await, made);
    }
    let all = json!([other, made]);
    assert_eq!(told(ada, "list-chats", json!({})).await, all);
    for argument in ["projectId", "project_id"] {
        assert_eq!(
            told(ada, "list-chats", json!({ argument: project })).await,
            all
        );
    }
    let deleted = told(ada, "delete-chat", json!({ "chatId": id })).await;
    assert_eq!(deleted, json!({ "chatId": id, "deleted": true }));
    let gone = format!("Chat '{id}' not found.");
    assert_eq!(
        refused(ada, "get-chat", json!({ "chatId": id })).await,
        gone
    );
    assert_eq!(
        refused(ada, "delete-chat", json!({ "chatId": id })).await,
        gone
    );
    assert_eq!(told(ada, "list-chats", json!({})).await, json!([other]));
}

async fn a_refusal_says_why(ada: &Client, project: &str, provider: &str) {
    for (tool, arguments, sentence) in [
        ("create-chat", json!({}), "aiProviderId is required"),
        (
            "create-chat",
            json!({ "aiProviderId": 7 }),
            "aiProviderId is required",
        ),
        (
            "create-chat",
            json!({ "aiProviderId": "aip_x", "projectId": project }),
            "AI provider 'aip_x' not found.",
        ),
        (
            "create-chat",
            json!({ "aiProviderId": provider, "name": 7 }),
            "name must be a string",
        ),
        (
            "create-chat",
            json!({ "aiProviderId": provider }),
            "projectId is required",
        ),
        ("get-chat", json!({}), "chatId is required"),
        (
            "delete-chat",
            json!({ "chatId": null }),
            "chatId is required",
        ),
        (
            "get-chat",
            json!({ "chatId": "proj_x" }),
            "Chat 'proj_x' not found.",
        ),
        (
            "list-chats",
            json!({ "projectId": "proj_x" }),
            "You are not allowed to do this.",
        ),
        (
            "list-chats",
            json!({ "projectId": 7 }),
            "projectId must be a string",
        ),
    ] {
        assert_eq!(refused(ada, tool, arguments).await, sentence, "{tool}");
    }
}

async fn a_named_call_happens_once(ada: &Client, project: &str, provider: &str) {
    let call = async |id: u32, name: &str| {
        let arguments = json!({ "aiProviderId": provider, "projectId": project, "name": name });
        let message = json!({
            "jsonrpc": "2.0", "id": id, "method": "tools/call",
            "params": { "name": "create-chat", "arguments": arguments },
        });
        let request = ada.request(Method::POST, "/mcp").header("accept", ACCEPT);
        let named = request.header("idempotency-key", "once").json(&message);
        answer(named).await.unwrap().body["result"].take()
    };
    let first = call(1, "one").await;
    assert_eq!(first["isError"], false, "{first}");
    assert_eq!(call(2, "one").await, first);
    let other = call(3, "two").await;
    assert_eq!(
        (&other["isError"], &other["content"][0]["text"]),
        (
            &json!(true),
            &json!("This Idempotency-Key was used with another request body.")
        )
    );
}

on_both_databases!(check);
