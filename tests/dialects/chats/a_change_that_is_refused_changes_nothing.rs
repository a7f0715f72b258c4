//! A provider that is to have a secret which was deleted, though the views show it still, stays as it was in everything.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::client::eventually,
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    let project = project(&admin, "house").await;
    let [has, gone] = [
        secret(&admin, &project, "has").await,
        secret(&admin, &project, "gone").await,
    ];
    let made = json!({
        "project_id": project, "name": "mine", "provider": "openai", "default_model": "m", "secret_id": has,
    });
    let made = gives(post(&admin, "/ai-providers", made).await, 201);
    let at = format!("/ai-providers/{}", id(&made));

    let mut projector = server.meddler().await;
    projector.hold().await;
    let forced = delete(&admin, &format!("/secrets/{gone}?force=true")).await;
    assert_eq!(forced.status, 204, "{}", forced.body);
    let change = json!({ "name": "theirs", "default_model": "n", "secret_id": gone });
    let refused = patch(&admin, &at, change).await;
    projector.let_go().await;
    refuses(&refused, &format!("Secret '{gone}' not found."));

    eventually(async || admin.get("/readyz").await.body["projector"]["lag_events"] == 0).await;
    assert_eq!(gives(get(&admin, &at).await, 200), made);
}

async fn secret(admin: &Client, project: &str, name: &str) -> String {
    let body = json!({ "project_id": project, "name": name, "value": name });
    id(&gives(post(admin, "/secrets", body).await, 201))
}

on_both_databases!(check);
