//! Keys with limits: the owner's rights and the key's, one project, and no way around them.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    let (mine, other) = (
        project(&admin, "mine").await,
        project(&admin, "other").await,
    );
    a_bound_key_never_leaves_its_project(&admin, &mine, &other).await;
    nobody_binds_a_key_to_a_project_of_others(&admin, &mine).await;
    a_keys_policies_and_its_owners_both_have_to_allow(&admin, &mine).await;
    a_limited_key_makes_no_unlimited_one(&admin, &mine).await;
    a_limited_key_is_good_for_these_paths_only(&admin, &mine).await;
}

async fn a_bound_key_never_leaves_its_project(admin: &Client, mine: &str, other: &str) {
    let bound = key(admin, json!({ "project_id": mine })).await;
    let (here, there) = (provider(admin, mine).await, provider(admin, other).await);
    let foreign = chat(admin, other, &there).await;
    // Its project is the one where none is named.
    let made = gives(
        post(&bound, "/chats", json!({ "ai_provider_id": here })).await,
        201,
    );
    assert_eq!(made["project_id"], mine);
    assert_eq!(
        ids(&gives(get(&bound, "/chats").await, 200)),
        [id(&made).as_str()]
    );
    assert_eq!(ids(&gives(get(&bound, "/projects").await, 200)), [mine]);
    let across = json!({ "project_id": other, "ai_provider_id": there });
    forbids(&post(&bound, "/chats", across).await);
    let foreign_provider = json!({ "ai_provider_id": there });
    refuses(
        &post(&bound, "/chats", foreign_provider).await,
        "The AI provider belongs to another project.",
    );
    forbids(&get(&bound, &format!("/chats?project_id={other}")).await);
    for at in [
        format!("/chats/{foreign}"),
        format!("/projects/{other}"),
        format!("/ai-providers/{there}"),
        "/users".to_owned(),
        "/policies".to_owned(),
    ] {
        forbids(&get(&bound, &at).await);
    }
    forbids(&delete(&bound, &format!("/chats/{foreign}")).await);
    forbids(&post(&bound, "/projects", json!({ "name": "x" })).await);
}

async fn nobody_binds_a_key_to_a_project_of_others(admin: &Client, mine: &str) {
    let carl = person(admin, "carl").await;
    let free = gives(
        post(&carl, "/api-keys", json!({ "name": "free" })).await,
        201,
    );
    let at = format!("/api-keys/{}", id(&free));
    // Nor learns which projects there are.
    for project in [mine, "proj_0000000000000000"] {
        let bound = json!({ "name": "bound", "project_id": project });
        let told = format!("Project '{project}' not found.");
        refuses(&post(&carl, "/api-keys", bound.clone()).await, &told);
        refuses(&put(&carl, &at, bound).await, &told);
    }
    for (action, kind) in [
        ("projects:GetProject", "project"),
        ("chats:CreateChat", "chat"),
        ("chats:CreateChatCompletion", "chat"),
        ("documents:CreateDocument", "document"),
        ("ai-providers:CreateAiProvider", "ai-provider"),
        ("secrets:CreateSecret", "secret"),
    ] {
        let resource = format!("soat:{mine}:{kind}:*");
        let one = json!([{ "effect": "Allow", "action": [action], "resource": [resource] }]);
        let one = policy(admin, one).await;
        attach(admin, &carl, std::slice::from_ref(&one)).await;
        let bound = json!({ "name": "bound", "project_id": mine });
        let made = gives(post(&carl, "/api-keys", bound).await, 201);
        assert_eq!(made["project_id"], mine, "{action}");
    }
    // What it is bound to, it stays, also without a right there.
    let bound = gives(put(&carl, &at, json!({ "project_id": mine })).await, 200);
    assert_eq!(bound["project_id"], mine);
    attach(admin, &carl, &[]).await;
    for change in [json!({ "name": "renamed" }), json!({ "project_id": mine })] {
        let changed = gives(put(&carl, &at, change).await, 200);
        assert_eq!(changed["project_id"], mine);
    }
}

