//! What operators read: `/livez`, `/readyz`, `/metrics`.

use serde_json::json;

use super::{ECHO, on_both_databases};
use crate::support::{databases::TestDatabase, server::Server};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    for number in 0..3 {
        alice.say(&alice.conversation(number), "hello").await;
    }

    let live = alice.get("/livez").await;
    assert_eq!(
        (live.status.as_u16(), live.body),
        (200, json!({ "status": "ok" }))
    );

    let ready = alice.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(
        ready.body,
        json!({ "status": "ready", "database": "ok", "projector": { "lag_events": 0, "faults": 0 } })
    );

    let metrics = alice.get("/metrics").await;
    assert_eq!(
        metrics.headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let page = metrics.body.as_str().unwrap();
    for name in [
        "colloquy_commits",
        "colloquy_commit_batch_size",
        "colloquy_mailbox_depth",
        "colloquy_actors_live",
        "colloquy_open_streams",
        "colloquy_turn_seconds",
        "colloquy_http_seconds",
        "colloquy_projector_lag",
    ] {
        assert!(page.contains(name), "{name} is missing in\n{page}");
    }
    // Nothing about anybody.
    for word in ["alice", "hello", alice.id.as_str(), alice.key.as_str()] {
        assert!(!page.contains(word), "{word}");
    }
}

on_both_databases!(check);
