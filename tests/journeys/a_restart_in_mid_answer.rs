//! The server is killed at 25 random moments while 20 clients stream, leave and come back at random.
//!
//! Afterwards: every byte that a client was shown is in the history, at its place; no acknowledged
//! message is missing; nothing is left generating.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rand::RngExt;
use reqwest::Method;
use serde_json::json;
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{SLOW_ECHO, on_both_databases, words};
use crate::support::{
    client::{Client, Event, Events},
    databases::TestDatabase,
    server::Server,
};

const KILLS: usize = 25;
const CLIENTS: u32 = 20;

/// What one client knows to be true.
struct Witness {
    client: Client,
    conversation: String,
    turns: Vec<Seen>,
}

/// What one client was shown of one turn.
struct Seen {
    text: String,
    shown: String,
    over: Option<Event>,
}

async fn journey(database: TestDatabase) {
    let mut server = Server::start(database, SLOW_ECHO).await;
    let alice = server.user("alice").await;
    let (moved, addresses) = watch::channel(server.address);
    let stop = CancellationToken::new();
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(chat(alice.clone(), number, addresses.clone(), stop.clone()));
    }
    for _ in 0..KILLS {
        // The moment is random on purpose: this is the fault, not a wait for something.
        let moment = rand::rng().random_range(20..300);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        server.kill().await;
        server = server.start_again().await;
        moved.send(server.address).unwrap();
    }
    stop.cancel();
    let witnesses = clients.join_all().await;
    let shown: usize = witnesses
        .iter()
        .flat_map(|witness| &witness.turns)
        .map(|turn| turn.shown.len())
        .sum();
    assert!(shown > 1000, "the clients were shown only {shown} bytes");
    for witness in witnesses {
        check(&witness, server.address).await;
    }
}

/// Talks until told to stop; each turn is read to its end, however often the server goes away.
async fn chat(
    client: Client,
    number: u32,
    addresses: watch::Receiver<SocketAddr>,
    stop: CancellationToken,
) -> Witness {
    let conversation = client.conversation(number);
    let mut turns = vec![];
    while !stop.is_cancelled() {
        let text = format!(
            "{number}-{} {}",
            turns.len(),
            words(30 + 7 * number as usize)
        );
        let key = Arc::from(format!("{number}-{}", turns.len()));
        turns.push(turn(&client, &conversation, text, key, addresses.clone()).await);
    }
    Witness {
        client,
        conversation,
        turns,
    }
}

async fn turn(
    client: &Client,
    conversation: &str,
    text: String,
    key: Arc<str>,
    mut addresses: watch::Receiver<SocketAddr>,
) -> Seen {
    let mut seen = Seen {
        text: text.clone(),
        shown: String::new(),
        over: None,
    };
    let mut cursor: Option<String> = None;
    while seen.over.is_none() {
        let here = client.at(*addresses.borrow_and_update());
        let request = match &cursor {
            // A page that lost its connection asks for the rest.
            Some(cursor) => here
                .request(
                    Method::GET,
                    &format!("/api/chat/stream?conversation_id={conversation}"),
                )
                .header("last-event-id", cursor),
            // One that got no answer at all repeats the request, under its name.
            None => here
                .request(Method::POST, "/api/chat/stream")
                .header("idempotency-key", &*key)
                .json(&json!({ "text": text, "conversation_id": conversation })),
        };
        let leave_after = rand::rng().random_range(1..60);
        match Events::open(request).await {
            Ok(events) => read(events, &mut seen, &mut cursor, leave_after).await,
            // It is down: its next start is announced.
            Err(error) if error.status().is_none() => {
                let _ = tokio::time::timeout(Duration::from_secs(30), addresses.changed()).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    seen
}

async fn read(
    mut events: Events,
    seen: &mut Seen,
    cursor: &mut Option<String>,
    leave_after: usize,
) {
    for _ in 0..leave_after {
        let Some(event) = events.next().await else {
            return;
        };
        if event.kind == "assistant" {
            let before = cursor.as_deref().map_or(0, offset);
            seen.shown.push_str(event.text("delta"));
            assert_eq!(
                offset(&event.id),
                before + event.text("delta").len(),
                "no gap, no duplicate, always onward"
            );
            assert_eq!(offset(&event.id), seen.shown.len());
        }
        assert_ne!(event.kind, "reset", "nothing that was shown is taken back");
        if event.kind == "done" || event.kind == "error" {
            seen.over = Some(event);
            return;
        }
        *cursor = Some(event.id);
    }
}

fn offset(cursor: &str) -> usize {
    cursor.split('.').nth(1).unwrap().parse().unwrap()
}

async fn check(witness: &Witness, address: SocketAddr) {
    let client = witness.client.at(address);
    let path = format!(
        "/api/chat/messages?conversation_id={}&limit=100",
        witness.conversation
    );
    let history = client.get(&path).await.body["messages"]
        .as_array()
        .unwrap()
        .clone();
    let mut rest = history.iter().peekable();
    for turn in &witness.turns {
        let user = rest.next().expect("no acknowledged message is missing");
        assert_eq!(user["role"], "user");
        assert_eq!(user["content"], turn.text.as_str());
        // A reply that was interrupted before its first word is no message.
        let kept = match rest.next_if(|message| message["role"] == "assistant") {
            Some(answer) => answer["content"].as_str().unwrap(),
            None => "",
        };
        let over = turn.over.as_ref().unwrap();
        if over.kind == "done" {
            assert_eq!(over.text("reply"), kept);
        }
        assert_eq!(turn.shown, kept, "what was shown is what was kept");
    }
    assert!(rest.next().is_none(), "nothing was sent twice");
}

on_both_databases!(journey);
