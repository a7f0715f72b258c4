//! An import of 2,000 conversations that is killed at any moment, and begun again, ends as if nothing had been.

use std::{fs, time::Duration};

use serde_json::{Value, json};

use super::on_both_databases;
use crate::support::{databases::TestDatabase, server::Server};

const MANY: usize = 2_000;

/// Short ones, and one that takes many commits.
fn conversations() -> Value {
    let conversation = |number: usize| {
        let exchanges: usize = if number == 3 { 400 } else { 1 };
        let mut messages = serde_json::Map::new();
        for nth in 0..2 * exchanges {
            let role = if nth % 2 == 0 { "user" } else { "assistant" };
            let parent = nth.checked_sub(1).map(|before| format!("m{before}"));
            let id = format!("m{nth}");
            let message = json!({ "id": id, "parentId": parent, "role": role, "content": format!("{number} {nth}") });
            messages.insert(id, message);
        }
        let current = format!("m{}", 2 * exchanges - 1);
        json!({ "id": format!("c{number}"), "title": format!("number {number}"),
                "chat": { "history": { "currentId": current, "messages": messages } } })
    };
    json!((0..MANY).map(conversation).collect::<Vec<_>>())
}

async fn journey(database: TestDatabase) {
    // Who judges is another test's matter.
    let server = Server::start(database, &[("MODERATION__ENABLED", "false")]).await;
    let [alice, bob] = [server.user("alice").await, server.user("bob").await];
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("webui.json");
    fs::write(&file, conversations().to_string()).unwrap();
    let arguments =
        |name: &str| ["import", file.to_str().unwrap(), "--as", name].map(str::to_owned);

    for nth in 1..=8 {
        let mut child = server.spawn(&arguments("alice"));
        let _ = tokio::time::timeout(Duration::from_millis(nth * 150), child.wait()).await;
        let _ = child.kill().await;
    }
    for name in ["alice", "bob"] {
        let arguments = arguments(name);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let told = server.command(&arguments, "").await.unwrap();
        assert!(told.contains("2000 conversations: "), "{told}");
        assert!(told.contains(" 0 could not be imported"), "{told}");
    }
    let types =
        "thread.opened,message.sent,reply.started,reply.completed,thread.imported,verdict.recorded";
    let mut counts = vec![];
    for user in [&alice, &bob] {
        let show = ["audit", "show", "--type", types, "--user", &user.id];
        let shown = server.command(&show, "").await.unwrap();
        let of = |kind: &str| shown.matches(&format!("\"type\":\"{kind}\"")).count();
        counts.push(
            [
                "thread.opened",
                "message.sent",
                "reply.completed",
                "thread.imported",
            ]
            .map(of),
        );
    }
    assert_eq!(counts[0], [MANY, MANY + 399, MANY + 399, MANY]);
    assert_eq!(counts[0], counts[1]);
    // The long one is in order.
    let list = bob.get("/api/chat/conversations?limit=100").await;
    assert_eq!(list.status, 200, "{}", list.body);
}

on_both_databases!(journey);
