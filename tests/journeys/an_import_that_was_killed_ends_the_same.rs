//! An import of 800 conversations that is killed at random moments, and begun again, ends as if nothing had been.

use std::{collections::BTreeMap, fs, time::Instant};

use colloquy::store::Recorded;
use serde_json::{Value, json};

use super::on_both_databases;
use crate::support::{databases::TestDatabase, kills::Kills, server::Server};

const MANY: usize = 800;
/// Exchanges of the longest.
const LONG: usize = 200;
/// Times that it is killed.
const KILLS: usize = 5;

/// Of each thread, what happened in it, and what was said.
type Histories = Vec<Vec<(String, Option<String>)>>;

/// Short ones, and one that takes many commits.
fn conversations() -> Value {
    let conversation = |number: usize| {
        let exchanges: usize = if number == 3 { LONG } else { 1 };
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

    let import = async |name: &str| {
        let arguments = arguments(name);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let told = server.command(&arguments, "").await.unwrap();
        assert!(told.contains("800 conversations: "), "{told}");
        assert!(told.contains(" 0 could not be imported"), "{told}");
    };
    let began = Instant::now();
    import("bob").await;
    // Each goes on where the one before was killed: together they are killed over the whole of it.
    let takes = began.elapsed() / 2;

    let mut kills = Kills::at_random();
    for _ in 0..KILLS {
        let ended = kills.kill(server.spawn(&arguments("alice")), takes).await;
        if let Some(status) = ended {
            assert!(status.success(), "it ended with {status}");
        }
    }
    import("alice").await;
    let record = record(&server).await;
    let [at_once, killed] = [&bob.id, &alice.id].map(|owner| histories(&record, owner));
    let of = |kind: &str| {
        let all = killed.iter().flatten();
        all.filter(|(happened, _)| happened == kind).count()
    };
    assert_eq!([of("thread.opened"), of("thread.imported")], [MANY; 2]);
    let exchanges = [of("message.sent"), of("reply.completed")];
    assert_eq!(exchanges, [MANY + LONG - 1; 2]);
    assert!(at_once == killed, "something else is in the record");
    let list = bob.get("/api/chat/conversations?limit=100").await;
    assert_eq!(list.status, 200, "{}", list.body);
}

async fn record(server: &Server) -> Vec<Recorded> {
    let (store, mut record) = (server.store().await, vec![]);
    loop {
        let after = record.last().map_or(0, |last: &Recorded| last.position);
        let page = store.read_after(after, 5_000).await.unwrap();
        if page.is_empty() {
            return record;
        }
        record.extend(page);
    }
}

/// Everything that is recorded of somebody's threads, whatever they are called.
fn histories(record: &[Recorded], owner: &str) -> Histories {
    let mut threads = BTreeMap::new();
    for event in record {
        let payload: Value = serde_json::from_str(&event.payload).unwrap();
        let data = &payload[&event.event_type];
        if event.event_type == "thread.opened" && data["owner"] == owner {
            threads.insert(&event.aggregate_id, vec![]);
        }
        if let Some(thread) = threads.get_mut(&event.aggregate_id) {
            let text = data["text"].as_str().map(str::to_owned);
            thread.push((event.event_type.clone(), text));
        }
    }
    let mut histories: Histories = threads.into_values().collect();
    histories.sort();
    histories
}

on_both_databases!(journey);
