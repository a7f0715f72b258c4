//! Policies: denied by default, allowed where they say so, on every path.

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
    let bob = person(&admin, "bob").await;
    nothing_is_allowed_without_a_policy(&admin, &bob, &mine).await;
    a_policy_allows_what_it_names(&admin, &bob, &mine, &other).await;
    a_denial_wins_and_a_change_counts_at_once(&admin, &bob, &mine).await;
    a_chat_is_named_by_either_prefix(&admin, &bob, &mine).await;
    a_deleted_policy_gives_nothing(&admin, &bob).await;
    policies_are_for_admins_and_are_checked(&admin, &bob).await;
}

async fn nothing_is_allowed_without_a_policy(admin: &Client, bob: &Client, mine: &str) {
    let provider = provider(admin, mine).await;
    let chat = chat(admin, mine, &provider).await;
    let secret = json!({ "project_id": mine, "name": "s", "value": "v" });
    let secret = id(&gives(post(admin, "/secrets", secret).await, 201));
    let document = json!({ "project_id": mine, "content": "c" });
    let document = id(&gives(post(admin, "/documents", document).await, 201));
    for at in [
        format!("/projects/{mine}"),
        format!("/chats/{chat}"),
        format!("/ai-providers/{provider}"),
        format!("/secrets/{secret}"),
        format!("/documents/{document}"),
    ] {
        forbids(&get(bob, &at).await);
        forbids(&delete(bob, &at).await);
    }
    for at in [
        format!("/ai-providers/{provider}"),
        format!("/secrets/{secret}"),
        format!("/documents/{document}"),
    ] {
        forbids(&patch(bob, &at, json!({ "name": "x" })).await);
    }
    for (at, body) in [
        (
            "/chats",
            json!({ "project_id": mine, "ai_provider_id": provider }),
        ),
        (
            "/secrets",
            json!({ "project_id": mine, "name": "s", "value": "v" }),
        ),
        ("/documents", json!({ "project_id": mine, "content": "c" })),
        (
            "/ai-providers",
            json!({ "project_id": mine, "name": "n", "provider": "openai", "default_model": "m" }),
        ),
        ("/projects", json!({ "name": "x" })),
    ] {
        forbids(&post(bob, at, body).await);
    }
    for at in ["/projects", "/chats", "/secrets", "/ai-providers"] {
        assert_eq!(gives(get(bob, at).await, 200), json!([]));
    }
    for at in ["/chats", "/secrets", "/ai-providers", "/documents"] {
        forbids(&get(bob, &format!("{at}?project_id={mine}")).await);
    }
    refuses(
        &post(bob, "/chats", json!({ "ai_provider_id": provider })).await,
        "projectId is required",
    );
}

async fn a_policy_allows_what_it_names(admin: &Client, bob: &Client, mine: &str, other: &str) {
    let all = policy(admin, json!([
        { "effect": "Allow", "action": ["chats:*", "projects:GetProject"], "resource": [format!("srn:{mine}:*:*")] },
    ])).await;
    attach(admin, bob, &[all]).await;
    let (here, there) = (provider(admin, mine).await, provider(admin, other).await);
    // The first project that may be used, where none is named.
    let made = gives(
        post(bob, "/chats", json!({ "ai_provider_id": here })).await,
        201,
    );
    assert_eq!(made["project_id"], mine);
    let foreign = chat(admin, other, &there).await;
    forbids(&get(bob, &format!("/chats/{foreign}")).await);
    forbids(
        &post(
            bob,
            "/chats",
            json!({ "project_id": other, "ai_provider_id": there }),
        )
        .await,
    );
    let listed = gives(get(bob, "/chats").await, 200);
    assert!(!ids(&listed).contains(&foreign.as_str()));
    assert!(ids(&listed).contains(&id(&made).as_str()));
    assert_eq!(ids(&gives(get(bob, "/projects").await, 200)), [mine]);
    assert_eq!(
        delete(bob, &format!("/chats/{}", id(&made))).await.status,
        204
    );
    forbids(&get(bob, &format!("/ai-providers/{here}")).await);
}

async fn a_denial_wins_and_a_change_counts_at_once(admin: &Client, bob: &Client, mine: &str) {
    let provider = provider(admin, mine).await;
    let (kept, hidden) = (
        chat(admin, mine, &provider).await,
        chat(admin, mine, &provider).await,
    );
    let allow = policy(admin, json!([{ "effect": "Allow", "action": ["*"] }])).await;
    let deny = policy(admin, json!([
        { "effect": "Deny", "action": ["chats:*"], "resource": [format!("soat:*:chat:{hidden}")] },
    ])).await;
    attach(admin, bob, &[allow, deny.clone()]).await;
    assert_eq!(get(bob, &format!("/chats/{kept}")).await.status, 200);
    forbids(&get(bob, &format!("/chats/{hidden}")).await);
    let listed = gives(get(bob, &format!("/chats?project_id={mine}")).await, 200);
    assert!(!ids(&listed).contains(&hidden.as_str()));
    let none =
        json!({ "document": { "statement": [{ "effect": "Deny", "action": ["chats:Delete*"] }] } });
    gives(put(admin, &format!("/policies/{deny}"), none).await, 200);
    assert_eq!(get(bob, &format!("/chats/{hidden}")).await.status, 200);
    forbids(&delete(bob, &format!("/chats/{hidden}")).await);
    // Everything, and yet no admin.
    forbids(&get(bob, "/users").await);
    forbids(&post(bob, "/projects", json!({ "name": "x" })).await);
}

