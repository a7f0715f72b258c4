//! Chats and what they lean on: every success of their rows, and what keeps something from being deleted.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    a_chat_has_eight_keys(&admin).await;
    a_provider_is_set_up_and_changed(&admin).await;
    what_is_in_use_is_not_deleted(&admin).await;
    everything_is_there_after_a_restart(server, &admin).await;
}

async fn a_chat_has_eight_keys(admin: &Client) {
    let made = gives(
        post(admin, "/projects", json!({ "name": "house" })).await,
        201,
    );
    assert_eq!(names(&made), ["id", "name", "created_at", "updated_at"]);
    is_id(&made["id"], "proj_");
    let project = id(&made);
    assert_eq!(
        gives(get(admin, &format!("/projects/{project}")).await, 200),
        made
    );
    let provider = provider(admin, &project).await;
    let body = json!({
        "project_id": project, "ai_provider_id": provider, "name": "Assistant",
        "system_message": "Be brief", "model": "gpt-4o",
    });
    let chat = gives(post(admin, "/chats", body).await, 201);
    is_id(&chat["id"], "cht_");
    is_time(&chat["created_at"]);
    assert_eq!(chat["created_at"], chat["updated_at"]);
    let expected = json!({
        "id": chat["id"], "project_id": project, "ai_provider_id": provider, "name": "Assistant",
        "system_message": "Be brief", "model": "gpt-4o",
        "created_at": chat["created_at"], "updated_at": chat["updated_at"],
    });
    assert_eq!(chat.to_string(), expected.to_string());
    let at = format!("/chats/{}", id(&chat));
    assert_eq!(gives(get(admin, &at).await, 200), chat);
    let bare = json!({ "project_id": project, "ai_provider_id": provider });
    let bare = gives(post(admin, "/chats", bare).await, 201);
    assert_eq!(names(&bare), names(&chat));
    assert_eq!(
        (&bare["name"], &bare["system_message"], &bare["model"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let listed = gives(
        get(admin, &format!("/chats?project_id={project}")).await,
        200,
    );
    assert_eq!(listed, json!([bare, chat]));
    let gone = delete(admin, &at).await;
    assert_eq!((gone.status.as_u16(), gone.body), (204, json!("")));
    let missing = format!("Chat '{}' not found.", id(&chat));
    tells(&get(admin, &at).await, 404, "RESOURCE_NOT_FOUND", &missing);
    tells(
        &delete(admin, &at).await,
        404,
        "RESOURCE_NOT_FOUND",
        &missing,
    );
}

async fn a_provider_is_set_up_and_changed(admin: &Client) {
    let project = project(admin, "providers").await;
    let body =
        json!({ "project_id": project, "name": "n", "provider": "openai", "default_model": "m" });
    let made = gives(post(admin, "/ai-providers", body).await, 201);
    assert_eq!(
        names(&made),
        [
            "id",
            "project_id",
            "secret_id",
            "name",
            "provider",
            "default_model",
            "created_at",
            "updated_at"
        ]
    );
    is_id(&made["id"], "aip_");
    let at = format!("/ai-providers/{}", id(&made));
    let change = json!({ "name": "x", "base_url": "https://api.example/v1", "config": { "region": "eu" }, "provider": "groq" });
    let changed = gives(patch(admin, &at, change).await, 200);
    assert_eq!(
        (
            &changed["name"],
            &changed["provider"],
            &changed["default_model"]
        ),
        (&json!("x"), &json!("groq"), &json!("m"))
    );
    assert_eq!(changed["config"], json!({ "region": "eu" }));
    let taken = gives(
        patch(admin, &at, json!({ "base_url": null, "config": null })).await,
        200,
    );
    assert_eq!(names(&taken), names(&made));
    assert_eq!(gives(patch(admin, &at, json!({})).await, 200), taken);
    // Two words for the same, and each is shown as it was sent.
    for kind in ["anthropic", "claude"] {
        let changed = gives(patch(admin, &at, json!({ "provider": kind })).await, 200);
        assert_eq!(changed["provider"], kind);
    }
    assert_eq!(delete(admin, &at).await.status, 204);
    assert_eq!(patch(admin, &at, json!({ "name": "y" })).await.status, 404);
}

async fn what_is_in_use_is_not_deleted(admin: &Client) {
    let project = project(admin, "in use").await;
    let provider = provider(admin, &project).await;
    let chat = chat(admin, &project, &provider).await;
    let at = format!("/ai-providers/{provider}");
    let refused = delete(admin, &at).await;
    tells(
        &refused,
        409,
        "AI_PROVIDER_HAS_DEPENDENTS",
        "Chats use this AI provider; delete them first.",
    );
    assert_eq!(refused.body["error"]["meta"], json!({ "chatCount": 1 }));
    let whole = format!("/projects/{project}");
    let refused = delete(admin, &whole).await;
    tells(
        &refused,
        409,
        "PROJECT_HAS_DEPENDENTS",
        "The project still has something in it.",
    );
    let meta = json!({ "secretCount": 0, "aiProviderCount": 1, "chatCount": 1, "documentCount": 0, "apiKeyCount": 0 });
    assert_eq!(refused.body["error"]["meta"], meta);
    for at in [format!("/chats/{chat}"), at, whole.clone()] {
        assert_eq!(delete(admin, &at).await.status, 204, "{at}");
    }
    tells(
        &get(admin, &whole).await,
        404,
        "RESOURCE_NOT_FOUND",
        &format!("Project '{project}' not found."),
    );
}

async fn everything_is_there_after_a_restart(server: Server, admin: &Client) {
    let project = project(admin, "kept").await;
    let provider = provider(admin, &project).await;
    let chat = chat(admin, &project, &provider).await;
    let before = gives(get(admin, &format!("/chats/{chat}")).await, 200);
    let server = server.start_again().await;
    let admin = admin.at(server.address);
    assert_eq!(
        gives(get(&admin, &format!("/chats/{chat}")).await, 200),
        before
    );
}

on_both_databases!(check);