async fn a_keys_policies_and_its_owners_both_have_to_allow(admin: &Client, mine: &str) {
    let provider = provider(admin, mine).await;
    let chat = chat(admin, mine, &provider).await;
    let at = format!("/chats/{chat}");
    let reads = policy(
        admin,
        json!([{ "effect": "Allow", "action": ["chats:GetChat"] }]),
    )
    .await;
    let all = policy(admin, json!([{ "effect": "Allow", "action": ["*"] }])).await;
    // An admin may do everything; the key only reads.
    let reading = key(admin, json!({ "policy_ids": [reads] })).await;
    assert_eq!(get(&reading, &at).await.status, 200);
    forbids(&delete(&reading, &at).await);
    assert_eq!(gives(get(&reading, "/chats").await, 200), json!([]));
    forbids(&get(&reading, "/users").await);
    // The key may do everything; its owner only reads.
    let bob = person(admin, "bob").await;
    attach(admin, &bob, std::slice::from_ref(&reads)).await;
    let wide = key(&bob, json!({ "policyIds": [all] })).await;
    assert_eq!(get(&wide, &at).await.status, 200);
    forbids(&delete(&wide, &at).await);
    // When a key's only policy is gone, the key may do nothing, and not everything.
    assert_eq!(
        delete(admin, &format!("/policies/{reads}")).await.status,
        204
    );
    forbids(&get(&reading, &at).await);
    let unknown = json!({ "name": "x", "policy_ids": ["pol_0000000000000000"] });
    refuses(
        &post(admin, "/api-keys", unknown).await,
        "Policy 'pol_0000000000000000' not found.",
    );
    let unknown = json!({ "name": "x", "project_id": "proj_0000000000000000" });
    refuses(
        &post(admin, "/api-keys", unknown).await,
        "Project 'proj_0000000000000000' not found.",
    );
}

async fn a_limited_key_makes_no_unlimited_one(admin: &Client, mine: &str) {
    let all = policy(admin, json!([{ "effect": "Allow", "action": ["*"] }])).await;
    for limits in [
        json!({ "project_id": mine }),
        json!({ "policy_ids": [all] }),
    ] {
        let limited = key(admin, limits).await;
        forbids(&post(&limited, "/api-keys", json!({ "name": "free" })).await);
        let keys = gives(get(admin, "/api-keys").await, 200);
        let newest = &keys[0];
        let at = format!("/api-keys/{}", id(newest));
        assert_eq!(get(&limited, &at).await.status, 200);
        forbids(
            &put(
                &limited,
                &at,
                json!({ "project_id": null, "policy_ids": [] }),
            )
            .await,
        );
    }
    let freed = gives(
        post(
            admin,
            "/api-keys",
            json!({ "name": "x", "project_id": mine }),
        )
        .await,
        201,
    );
    let at = format!("/api-keys/{}", id(&freed));
    let freed = gives(put(admin, &at, json!({ "project_id": null })).await, 200);
    assert_eq!(freed["project_id"], Value::Null);
}

async fn a_limited_key_is_good_for_these_paths_only(admin: &Client, mine: &str) {
    let bound = key(admin, json!({ "project_id": mine })).await;
    let sentence = json!({
        "detail": "This API key is limited to /mcp, /v1/chat/completions, /v1/embeddings and the paths below /api/v1 and /api/audit",
    });
    for at in [
        "/api/auth/me",
        "/api/chat/conversations",
        "/api/chat-threads/",
        "/api/chat-sessions/current/",
    ] {
        let answer = bound.get(at).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body),
            (403, &sentence),
            "{at}"
        );
    }
    let of_documents = "This API key is limited to a project or by policies: questions of sessions need one that is not";
    for at in ["/session", "/chat/history/s", "/ingest/status/x"] {
        let told = gives(get(&bound, at).await, 403);
        assert_eq!(told, json!({ "error": of_documents }), "{at}");
    }
    let question = json!({ "message": "hello", "sessionId": "s" });
    let told = gives(post(&bound, "/chat/completions", question).await, 403);
    assert_eq!(told, json!({ "success": false, "error": of_documents }));
    let said = bound.say(&bound.conversation(1), "hello").await;
    assert_eq!((said.status.as_u16(), said.body), (403, sentence));
}

on_both_databases!(check);
