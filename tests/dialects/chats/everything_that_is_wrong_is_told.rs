//! Wrong requests: each row's statuses, in the order in which they are looked for, and no harm done.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

const NOBODY: &str = "0000000000000000";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    let project = project(&admin, "mine").await;
    nobody_unknown_gets_in(&admin).await;
    wrong_chats(&admin, &project).await;
    wrong_providers(&admin, &project).await;
    wrong_secrets_and_projects(&admin, &project).await;
    wrong_bodies(&admin).await;
    wrong_paths_and_methods(&admin).await;
    wrong_ids(&admin).await;
}

async fn nobody_unknown_gets_in(admin: &Client) {
    let stranger = admin.with_key(&format!("sk_{}", "0".repeat(64)));
    for at in [
        "/projects",
        "/secrets",
        "/ai-providers",
        "/chats",
        "/documents",
        "/users",
        "/policies",
        "/api-keys",
    ] {
        let bare = answer(admin.bare(Method::GET, &path(at))).await.unwrap();
        let posted = answer(admin.bare(Method::POST, &path(at)).body("{"))
            .await
            .unwrap();
        for denied in [
            bare,
            posted,
            get(&stranger, at).await,
            get(&admin.with_key("x.y.z"), at).await,
        ] {
            assert_eq!(
                (denied.status.as_u16(), denied.body),
                (401, json!({ "error": "Unauthorized" })),
                "{at}"
            );
        }
        // A token in the query is for browsers' event sources, and not for here.
        let query =
            answer(admin.bare(Method::GET, &format!("{}?token={}", path(at), admin.key))).await;
        assert_eq!(query.unwrap().status, 401);
    }
}

async fn wrong_chats(admin: &Client, mine: &str) {
    let theirs = project(admin, "theirs").await;
    let (here, there) = (provider(admin, mine).await, provider(admin, &theirs).await);
    for body in [
        json!({}),
        json!({ "ai_provider_id": 7 }),
        json!({ "aiProviderId": null }),
        json!({ "ai_provider_id": "" }),
    ] {
        refuses(
            &post(admin, "/chats", body).await,
            "aiProviderId is required",
        );
    }
    refuses(
        &post(admin, "/chats", json!({ "ai_provider_id": here })).await,
        "projectId is required",
    );
    forbids(
        &post(
            admin,
            "/chats",
            json!({ "ai_provider_id": here, "project_id": format!("proj_{NOBODY}") }),
        )
        .await,
    );
    forbids(
        &post(
            admin,
            "/chats",
            json!({ "ai_provider_id": here, "project_id": "nonsense" }),
        )
        .await,
    );
    let missing = format!("aip_{NOBODY}");
    let unknown = post(
        admin,
        "/chats",
        json!({ "ai_provider_id": missing, "project_id": mine }),
    )
    .await;
    tells(
        &unknown,
        400,
        "AI_PROVIDER_NOT_FOUND",
        &format!("AI provider '{missing}' not found."),
    );
    let crossed = json!({ "ai_provider_id": there, "project_id": mine });
    refuses(
        &post(admin, "/chats", crossed).await,
        "The AI provider belongs to another project.",
    );
    for name in ["name", "model"] {
        let mut body = json!({ "ai_provider_id": here, "project_id": mine });
        body[name] = json!("ž".repeat(256));
        refuses(
            &post(admin, "/chats", body.clone()).await,
            &format!("{name} must have at most 255 characters"),
        );
        body[name] = json!("ž".repeat(255));
        assert_eq!(post(admin, "/chats", body.clone()).await.status, 201);
        body[name] = json!(7);
        refuses(
            &post(admin, "/chats", body).await,
            &format!("{name} must be a string"),
        );
    }
    let mut body = json!({ "ai_provider_id": here, "project_id": mine });
    body["system_message"] = json!("x".repeat((64 << 10) + 1));
    refuses(
        &post(admin, "/chats", body.clone()).await,
        "system_message must have at most 64 KiB",
    );
    body["system_message"] = json!("x".repeat(64 << 10));
    assert_eq!(post(admin, "/chats", body).await.status, 201);
    forbids(&get(admin, &format!("/chats?project_id=proj_{NOBODY}")).await);
}

