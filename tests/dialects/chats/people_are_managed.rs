//! Users and keys: who may see and end them.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    let bob = person(&admin, "bob").await;
    users_are_for_admins(&admin, &bob).await;
    keys_are_ones_own(&admin, &bob).await;
    a_key_is_made_once_and_shown_once(&bob).await;
    an_account_is_made_once(&admin).await;
    an_account_ends(&admin, &bob).await;
}

async fn users_are_for_admins(admin: &Client, bob: &Client) {
    let one = format!("/users/{}", bob.id);
    let user = gives(get(admin, &one).await, 200);
    assert_eq!(
        (&user["username"], &user["role"]),
        (&json!("bob"), &json!("user"))
    );
    let body = || json!({ "username": "carol", "password": PASSWORD, "role": "user" });
    for denied in [
        get(bob, "/users").await,
        get(bob, &one).await,
        delete(bob, &one).await,
        post(bob, "/users", body()).await,
        get(bob, &format!("{one}/policies")).await,
        put(bob, &format!("{one}/policies"), json!({ "policy_ids": [] })).await,
    ] {
        forbids(&denied);
    }
    let taken = json!({ "username": "BOB", "password": "x" });
    tells(
        &post(admin, "/users", taken).await,
        409,
        "NAME_CONFLICT",
        "Username already exists",
    );
    refuses(
        &post(admin, "/users", json!({ "username": "x" })).await,
        "password is required",
    );
    for short in ["x", "sevenžž"] {
        refuses(
            &post(
                admin,
                "/users",
                json!({ "username": "carol", "password": short }),
            )
            .await,
            "A password has at least 8 characters",
        );
    }
    let odd = json!({ "username": "x", "password": "y", "role": "king" });
    refuses(
        &post(admin, "/users", odd).await,
        "role must be one of: admin, user",
    );
    let other = gives(
        post(
            admin,
            "/users",
            json!({ "username": "dora", "password": PASSWORD, "role": "admin" }),
        )
        .await,
        201,
    );
    assert_eq!(other["role"], "admin");
    let nobody = "user_0000000000000000";
    tells(
        &get(admin, &format!("/users/{nobody}")).await,
        404,
        "RESOURCE_NOT_FOUND",
        &format!("User '{nobody}' not found."),
    );

    let policy = policy(admin, json!([{ "effect": "Allow", "action": ["*"] }])).await;
    attach(admin, bob, std::slice::from_ref(&policy)).await;
    let attached = gives(get(admin, &format!("{one}/policies")).await, 200);
    assert_eq!(ids(&attached), [policy.as_str()]);
    let unknown = json!({ "policy_ids": ["pol_0000000000000000"] });
    refuses(
        &put(admin, &format!("{one}/policies"), unknown).await,
        "Policy 'pol_0000000000000000' not found.",
    );
    refuses(
        &put(admin, &format!("{one}/policies"), json!({})).await,
        "policyIds is required",
    );
    attach(admin, bob, &[]).await;
    assert_eq!(
        gives(get(admin, &format!("{one}/policies")).await, 200),
        json!([])
    );
}

async fn a_key_is_made_once_and_shown_once(bob: &Client) {
    let send = async |name: &str, body: Value| {
        let request = bob.request(Method::POST, &path("/api-keys")).json(&body);
        answer(request.header("idempotency-key", name))
            .await
            .unwrap()
    };
    let body = || json!({ "name": "once" });
    let before = ids(&gives(get(bob, "/api-keys").await, 200)).len();
    let mut first = gives(send("k1", body()).await, 201);
    let shown = first.as_object_mut().unwrap().remove("key").unwrap();
    assert_eq!(gives(send("k1", body()).await, 201), first);
    // Of twins one is shown it.
    let (one, other) = tokio::join!(send("k2", body()), send("k2", body()));
    let twins = [gives(one, 201), gives(other, 201)];
    assert_eq!(id(&twins[0]), id(&twins[1]));
    let told = twins.iter().filter(|twin| twin.get("key").is_some());
    assert_eq!(told.count(), 1);
    let after = ids(&gives(get(bob, "/api-keys").await, 200)).len();
    assert_eq!(after, before + 2);
    tells(
        &send("k1", json!({ "name": "other" })).await,
        409,
        "IDEMPOTENCY_CONFLICT",
        "This Idempotency-Key was used with another request body.",
    );
    let with_it = bob.with_key(shown.as_str().unwrap());
    let at = format!("/api-keys/{}", id(&first));
    assert_eq!(delete(&with_it, &at).await.status, 204);
    tells(
        &send("k1", body()).await,
        404,
        "RESOURCE_NOT_FOUND",
        "What this request made was deleted since.",
    );
}

