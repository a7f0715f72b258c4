//! Of two who use and delete something at the same moment one loses: nothing is left that uses what is gone.

use super::*;
use crate::dialects::{ECHO, on_both_databases};

const ROUNDS: u32 = 6;

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    let house = project(&admin, "house").await;
    for _ in 0..ROUNDS {
        let asked = provider(&admin, &house).await;
        let chat = json!({ "project_id": house, "ai_provider_id": asked });
        one_loses(&admin, "/ai-providers", &asked, "/chats", chat).await;

        let secret = json!({ "project_id": house, "name": "key", "value": "v" });
        let secret = id(&gives(post(&admin, "/secrets", secret).await, 201));
        let with = with_secret(&house, &secret);
        one_loses(&admin, "/secrets", &secret, "/ai-providers", with).await;

        for (things, mut thing) in [
            ("/documents", json!({ "content": "c" })),
            ("/secrets", json!({ "name": "key", "value": "v" })),
            ("/api-keys", json!({ "name": "k" })),
        ] {
            let project = project(&admin, "short").await;
            thing["project_id"] = json!(project);
            one_loses(&admin, "/projects", &project, things, thing).await;
        }
    }
    a_provider_is_given_what_is_deleted(&admin, &house).await;
}

fn with_secret(project: &str, secret: &str) -> Value {
    json!({
        "project_id": project, "name": "n", "provider": "openai", "default_model": "m", "secret_id": secret,
    })
}

/// Makes one of `things` while that is deleted which it uses.
async fn one_loses(admin: &Client, all: &str, used: &str, things: &str, thing: Value) {
    let at = format!("{all}/{used}");
    let (made, deleted) = tokio::join!(post(admin, things, thing), delete(admin, &at));
    if made.status == 201 {
        assert_eq!(deleted.status, 409, "{at} {}", deleted.body);
        gives(get(admin, &at).await, 200);
        let user = format!("{things}/{}", id(&made.body));
        assert_eq!(delete(admin, &user).await.status, 204, "{user}");
        assert_eq!(delete(admin, &at).await.status, 204, "{at}");
    } else {
        let told = (made.status.as_u16(), deleted.status.as_u16());
        assert!(matches!(told, (400 | 403 | 404, 204)), "{at} {told:?}");
    }
    gives(get(admin, &at).await, 404);
    let left = gives(get(admin, things).await, 200).to_string();
    assert!(!left.contains(used), "{at} {left}");
}

async fn a_provider_is_given_what_is_deleted(admin: &Client, house: &str) {
    let at = format!("/ai-providers/{}", provider(admin, house).await);
    for _ in 0..ROUNDS {
        let secret = json!({ "project_id": house, "name": "key", "value": "v" });
        let secret = id(&gives(post(admin, "/secrets", secret).await, 201));
        let there = format!("/secrets/{secret}");
        let (given, deleted) = tokio::join!(
            patch(admin, &at, json!({ "secret_id": secret })),
            delete(admin, &there)
        );
        let told = (given.status.as_u16(), deleted.status.as_u16());
        assert!(matches!(told, (200, 409) | (400 | 404, 204)), "{told:?}");
        let has = gives(get(admin, &at).await, 200)["secret_id"].clone();
        assert_eq!(has == json!(secret), deleted.status == 409, "{has}");
    }
}

on_both_databases!(check);