async fn wrong_providers(admin: &Client, mine: &str) {
    let kinds = "openai, anthropic, google, xai, groq, ollama, azure, bedrock, gateway, custom, claude, openrouter";
    let mut body = json!({});
    for (field, value, message) in [
        ("name", json!("n"), "name is required".to_owned()),
        (
            "provider",
            json!("openai"),
            format!("provider must be one of: {kinds}"),
        ),
        (
            "default_model",
            json!("m"),
            "defaultModel is required".to_owned(),
        ),
        (
            "project_id",
            json!(mine),
            "projectId is required".to_owned(),
        ),
    ] {
        refuses(&post(admin, "/ai-providers", body.clone()).await, &message);
        body[field] = value;
    }
    let theirs = project(admin, "others").await;
    let secret = json!({ "project_id": theirs, "name": "s", "value": "v" });
    let secret = id(&gives(post(admin, "/secrets", secret).await, 201));
    for (field, value, message) in [
        (
            "secret_id",
            json!(secret),
            "The secret belongs to another project.",
        ),
        ("secret_id", json!("sec_x"), "Secret 'sec_x' not found."),
        (
            "provider",
            json!("echo"),
            &format!("provider must be one of: {kinds}") as &str,
        ),
        (
            "base_url",
            json!("nonsense"),
            "base_url must be an http or https URL",
        ),
        (
            "base_url",
            json!(" "),
            "base_url must be an http or https URL",
        ),
        (
            "base_url",
            json!("ftp://a.example"),
            "base_url must be an http or https URL",
        ),
        (
            "base_url",
            json!("https://a:b@a.example"),
            "base_url must not hold a password: put it into a secret",
        ),
        (
            "base_url",
            json!("http://169.254.169.254/latest"),
            "base_url must not be an address that this server keeps providers away from",
        ),
        (
            "base_url",
            json!("http://10.0.0.1/v1"),
            "base_url must not be an address that this server keeps providers away from",
        ),
        ("config", json!("x"), "config must be an object"),
        (
            "config",
            json!({ "a": { "b": ["\u{0}"] } }),
            "config must not contain the character U+0000",
        ),
        (
            "config",
            json!({ "a": "x".repeat(64 << 10) }),
            "config must have at most 64 KiB",
        ),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        refuses(&post(admin, "/ai-providers", wrong).await, message);
    }
    let made = gives(post(admin, "/ai-providers", body).await, 201);
    let at = format!("/ai-providers/{}", id(&made));
    for (change, message) in [
        (json!({ "name": null }), "name is required"),
        (json!({ "default_model": "" }), "defaultModel is required"),
        (
            json!({ "secret_id": secret }),
            "The secret belongs to another project.",
        ),
    ] {
        refuses(&patch(admin, &at, change).await, message);
    }
    assert_eq!(gives(get(admin, &at).await, 200), made);
}

async fn wrong_secrets_and_projects(admin: &Client, mine: &str) {
    refuses(
        &post(admin, "/projects", json!({})).await,
        "name is required",
    );
    refuses(
        &post(admin, "/projects", json!({ "name": "x".repeat(256) })).await,
        "name must have at most 255 characters",
    );
    refuses(
        &post(admin, "/secrets", json!({ "value": "v" })).await,
        "name is required",
    );
    refuses(
        &post(admin, "/secrets", json!({ "name": "n" })).await,
        "value is required",
    );
    refuses(
        &post(admin, "/secrets", json!({ "name": "n", "value": "v" })).await,
        "projectId is required",
    );
    refuses(
        &post(
            admin,
            "/secrets",
            json!({ "name": "a\u{0}", "value": "v", "project_id": mine }),
        )
        .await,
        "name must not contain the character U+0000",
    );
}

