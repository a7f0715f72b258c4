//! A secret's value is in no answer, no log, no file and no view.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

const MARKER: &str = "sk-marker-9f1c2b7d4e";

async fn check(database: TestDatabase) {
    let server = Server::start_logged(database, &[ECHO, ("LOG", "debug")]).await;
    let admin = admin(&server).await;
    let project = project(&admin, "mine").await;
    let body = json!({ "project_id": project, "name": "openai", "value": MARKER });
    let made = gives(post(&admin, "/secrets", body).await, 201);
    assert_eq!(
        names(&made),
        [
            "id",
            "project_id",
            "name",
            "has_value",
            "created_at",
            "updated_at"
        ]
    );
    is_id(&made["id"], "sec_");
    assert_eq!(made["has_value"], true);
    let at = format!("/secrets/{}", id(&made));
    let changed = json!({ "name": "renamed", "value": format!("{MARKER}-2") });
    let answers = [
        gives(patch(&admin, &at, changed).await, 200),
        gives(get(&admin, &at).await, 200),
        gives(get(&admin, "/secrets").await, 200),
        post(&admin, "/secrets", json!({ "name": MARKER, "value": 7 }))
            .await
            .body,
        admin.get("/metrics").await.body,
    ];
    assert_eq!(
        (&answers[0]["name"], &answers[0]["created_at"]),
        (&json!("renamed"), &made["created_at"])
    );
    for answer in &answers {
        assert!(!answer.to_string().contains(MARKER), "{answer}");
    }
    refuses(
        &patch(&admin, &at, json!({ "value": "" })).await,
        "value is required",
    );

    let provider = json!({
        "project_id": project, "name": "n", "provider": "openai", "default_model": "m", "secret_id": id(&made),
    });
    let provider = gives(post(&admin, "/ai-providers", provider).await, 201);
    assert_eq!(provider["secret_id"], made["id"]);
    let refused = delete(&admin, &at).await;
    assert_eq!(
        refused.body["error"]["meta"],
        json!({ "aiProviderCount": 1 })
    );
    tells(
        &refused,
        409,
        "SECRET_HAS_DEPENDENTS",
        "AI providers use this secret; delete it with ?force=true all the same.",
    );

    // Neither in what is kept, nor in what is logged.
    let store = server.store().await;
    let head = store.head().await.unwrap();
    for event in store
        .read_after(0, u32::try_from(head).unwrap())
        .await
        .unwrap()
    {
        assert!(!event.payload.contains(MARKER), "{}", event.payload);
    }
    store.close().await;
    assert!(!server.log().contains(MARKER));
    for file in files(server.data()) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes
            .windows(MARKER.len())
            .any(|window| window == MARKER.as_bytes());
        assert!(!found, "{}", file.display());
    }
    assert_eq!(
        delete(&admin, &format!("{at}?force=true")).await.status,
        204
    );
    assert_eq!(get(&admin, &at).await.status, 404);
}

fn files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

on_both_databases!(check);
