//! Metadata is for every auditor; what was said, for those who say why, and that stays on the record.

use serde_json::json;

use super::{ECHO, because, lines, on_both_databases};
use crate::support::{databases::TestDatabase, server::Server};

const MARKER: &str = "the weather in Tartu";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let ada = server.user_as("ada", "auditor").await;
    let conversation = format!("{}:web:Tartu", alice.id);
    alice.say(&conversation, MARKER).await;
    let thread = aggregates::ThreadId::named(&conversation).to_string();
    let paths = ["events", "at", "diff"].map(|what| format!("/api/audit/threads/{thread}/{what}"));

    for path in &paths {
        let shown = ada.get(path).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        assert!(
            !shown.body.to_string().contains("Tartu"),
            "{path}: {}",
            shown.body
        );
    }
    let (events, _) = lines(&ada, "/api/audit/events?limit=1000").await;
    assert!(!json!(events).to_string().contains("Tartu"));
    let sent = events
        .iter()
        .find(|event| event["type"] == "message.sent")
        .unwrap();
    assert_eq!(sent["withheld"], json!(["text"]));
    assert_eq!(sent["data"]["text"], json!(null));
    assert_eq!(sent["by"], json!(alice.id));
    let opened = events
        .iter()
        .find(|event| event["type"] == "thread.opened")
        .unwrap();
    assert_eq!(opened["withheld"], json!(["reference"]));
    assert_eq!(opened["data"]["reference"], json!(null));

    for bad in [" ", &"x".repeat(501)] {
        assert_eq!(because(&ada, &paths[0], bad).await.status, 400);
    }
    for (number, path) in (1..).zip(&paths) {
        let reason = format!("Complaint 17/{number}");
        let shown = because(&ada, path, &reason).await;
        assert!(
            shown.body.to_string().contains(MARKER),
            "{path}: {}",
            shown.body
        );
        // It is in the thread's trail from now on, also for those who see no content.
        let trail = ada.get(&paths[0]).await;
        let last = trail.body["events"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .clone();
        assert_eq!(last["type"], "content.read");
        assert_eq!(last["by"], json!(ada.id));
        assert_eq!(
            last["data"],
            json!({
                "reader": ada.id, "what": "messages", "threads": [thread], "reason": reason
            })
        );
    }
    let at = because(&ada, &paths[1], "Its name").await;
    assert_eq!(at.body["reference"], json!(conversation));
    let feed = because(&ada, "/api/audit/events?type=message.sent", "A feed").await;
    assert!(feed.body.to_string().contains(MARKER), "{}", feed.body);
    let of_thread = format!("/api/audit/events?thread={thread}&type=content.read");
    let (readings, _) = lines(&ada, &of_thread).await;
    assert_eq!(readings.len(), 5);
    assert_eq!(readings[4]["data"]["reason"], "A feed");

    // Keys of attachments and names of accounts are shown to nobody.
    let names = because(&ada, "/api/audit/events?type=user.registered", "Names").await;
    assert!(!names.body.to_string().contains("alice"), "{}", names.body);

    // What was erased is shown to nobody, whatever the reason; that it was, is.
    alice
        .delete(&format!("/api/chat/conversations/{conversation}"))
        .await;
    let erased = || async {
        let at = because(&ada, &paths[1], "Is it gone?").await;
        at.body["erasure"]["confirmed_at"].is_string()
    };
    crate::support::client::eventually(erased).await;
    for path in &paths {
        let shown = because(&ada, path, "Is it gone?").await;
        assert_eq!(shown.status, 200);
        assert!(
            !shown.body.to_string().contains("Tartu"),
            "{path}: {}",
            shown.body
        );
    }
    let at = ada.get(&paths[1]).await;
    let receipt = at.body["erasure"]["receipt"].as_array().unwrap();
    assert!(
        receipt
            .iter()
            .any(|part| part == &json!({ "store": "keys", "items": 2 })),
        "{receipt:?}"
    );
}

on_both_databases!(check);