async fn wrong_bodies(admin: &Client) {
    let sent = async |kind: Option<&str>, body: Vec<u8>| {
        let request = admin.request(Method::POST, &path("/chats")).body(body);
        let request = kind.into_iter().fold(request, |request, kind| {
            request.header("content-type", kind)
        });
        answer(request).await.unwrap()
    };
    refuses(&sent(None, vec![]).await, "aiProviderId is required");
    for kind in [None, Some("application/json"), Some("text/plain")] {
        refuses(
            &sent(kind, b"{".to_vec()).await,
            "The request body is not valid JSON.",
        );
        refuses(
            &sent(kind, b"[]".to_vec()).await,
            "The request body must be a JSON object.",
        );
        refuses(
            &sent(kind, vec![0xff, 0xfe]).await,
            "The request body is not valid JSON.",
        );
    }
    for text in [b"name=%ff".to_vec(), b"%c3%28=a".to_vec(), vec![b'a', 0xff]] {
        refuses(
            &sent(Some("application/x-www-form-urlencoded"), text).await,
            "The request body is not valid UTF-8.",
        );
    }
    refuses(
        &sent(None, "[".repeat(100_000).into_bytes()).await,
        "The request body is not valid JSON.",
    );
    let long = sent(Some("application/json"), vec![b' '; (1 << 20) + 1]).await;
    tells(
        &long,
        413,
        "PAYLOAD_TOO_LARGE",
        "A request body has at most 1 MiB.",
    );
}

async fn wrong_paths_and_methods(admin: &Client) {
    for (at, method, allowed) in [
        ("/chats", Method::PUT, "GET, POST"),
        ("/chats/x", Method::PATCH, "GET, DELETE"),
        ("/ai-providers/x/", Method::POST, "GET, PATCH, DELETE"),
        ("/users/login", Method::GET, "POST"),
        ("/users/x/policies", Method::DELETE, "GET, PUT"),
        ("/api-keys/x", Method::PATCH, "GET, PUT, DELETE"),
    ] {
        let refused = answer(admin.request(method, &path(at))).await.unwrap();
        tells(
            &refused,
            405,
            "METHOD_NOT_ALLOWED",
            "This path does not take this method.",
        );
        assert_eq!(refused.headers["allow"], allowed, "{at}");
    }
    for at in [
        "/chats/x/y",
        "/projects/a/b/c",
        "/users/x/policy",
        "/nope",
        "/nope/",
        "/chatz/x",
    ] {
        let missing = get(admin, at).await;
        tells(
            &missing,
            404,
            "RESOURCE_NOT_FOUND",
            &format!("Path '{}' not found.", path(at)),
        );
    }
}

async fn wrong_ids(admin: &Client) {
    for (at, name) in [
        ("projects", "Project"),
        ("secrets", "Secret"),
        ("ai-providers", "AI provider"),
        ("chats", "Chat"),
        ("documents", "Document"),
        ("policies", "Policy"),
        ("users", "User"),
        ("api-keys", "API key"),
    ] {
        for id in [
            "x",
            &format!("sec_{NOBODY}x"),
            &format!("doc_{NOBODY}"),
            "%00",
            "..%2F..",
            "%F0%9F%92%A9",
        ] {
            let answer = get(admin, &format!("/{at}/{id}")).await;
            assert_eq!(answer.status, 404, "{at} {id}: {}", answer.body);
            let message = answer.body["error"]["message"].as_str().unwrap();
            assert!(
                message.starts_with(name) && message.ends_with("not found."),
                "{message}"
            );
        }
    }
    for query in [
        "limit=0",
        "limit=101",
        "limit=x",
        "offset=-1",
        "offset=99999999999999999999",
    ] {
        assert_eq!(
            get(admin, &format!("/chats?{query}")).await.status,
            400,
            "{query}"
        );
    }
    refuses(
        &get(admin, "/chats?min_position=x").await,
        "min_position must be a position of this server",
    );
}

on_both_databases!(check);
