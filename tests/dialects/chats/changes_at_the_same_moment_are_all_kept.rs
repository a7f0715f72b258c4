//! Many changes of one thing at the same moment: each of them is made, and none undoes another.

use futures_util::future::join_all;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    let project = project(&admin, "busy").await;
    let body = json!({
        "project_id": project, "content": "c", "path": "/a.txt", "filename": "mine.txt",
    });
    let at = format!(
        "/documents/{}",
        id(&gives(post(&admin, "/documents", body).await, 201))
    );
    let wanted = json!({
        "content": "other", "path": "/b.txt", "filename": "yours.txt", "title": "T",
        "metadata": { "a": 1 }, "tags": { "team": "eng" },
    });
    let fields = wanted.as_object().unwrap();
    let changes: Vec<Value> = fields
        .iter()
        .map(|(name, value)| json!({ (name): value }))
        .collect();
    // Each of them more than once, and all at once.
    let all = changes.iter().cycle().take(18);
    for changed in join_all(all.map(|change| patch(&admin, &at, change.clone()))).await {
        gives(changed, 200);
    }
    let kept = gives(get(&admin, &at).await, 200);
    for (name, value) in fields {
        assert_eq!(&kept[name], value, "{name}");
    }
}

on_both_databases!(check);
