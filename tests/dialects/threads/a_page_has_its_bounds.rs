//! No page has more than 300 rows, however many there are and whoever asks for more.

use aggregates::{
    MessageId, ThreadId, TurnId, UserId,
    thread::{Dialect, MessageSent, Opened, Route, ThreadEvent, TurnOptions},
};
use colloquy::{
    shutdown::Shutdown,
    store::{Bell, Commit, Committer, NewEvent},
};
use uuid::Uuid;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{client::eventually, databases::TestDatabase, server::Server},
};

const MOST: usize = 300;
const MORE: usize = MOST + 5;
/// Events that one commit takes.
const AT_ONCE: usize = 64;

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let thread = many_threads_and_messages(&server, &alice).await;
    let messages = format!("/api/chat-messages/?thread={thread}");
    for list in ["/api/chat-threads/?o=created", messages.as_str()] {
        eventually(async || {
            let page = get(&alice, &format!("{list}&page_size=1")).await;
            page.headers["x-result-count"] == MORE.to_string().as_str()
        })
        .await;
        for size in ["300", "301", "99999999999999999999999"] {
            has(&alice, &format!("{list}&page_size={size}"), MOST, "2").await;
            let second = format!("{list}&page_size={size}&page=2");
            has(&alice, &second, MORE - MOST, "2").await;
            let third = get(&alice, &format!("{list}&page_size={size}&page=3")).await;
            details(&third, 404, "Invalid page.");
        }
        has(&alice, &format!("{list}&page_size=x&page=1"), 10, "31").await;
    }
    // Messages are whole where no page is asked for.
    let whole = get(&alice, &messages).await;
    assert_eq!(whole.body.as_array().unwrap().len(), MORE);
}

/// So many rows, and so many pages of them.
async fn has(who: &Client, path: &str, rows: usize, pages: &str) {
    let page = get(who, path).await;
    assert_eq!(page.status, 200, "{path}");
    assert_eq!(page.body.as_array().unwrap().len(), rows, "{path}");
    let link = page.headers["link"].to_str().unwrap();
    assert!(
        link.ends_with(&format!("&page={pages}>; rel=\"last\"")),
        "{link}"
    );
}

/// Written into the record beside the server, and no model is asked. The answer is the thread that has many messages.
async fn many_threads_and_messages(server: &Server, who: &Client) -> String {
    let shutdown = Shutdown::default();
    let committer = Committer::start(server.store().await, Bell::new(), &shutdown);
    let owner: UserId = who.id.parse().unwrap();
    let mut ids = vec![];
    for _ in 0..MORE {
        let id = ThreadId(Uuid::now_v7());
        let opened = ThreadEvent::Opened(Opened {
            owner,
            dialect: Dialect::Threads,
            reference: None,
            channel: None,
            name: None,
        });
        let mut events = vec![opened];
        if ids.is_empty() {
            events.extend((0..MORE as u64).map(|nth| sent(2 * nth + 1)));
        }
        let mut expected = 0;
        for part in events.chunks(AT_ONCE) {
            let events = part.iter().map(|event| NewEvent::of(event).unwrap());
            let commit = Commit {
                command_id: Uuid::now_v7(),
                fingerprint: None,
                aggregate_type: "thread",
                aggregate_id: id.to_string(),
                expected,
                epoch: 0,
                events: events.collect(),
                metadata: "{}".to_owned(),
                reserve: vec![],
                release: vec![],
                turns: vec![],
            };
            expected = committer.commit(commit).await.unwrap().last_sequence;
        }
        ids.push(id);
    }
    ids[0].0.simple().to_string()
}

fn sent(index: u64) -> ThreadEvent {
    ThreadEvent::MessageSent(MessageSent {
        message: MessageId(Uuid::now_v7()),
        index,
        text: format!("message {index}"),
        attachments: vec![],
        replaces: None,
        turn: TurnId(Uuid::now_v7()),
        route: Route {
            provider: "echo".to_owned(),
            model: "echo-1".to_owned(),
        },
        options: TurnOptions::default(),
    })
}

on_both_databases!(check);
