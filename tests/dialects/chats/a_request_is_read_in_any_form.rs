//! Casings, forms, slashes, heads, and requests that come twice.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

const CAMEL: [&str; 8] = [
    "id",
    "projectId",
    "aiProviderId",
    "name",
    "systemMessage",
    "model",
    "createdAt",
    "updatedAt",
];
const SNAKE: [&str; 8] = [
    "id",
    "project_id",
    "ai_provider_id",
    "name",
    "system_message",
    "model",
    "created_at",
    "updated_at",
];

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    let project = project(&admin, "mine").await;
    let provider = provider(&admin, &project).await;
    names_are_written_as_they_are_asked_for(&admin, &project, &provider).await;
    what_is_inside_of_values_stays_as_it_is(&admin, &project).await;
    forms_and_slashes_are_taken(&admin, &project, &provider).await;
    the_same_request_happens_once(&admin, &project, &provider).await;
    a_request_is_answered_again_when_what_it_named_is_gone(&admin, &project).await;
    of_different_requests_with_one_name_one_is_carried_out(&admin, &project, &provider).await;
    pages_of_all_origins_may_ask(&admin).await;
}

async fn names_are_written_as_they_are_asked_for(admin: &Client, project: &str, provider: &str) {
    let snake = json!({ "project_id": project, "ai_provider_id": provider });
    let camel = json!({ "projectId": project, "aiProviderId": provider });
    let made = gives(post(admin, "/chats", snake.clone()).await, 201);
    assert_eq!(names(&made), SNAKE);
    let at = format!("/chats/{}", id(&made));
    let made = gives(post(admin, "/chats", camel.clone()).await, 201);
    assert_eq!(names(&made), CAMEL);
    let with = async |at: &str, casing: &str| {
        let request = admin
            .request(Method::GET, &path(at))
            .header("key-case", casing);
        answer(request).await.unwrap().body
    };
    assert_eq!(names(&with(&at, "camel").await), CAMEL);
    assert_eq!(names(&with(&at, "snake").await), SNAKE);
    assert_eq!(names(&with("/chats", "camel").await[0]), CAMEL);
    let by_query = gives(
        get(admin, &format!("/chats?projectId={project}")).await,
        200,
    );
    assert_eq!(names(&by_query[0]), SNAKE);
    let snake_all_the_same = admin.request(Method::POST, &path("/chats")).json(&camel);
    let made = answer(snake_all_the_same.header("key-case", "snake"))
        .await
        .unwrap();
    assert_eq!(names(&made.body), SNAKE);
    // A key, and a token, remember it.
    let keyed = key(admin, json!({ "key_case": "camel" })).await;
    assert_eq!(names(&gives(get(&keyed, &at).await, 200)), CAMEL);
    let body = json!({ "username": "root", "password": PASSWORD });
    let login = admin.bare(Method::POST, &path("/users/login")).json(&body);
    let login = answer(login.header("key-case", "camel")).await.unwrap();
    assert_eq!(
        names(&login.body),
        ["id", "username", "role", "createdAt", "updatedAt", "token"]
    );
    let me = admin.with_key(login.body["token"].as_str().unwrap());
    assert_eq!(names(&gives(get(&me, &at).await, 200)), CAMEL);
}

async fn what_is_inside_of_values_stays_as_it_is(admin: &Client, project: &str) {
    let config = json!({ "some_key": 1, "someKey": { "other_key": [2] } });
    let body = json!({
        "projectId": project, "name": "n", "provider": "custom", "defaultModel": "m",
        "baseUrl": "http://localhost:1/v1", "config": config,
    });
    let made = gives(post(admin, "/ai-providers", body).await, 201);
    assert_eq!(made["config"], config);
    assert_eq!(
        names(&made),
        [
            "id",
            "projectId",
            "secretId",
            "name",
            "provider",
            "defaultModel",
            "baseUrl",
            "config",
            "createdAt",
            "updatedAt"
        ]
    );
    let document = json!({
        "projectId": project, "content": "c", "metadata": { "my_key": 1 }, "tags": { "someTag": "a_b" },
    });
    let made = gives(post(admin, "/documents", document).await, 201);
    assert_eq!(
        (&made["metadata"], &made["tags"]),
        (&json!({ "my_key": 1 }), &json!({ "someTag": "a_b" }))
    );
}

