//! The server is killed at random moments while clients stream, leave and come back at random; in some houses each of
//! them in two tabs of its conversation.
//!
//! Afterwards: every byte that a client was shown is in the history, at its place; no acknowledged
//! message is missing, and no refused one is there; nothing is left generating.

use std::{
    net::SocketAddr,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aggregates::thread::TurnPolicy;
use futures_util::future::join_all;
use rand::RngExt;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{SLOW_ECHO, house::House, in_other_houses, on_both_databases, words};
use crate::support::{
    client::{Client, Event, Events},
    databases::TestDatabase,
    server::Server,
};

/// Bytes that have to be shown: less would say little.
const SHOWN: usize = 1000;

/// What happens, and how often.
struct Storm {
    /// At least; a busy machine shows so little between two of them that there are more.
    kills: usize,
    /// How long a server lives, in milliseconds.
    lives: Range<u64>,
    clients: u32,
    /// In which a client says something at the same time.
    tabs: usize,
}

/// What goes on around the clients.
#[derive(Clone)]
struct Weather {
    /// Where the server is.
    addresses: watch::Receiver<SocketAddr>,
    stop: CancellationToken,
    /// Bytes of answers that they were shown so far.
    shown: Arc<AtomicUsize>,
}

/// What one client knows to be true.
struct Witness {
    client: Client,
    conversation: String,
    /// What was said at the same time, one after the other.
    rounds: Vec<Vec<Seen>>,
}

/// What one client was shown of one turn.
struct Seen {
    text: String,
    shown: String,
    over: Option<Event>,
    /// The server would not have it beside another one.
    refused: bool,
}

async fn journey(database: TestDatabase, house: House, storm: Storm) {
    let mut server = Server::start(database, &house.with(SLOW_ECHO)).await;
    let alice = server.user("alice").await;
    let (moved, addresses) = watch::channel(server.address);
    let weather = Weather {
        addresses,
        stop: CancellationToken::new(),
        shown: Arc::default(),
    };
    let mut clients = JoinSet::new();
    for number in 0..storm.clients {
        clients.spawn(chat(alice.clone(), number, storm.tabs, weather.clone()));
    }
    let shown = || weather.shown.load(Ordering::Relaxed);
    let mut kills = 0;
    while kills < storm.kills || (shown() <= SHOWN && kills < 4 * storm.kills) {
        kills += 1;
        // The moment is random on purpose: this is the fault, not a wait for something.
        let moment = rand::rng().random_range(storm.lives.clone());
        tokio::time::sleep(Duration::from_millis(moment)).await;
        server.kill().await;
        server = server.start_again().await;
        moved.send(server.address).unwrap();
    }
    weather.stop.cancel();
    let witnesses = clients.join_all().await;
    let shown = shown();
    assert!(shown > SHOWN, "the clients were shown only {shown} bytes");
    for witness in witnesses {
        check(&witness, &house, server.address).await;
    }
    let calm = alice.at(server.address);
    let said = calm
        .say(&calm.conversation(storm.clients), "and now?")
        .await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
    house.every_attempt_is_recorded(&server).await;
}

/// Talks until told to stop; each turn is read to its end, however often the server goes away.
async fn chat(client: Client, number: u32, tabs: usize, weather: Weather) -> Witness {
    let conversation = client.conversation(number);
    let mut rounds = vec![];
    while !weather.stop.is_cancelled() {
        let round = (0..tabs).map(|tab| {
            let name = format!("{number}-{}-{tab}", rounds.len());
            let text = format!("{name} {}", words(30 + 7 * number as usize));
            let key = Arc::from(name);
            turn(&client, &conversation, text, key, weather.clone())
        });
        let round = join_all(round).await;
        rounds.push(round);
    }
    Witness {
        client,
        conversation,
        rounds,
    }
}

async fn turn(
    client: &Client,
    conversation: &str,
    text: String,
    key: Arc<str>,
    mut weather: Weather,
) -> Seen {
    let mut seen = Seen {
        text: text.clone(),
        shown: String::new(),
        over: None,
        refused: false,
    };
    let mut cursor: Option<String> = None;
    while seen.over.is_none() && !seen.refused {
        let here = client.at(*weather.addresses.borrow_and_update());
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
            Ok(events) => {
                let before = seen.shown.len();
                read(events, &mut seen, &mut cursor, leave_after).await;
                let more = seen.shown.len() - before;
                weather.shown.fetch_add(more, Ordering::Relaxed);
            }
            // It is down: its next start is announced.
            Err(error) if error.status().is_none() => {
                let _ = tokio::time::timeout(Duration::from_secs(30), weather.addresses.changed())
                    .await;
            }
            Err(error) if error.status() == Some(StatusCode::CONFLICT) => {
                assert!(cursor.is_none(), "what was taken is not refused later");
                seen.refused = true;
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

async fn check(witness: &Witness, house: &House, address: SocketAddr) {
    let client = witness.client.at(address);
    let history = client.history(&witness.conversation).await;
    let mut next = 0;
    for round in &witness.rounds {
        let refused = round.iter().filter(|turn| turn.refused).count();
        let may_be = match house.policy {
            TurnPolicy::Reject => round.len() - 1,
            TurnPolicy::Queue | TurnPolicy::Interrupt => 0,
        };
        assert!(
            refused <= may_be,
            "{refused} of {} were refused",
            round.len()
        );
        // Which of two tabs was first is the record's to say.
        let taken = round.iter().filter(|turn| !turn.refused);
        let mut taken: Vec<_> = taken.map(|turn| (place(&history, turn), turn)).collect();
        taken.sort_by_key(|(place, _)| *place);
        for (place, turn) in taken {
            assert_eq!(place, next, "nothing is there twice, or after all");
            next += 1;
            // A reply that was interrupted before its first word is no message.
            let kept = match history.get(next) {
                Some((role, text)) if role == "assistant" => {
                    next += 1;
                    text.as_str()
                }
                _ => "",
            };
            let over = turn.over.as_ref().unwrap();
            if over.kind == "done" {
                assert_eq!(over.text("reply"), kept);
            }
            assert_eq!(turn.shown, kept, "what was shown is what was kept");
        }
    }
    assert_eq!(next, history.len(), "nothing was sent twice, or after all");
}

/// Where what was said stands in the history.
fn place(history: &[(String, String)], turn: &Seen) -> usize {
    let said = |(role, text): &(String, String)| role == "user" && *text == turn.text;
    let place = history.iter().position(said);
    place.expect("no acknowledged message is missing")
}

async fn as_usual(database: TestDatabase) {
    let storm = Storm {
        kills: 25,
        lives: 20..300,
        clients: 20,
        tabs: 1,
    };
    journey(database, House::usual(), storm).await;
}

on_both_databases!(as_usual);

async fn in_two_tabs(database: TestDatabase, house: House) {
    let storm = Storm {
        kills: 5,
        lives: 100..800,
        clients: 8,
        tabs: 2,
    };
    journey(database, house, storm).await;
}

in_other_houses!(in_two_tabs);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_messages_wait() {
    super::prepare();
    in_two_tabs(TestDatabase::sqlite(), House::usual()).await;
}

/// Where the turns' owners are rows that nodes share.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_messages_interrupt_on_postgres() {
    super::prepare();
    let house = House::of(TurnPolicy::Interrupt);
    in_two_tabs(TestDatabase::postgres().await, house).await;
}
