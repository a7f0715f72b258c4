//! Tools ask the same policies as requests: a person's, a key's, and a key's project.

use super::*;
use crate::{
    dialects::{ECHO, chats, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

const DENIED: &str = "You are not allowed to do this.";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let ada = server.user_as("ada", "admin").await;
    let project = chats::project(&ada, "house").await;
    let provider = chats::provider(&ada, &project).await;
    let chat = chats::chat(&ada, &project, &provider).await;
    let ben = chats::person(&ada, "ben").await;
    let make = json!({ "aiProviderId": provider, "projectId": project });
    let one = json!({ "chatId": chat });
    let all = json!({ "projectId": project });
    for (tool, arguments) in [
        ("create-chat", &make),
        ("get-chat", &one),
        ("delete-chat", &one),
        ("list-chats", &all),
    ] {
        assert_eq!(
            refused(&ben, tool, arguments.clone()).await,
            DENIED,
            "{tool}"
        );
    }
    assert_eq!(told(&ben, "list-chats", json!({})).await, json!([]));

    let resource = format!("soat:{project}:chat:*");
    let read = json!([{ "effect": "Allow", "action": ["chats:GetChat", "chats:ListChats"], "resource": [resource] }]);
    let read = chats::policy(&ada, read).await;
    chats::attach(&ada, &ben, std::slice::from_ref(&read)).await;
    assert_eq!(told(&ben, "get-chat", one.clone()).await["id"], chat);
    let listed = told(&ben, "list-chats", all).await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(refused(&ben, "delete-chat", one.clone()).await, DENIED);
    assert_eq!(refused(&ben, "create-chat", make.clone()).await, DENIED);

    // A key of an admin's may do no more than it says, and stays in its project.
    let reader = chats::key(&ada, json!({ "policy_ids": [read] })).await;
    assert_eq!(told(&reader, "get-chat", one.clone()).await["id"], chat);
    assert_eq!(refused(&reader, "delete-chat", one.clone()).await, DENIED);
    let other = chats::project(&ada, "garden").await;
    let stranger = chats::key(&ada, json!({ "project_id": other })).await;
    assert_eq!(refused(&stranger, "get-chat", one.clone()).await, DENIED);
    assert_eq!(refused(&stranger, "create-chat", make).await, DENIED);
    assert_eq!(told(&stranger, "list-chats", json!({})).await, json!([]));
    assert_eq!(told(&ada, "get-chat", one).await["id"], chat);
}

on_both_databases!(check);