async fn forms_and_slashes_are_taken(admin: &Client, project: &str, provider: &str) {
    let form = format!("aiProviderId={provider}&project_id={project}&name=a+form+%26+more");
    let request = admin
        .request(Method::POST, &path("/chats/"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let made = gives(answer(request).await.unwrap(), 201);
    assert_eq!(made["name"], "a form & more");
    // As curl sends what its -d is given.
    let json = json!({ "aiProviderId": provider, "projectId": project, "name": "a&b=c" });
    let request = admin
        .request(Method::POST, &path("/chats"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(json.to_string());
    let named = gives(answer(request).await.unwrap(), 201);
    assert_eq!(named["name"], "a&b=c");
    assert_eq!(named["projectId"], *project);
    let at = format!("/chats/{}/", id(&made));
    assert_eq!(gives(get(admin, &at).await, 200)["project_id"], project);
    let head = answer(admin.request(Method::HEAD, &path(&at)))
        .await
        .unwrap();
    assert_eq!((head.status.as_u16(), head.body), (200, json!("")));
    // An alias of the id, as later servers write it.
    let alias = at.replace("cht_", "chat_");
    assert_eq!(gives(get(admin, &alias).await, 200)["id"], made["id"]);
    let health = answer(admin.bare(Method::GET, "/health")).await.unwrap();
    assert_eq!(
        (health.status.as_u16(), health.body),
        (200, json!({ "status": "ok" }))
    );
}

async fn the_same_request_happens_once(admin: &Client, project: &str, provider: &str) {
    let send = async |at: &str, key: &str, body: &Value| {
        let request = admin.request(Method::POST, &path(at)).json(body);
        answer(request.header("idempotency-key", key))
            .await
            .unwrap()
    };
    let body = json!({ "project_id": project, "ai_provider_id": provider, "name": "once" });
    let (one, other) = tokio::join!(send("/chats", "k1", &body), send("/chats", "k1", &body));
    let one = gives(one, 201);
    assert_eq!(gives(other, 201), one);
    assert_eq!(gives(send("/chats", "k1", &body).await, 201), one);
    let changed = json!({ "project_id": project, "ai_provider_id": provider, "name": "twice" });
    let refused = send("/chats", "k1", &changed).await;
    tells(
        &refused,
        409,
        "IDEMPOTENCY_CONFLICT",
        "This Idempotency-Key was used with another request body.",
    );
    assert_ne!(id(&gives(send("/chats", "k2", &body).await, 201)), id(&one));
    let secret = json!({ "project_id": project, "name": "s", "value": "v" });
    let one = gives(send("/secrets", "k1", &secret).await, 201);
    assert_eq!(gives(send("/secrets", "k1", &secret).await, 201), one);
    // What was made and deleted is not made again.
    assert_eq!(
        delete(admin, &format!("/secrets/{}", id(&one)))
            .await
            .status,
        204
    );
    tells(
        &send("/secrets", "k1", &secret).await,
        404,
        "RESOURCE_NOT_FOUND",
        "What this request made was deleted since.",
    );
    refuses(
        &send("/chats", "", &body).await,
        "Idempotency-Key must be 1 to 255 printable characters.",
    );
}

/// Who lost the first answer is not told that nothing was made.
async fn a_request_is_answered_again_when_what_it_named_is_gone(admin: &Client, project: &str) {
    let send = async |at: &str, body: &Value| {
        let request = admin.request(Method::POST, &path(at)).json(body);
        answer(request.header("idempotency-key", "named"))
            .await
            .unwrap()
    };
    let gone = async |at: String| assert_eq!(delete(admin, &at).await.status, 204, "{at}");
    let secret = json!({ "project_id": project, "name": "s", "value": "v" });
    let secret = id(&gives(post(admin, "/secrets", secret).await, 201));
    let provider = json!({
        "project_id": project, "name": "n", "provider": "openai", "default_model": "m", "secret_id": secret,
    });
    let made = id(&gives(send("/ai-providers", &provider).await, 201));
    gone(format!("/secrets/{secret}?force=true")).await;
    let again = gives(send("/ai-providers", &provider).await, 201);
    assert_eq!(again["id"], made);

    let policy = policy(admin, json!([{ "effect": "Allow", "action": ["*"] }])).await;
    let key = json!({ "name": "k", "policy_ids": [policy] });
    let issued = id(&gives(send("/api-keys", &key).await, 201));
    gone(format!("/policies/{policy}")).await;
    let again = gives(send("/api-keys", &key).await, 201);
    assert_eq!(again["id"], issued);
    assert!(again.get("key").is_none());
}

async fn of_different_requests_with_one_name_one_is_carried_out(
    admin: &Client,
    project: &str,
    provider: &str,
) {
    let bodies = |key: &str, nth: u32| {
        let name = format!("{key} {nth}");
        let chat = json!({ "project_id": project, "ai_provider_id": provider, "name": name });
        let document = json!({ "project_id": project, "content": "c", "title": name });
        [("/chats", chat), ("/documents", document)]
    };
    for round in 0..4 {
        let key = format!("race {round}");
        let mut racing = tokio::task::JoinSet::new();
        for nth in 0..8 {
            for (at, body) in bodies(&key, nth) {
                let request = admin.request(Method::POST, &path(at)).json(&body);
                let request = request.header("idempotency-key", &key);
                racing.spawn(async move { (at, answer(request).await.unwrap()) });
            }
        }
        let answers = racing.join_all().await;
        for at in ["/chats", "/documents"] {
            let of_this = answers.iter().filter(|(known, _)| *known == at);
            let (made, refused): (Vec<_>, Vec<_>) =
                of_this.partition(|(_, answer)| answer.status == 201);
            assert_eq!((made.len(), refused.len()), (1, 7), "{answers:?}");
            for (_, refused) in refused {
                tells(
                    refused,
                    409,
                    "IDEMPOTENCY_CONFLICT",
                    "This Idempotency-Key was used with another request body.",
                );
            }
        }
    }
}

async fn pages_of_all_origins_may_ask(admin: &Client) {
    let asks = admin.bare(Method::OPTIONS, &path("/chats"));
    let asks = asks
        .header("origin", "https://page.example")
        .header("access-control-request-method", "POST");
    let asked = answer(asks).await.unwrap();
    assert_eq!(asked.status, 204);
    assert_eq!(asked.headers["access-control-allow-origin"], "*");
    let listed = admin.request(Method::GET, &path("/chats"));
    let listed = answer(listed.header("origin", "https://page.example"))
        .await
        .unwrap();
    assert_eq!(listed.headers["access-control-allow-origin"], "*");
    let elsewhere = admin.request(Method::GET, "/api/auth/me");
    let elsewhere = answer(elsewhere.header("origin", "https://page.example"))
        .await
        .unwrap();
    assert!(
        !elsewhere
            .headers
            .contains_key("access-control-allow-origin")
    );
}

on_both_databases!(check);
