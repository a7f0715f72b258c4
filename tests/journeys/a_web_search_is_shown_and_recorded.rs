//! A model searches the web for an answer: shown while it happens and again to who comes back, known to auditors, and no
//! obstacle to a server that is killed in the middle of it.

use serde_json::{Value, json};

use super::on_both_databases;
use crate::{
    actors::answers::calling,
    dialects::{assistant::upstream, audit::because},
    support::{
        client::{Client, Event, Events, shown},
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
    },
};

const FOUND: &str =
    r#"{"results":[{"title":"Tea","url":"https://tea.example/","content":"It is green."}]}"#;

/// Asks with `web`.
async fn ask(who: &Client, conversation: &str, text: &str) -> Events {
    let body = json!({ "text": text, "conversation_id": conversation, "web": true });
    let request = who.request(reqwest::Method::POST, "/api/chat/stream");
    Events::open(request.json(&body)).await.unwrap()
}

/// However many pieces the text comes in.
fn kinds(events: &[Event]) -> Vec<&str> {
    let mut kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    kinds.dedup();
    kinds
}

fn of_tools(events: &[Event]) -> Vec<Value> {
    let tools = events.iter().filter(|event| event.kind.starts_with("tool"));
    tools.map(|event| event.data.clone()).collect()
}

async fn journey(database: TestDatabase) {
    let gate = Gate::closed();
    let slow = || Reply::json(FOUND).slow_first_byte(&gate);
    let engine = Scripted::start([slow(), slow()]).await;
    let search = [("web_search", json!({ "query": "tea" }))];
    let script = [
        calling("Let me see.", &search),
        upstream::whole("It is green, they say."),
        calling("One moment.", &search),
    ];
    let model = Scripted::start(script).await;
    let settings = [
        ("WEB__SEARCH", "searxng"),
        ("WEB__SEARCH_URL", &*engine.url()),
    ];
    let (server, alice) = upstream::server_with(database, &model, &settings).await;
    let ada = server.user_as("ada", "auditor").await;
    let conversation = alice.conversation(1);

    let mut stream = ask(&alice, &conversation, "Which colour has tea?").await;
    let mut events = vec![];
    while events
        .last()
        .is_none_or(|event: &Event| event.kind != "tool_start")
    {
        events.push(stream.next().await.unwrap());
    }
    // Somebody who lost the stream now is told of it, too, and that it is not new.
    let cursor = events.last().unwrap().id.clone();
    let mut second = alice.resume(&conversation, &cursor).await;
    let mut again = vec![];
    while again
        .last()
        .is_none_or(|event: &Event| event.kind != "tool_start")
    {
        again.push(second.next().await.unwrap());
    }
    assert_eq!(again.last().unwrap().data["replayed"], json!(true));

    gate.let_pass(1);
    events.extend(stream.rest().await);
    assert_eq!(
        kinds(&events),
        [
            "meta",
            "assistant",
            "tool_start",
            "tool_end",
            "assistant",
            "done"
        ]
    );
    let told = |kind: &str| json!({ "type": kind, "name": "web_search", "label": "Searching the web: tea" });
    assert_eq!(of_tools(&events), [told("tool_start"), told("tool_end")]);
    let whole = "Let me see.\n\nIt is green, they say.";
    assert_eq!(shown(&events), whole);
    assert_eq!(events.last().unwrap().text("reply"), whole);
    again.extend(second.rest().await);
    assert_eq!(shown(&again), "\n\nIt is green, they say.");
    assert_eq!(
        again
            .iter()
            .filter(|event| event.kind == "tool_end")
            .count(),
        1
    );
    let history = alice.history(&conversation).await;
    assert_eq!(history[1], ("assistant".to_owned(), whole.to_owned()));

    // After a restart the record tells the same.
    let server = server.start_again().await;
    let (alice, ada) = (alice.at(server.address), ada.at(server.address));
    let later = alice.resume(&conversation, &cursor).await.rest().await;
    let replayed = |kind: &str| {
        let mut told = told(kind);
        told["replayed"] = json!(true);
        told
    };
    assert_eq!(
        of_tools(&later),
        [replayed("tool_start"), replayed("tool_end")]
    );
    assert_eq!(shown(&later), "\n\nIt is green, they say.");

    // Auditors see what was asked and found, with a reason; without one, that something was.
    let thread = aggregates::ThreadId::named(&conversation);
    let turn = cursor.split('.').next().unwrap();
    let path = format!("/api/audit/threads/{thread}/replies/{turn}/context");
    let bare = ada.get(&path).await.body;
    assert_eq!(bare["lookups"]["calls"][0]["tool"], "web_search", "{bare}");
    assert!(!bare["lookups"].to_string().contains("tea"), "{bare}");
    let full = because(&ada, &path, "What did it look up?").await.body;
    assert_eq!(full["lookups"]["beside_question"], json!(false));
    let call = &full["lookups"]["calls"][0];
    assert_eq!(call["arguments"], r#"{"query":"tea","count":5}"#);
    assert!(
        call["result"]
            .as_str()
            .unwrap()
            .contains("https://tea.example/")
    );
    assert!(
        full["lookups"]["rules"]
            .as_str()
            .unwrap()
            .contains("search the web")
    );

    // So do the changes, in words, and the page of an export.
    let diff = ada.get(&format!("/api/audit/threads/{thread}/diff")).await;
    let words = diff.body["changes"].to_string();
    assert!(words.contains("Looked up for it: web_search."), "{words}");
    assert!(!words.contains("tea"), "{words}");
    let dir = tempfile::tempdir().unwrap();
    server.is_signed().await;
    let (into, id) = (dir.path().to_str().unwrap(), thread.to_string());
    let export = [
        "audit", "export", into, "--thread", &id, "--as", "ada", "--reason", "A claim",
    ];
    server.command(&export, "").await.unwrap();
    let page = std::fs::read_to_string(dir.path().join("transcript.html")).unwrap();
    assert!(page.contains("<li>Searching the web: tea</li>"), "{page}");

    // Killed while something is looked up: what was shown is there, and nothing goes on.
    let mut stream = ask(&alice, &conversation, "And black tea?").await;
    let mut seen = vec![];
    while seen
        .last()
        .is_none_or(|event: &Event| event.kind != "tool_start")
    {
        seen.push(stream.next().await.unwrap());
    }
    engine.wait_for_requests(2).await;
    let mut server = server;
    server.kill().await;
    let server = server.start_again().await;
    let alice = alice.at(server.address);
    let last = seen.last().unwrap().id.clone();
    let later = alice.resume(&conversation, &last).await.rest().await;
    assert_eq!(of_tools(&later).len(), 2, "{later:?}");
    assert_eq!(
        alice.history(&conversation).await.last().unwrap().1,
        "One moment."
    );
}

on_both_databases!(journey);
