//! A secret that is deleted by force is taken from the providers that have it, not from one that has been given another
//! one meanwhile, though the views do not show that yet.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::client::eventually,
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    let project = project(&admin, "house").await;
    let [old, new] = [
        secret(&admin, &project, "old").await,
        secret(&admin, &project, "new").await,
    ];
    let [moved, kept] = [
        with_secret(&admin, &project, &old).await,
        with_secret(&admin, &project, &old).await,
    ];

    let mut projector = server.meddler().await;
    projector.hold().await;
    let at = format!("/ai-providers/{moved}");
    gives(patch(&admin, &at, json!({ "secret_id": new })).await, 200);
    let forced = delete(&admin, &format!("/secrets/{old}?force=true")).await;
    assert_eq!(forced.status, 204, "{}", forced.body);
    projector.let_go().await;
    eventually(async || admin.get("/readyz").await.body["projector"]["lag_events"] == 0).await;

    let has = async |provider: &str| {
        let shown = get(&admin, &format!("/ai-providers/{provider}")).await;
        gives(shown, 200)["secret_id"].clone()
    };
    assert_eq!(has(&moved).await, json!(new));
    assert_eq!(has(&kept).await, Value::Null);
}

async fn secret(admin: &Client, project: &str, name: &str) -> String {
    let body = json!({ "project_id": project, "name": name, "value": name });
    id(&gives(post(admin, "/secrets", body).await, 201))
}

async fn with_secret(admin: &Client, project: &str, secret: &str) -> String {
    let body = json!({
        "project_id": project, "name": "mine", "provider": "openai", "default_model": "m", "secret_id": secret,
    });
    id(&gives(post(admin, "/ai-providers", body).await, 201))
}

on_both_databases!(check);