async fn an_account_is_made_once(admin: &Client) {
    let send = async |name: &str, body: Value| {
        let request = admin.request(Method::POST, &path("/users")).json(&body);
        answer(request.header("idempotency-key", name))
            .await
            .unwrap()
    };
    let body = |name: &str| json!({ "username": name, "password": PASSWORD });
    let first = gives(send("u1", body("erin")).await, 201);
    assert_eq!(gives(send("u1", body("erin")).await, 201), first);
    let (one, other) = tokio::join!(send("u2", body("finn")), send("u2", body("finn")));
    assert_eq!(gives(one, 201), gives(other, 201));
    tells(
        &send("u1", body("gwen")).await,
        409,
        "IDEMPOTENCY_CONFLICT",
        "This Idempotency-Key was used with another request body.",
    );
    // Another request, or the same one with another password, has made no such account.
    let guessed = json!({ "username": "erin", "password": "another password" });
    for taken in [
        send("u3", body("erin")).await,
        send("u1", guessed).await,
        post(admin, "/users", body("erin")).await,
    ] {
        tells(&taken, 409, "NAME_CONFLICT", "Username already exists");
    }
    let at = format!("/users/{}", id(&first));
    assert_eq!(delete(admin, &at).await.status, 204);
    tells(
        &send("u1", body("erin")).await,
        404,
        "RESOURCE_NOT_FOUND",
        "What this request made was deleted since.",
    );
}

async fn keys_are_ones_own(admin: &Client, bob: &Client) {
    refuses(&post(bob, "/api-keys", json!({})).await, "name is required");
    let made = gives(
        post(bob, "/api-keys", json!({ "name": "laptop" })).await,
        201,
    );
    assert_eq!(
        names(&made),
        [
            "id",
            "name",
            "key_prefix",
            "project_id",
            "policy_ids",
            "key_case",
            "created_at",
            "updated_at",
            "key"
        ]
    );
    is_id(&made["id"], "key_");
    let shown = made["key"].as_str().unwrap();
    assert!(shown.len() == 67 && shown.starts_with(made["key_prefix"].as_str().unwrap()));
    let at = format!("/api-keys/{}", id(&made));
    assert!(gives(get(bob, &at).await, 200).get("key").is_none());
    let with_it = bob.with_key(shown);
    assert_eq!(
        ids(&gives(get(&with_it, "/api-keys").await, 200)),
        [id(&made).as_str()]
    );

    let carl = person(admin, "carl").await;
    let missing = format!("API key '{}' not found.", id(&made));
    for hidden in [
        get(&carl, &at).await,
        delete(&carl, &at).await,
        put(&carl, &at, json!({})).await,
    ] {
        tells(&hidden, 404, "RESOURCE_NOT_FOUND", &missing);
    }
    assert_eq!(gives(get(&carl, "/api-keys").await, 200), json!([]));
    assert!(ids(&gives(get(admin, "/api-keys").await, 200)).contains(&id(&made).as_str()));

    let renamed = gives(
        put(bob, &at, json!({ "name": "desktop", "keyCase": "camel" })).await,
        200,
    );
    assert_eq!(
        (&renamed["name"], &renamed["keyCase"]),
        (&json!("desktop"), &json!("camel"))
    );
    refuses(
        &put(bob, &at, json!({ "key_case": "kebab" })).await,
        "keyCase must be one of: snake, camel",
    );
    assert_eq!(delete(bob, &at).await.status, 204);
    let ended = get(&with_it, "/api-keys").await;
    assert_eq!(
        (ended.status.as_u16(), ended.body),
        (401, json!({ "error": "Unauthorized" }))
    );
    assert_eq!(delete(bob, &at).await.status, 404);
}

async fn an_account_ends(admin: &Client, bob: &Client) {
    let one = format!("/users/{}", bob.id);
    assert_eq!(delete(admin, &one).await.status, 204);
    assert_eq!(get(admin, &one).await.status, 404);
    assert_eq!(get(bob, "/projects").await.status, 401);
    let again = json!({ "username": "bob", "password": PASSWORD });
    assert_ne!(id(&gives(post(admin, "/users", again).await, 201)), bob.id);
}

on_both_databases!(check);