async fn a_chat_is_named_by_either_prefix(admin: &Client, bob: &Client, mine: &str) {
    let provider = provider(admin, mine).await;
    let (kept, hidden) = (
        chat(admin, mine, &provider).await,
        chat(admin, mine, &provider).await,
    );
    let long = hidden.replacen("cht_", "chat_", 1);
    let allow = policy(
        admin,
        json!([{ "effect": "Allow", "action": ["*"], "resource": [format!("soat:{mine}:chat:chat_*")] }]),
    )
    .await;
    let deny = policy(
        admin,
        json!([{ "effect": "Deny", "action": ["chats:*"], "resource": [format!("srn:{mine}:chat:{long}")] }]),
    )
    .await;
    attach(admin, bob, &[allow, deny]).await;
    assert_eq!(get(bob, &format!("/chats/{kept}")).await.status, 200);
    for id in [&hidden, &long] {
        forbids(&get(bob, &format!("/chats/{id}")).await);
        forbids(&delete(bob, &format!("/chats/{id}")).await);
    }
    let listed = gives(get(bob, "/chats").await, 200);
    assert!(!ids(&listed).contains(&hidden.as_str()), "{listed}");
}

async fn a_deleted_policy_gives_nothing(admin: &Client, bob: &Client) {
    let all = policy(admin, json!([{ "effect": "Allow", "action": ["*"] }])).await;
    attach(admin, bob, std::slice::from_ref(&all)).await;
    assert_ne!(gives(get(bob, "/chats").await, 200), json!([]));
    assert_eq!(delete(admin, &format!("/policies/{all}")).await.status, 204);
    assert_eq!(gives(get(bob, "/chats").await, 200), json!([]));
    assert_eq!(
        gives(
            get(admin, &format!("/users/{}/policies", bob.id)).await,
            200
        ),
        json!([])
    );
}

async fn policies_are_for_admins_and_are_checked(admin: &Client, bob: &Client) {
    let statement = json!([{ "effect": "Allow", "action": ["chats:GetChat"], "condition": { "StringEquals": { "soat:ResourceType": "chat" } } }]);
    let body = json!({ "name": "readers", "document": { "statement": statement } });
    let made = gives(post(admin, "/policies", body.clone()).await, 201);
    assert_eq!(
        names(&made),
        [
            "id",
            "name",
            "description",
            "document",
            "created_at",
            "updated_at"
        ]
    );
    is_id(&made["id"], "pol_");
    assert_eq!(made["document"], body["document"]);
    let at = format!("/policies/{}", id(&made));
    for denied in [
        get(bob, "/policies").await,
        get(bob, &at).await,
        get(bob, "/policies/pol_0000000000000000").await,
        put(bob, &at, json!({ "name": "x" })).await,
        delete(bob, &at).await,
        post(bob, "/policies", body).await,
    ] {
        forbids(&denied);
    }
    // A command line sends the document as text.
    let text = json!({ "document": r#"{"statement":[{"effect":"Deny","action":["*"]}]}"# });
    gives(post(admin, "/policies", text).await, 201);
    refuses(
        &post(admin, "/policies", json!({ "name": "x" })).await,
        "document is required",
    );
    let deep = (0..90).fold(json!("x"), |inside, _| json!([inside]));
    let many = vec![json!({ "effect": "Allow", "action": ["*"] }); 300];
    for (document, details) in [
        (
            json!({}),
            json!(["statement: must be a list of 1 to 256 statements"]),
        ),
        (
            json!("{"),
            json!(["document: must be an object with a list `statement`"]),
        ),
        (
            json!({ "statement": many }),
            json!(["statement: must be a list of 1 to 256 statements"]),
        ),
        (
            json!({ "statement": [{ "effect": "Allow", "action": deep }] }),
            json!([
                "statement[0].action[0]: must be `*` or `module:Action`, in which `*` and `?` stand for characters"
            ]),
        ),
        (
            json!({ "statement": [{ "effect": "Allow", "action": ["*"] }, { "effect": "Deny", "action": ["*"] }] }),
            json!(["statement[1]: allows and denies the same as statement[0]"]),
        ),
        (
            json!({ "statement": [{ "effect": "Maybe", "action": ["*"], "resource": ["x"] }] }),
            json!([
                "statement[0].effect: must be \"Allow\" or \"Deny\"",
                "statement[0].resource[0]: must be `*` or `soat:<project>:<type>:<id>`",
            ]),
        ),
    ] {
        let refused = post(admin, "/policies", json!({ "document": document })).await;
        refuses(&refused, "Invalid policy document");
        assert_eq!(refused.body["details"], details);
        let refused = put(admin, &at, json!({ "document": document })).await;
        assert_eq!(refused.body["details"], details);
    }
    assert_eq!(
        gives(put(admin, &at, json!({ "name": null })).await, 200)["name"],
        Value::Null
    );
}

on_both_databases!(check);
