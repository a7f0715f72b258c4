//! The server is killed at random moments while conversations are erased: every erasure is carried out all the
//! same.

use std::time::Duration;

use super::{on_both_databases, words};
use crate::support::{
    databases::TestDatabase,
    kills::Kills,
    server::Server,
    traces::{Traces, marker},
};

/// Times that the server is killed in the middle of it.
const KILLS: u32 = 6;

async fn journey(database: TestDatabase) {
    let traces = Traces::of(&database);
    let mut server = Server::start(database, &[]).await;
    let mut alice = server.user("alice").await;
    let mut gone = vec![];
    let mut kills = Kills::at_random();
    for round in 0..KILLS {
        let marker = marker();
        let conversation = alice.conversation(round);
        alice
            .say(&conversation, &format!("{marker} {}", words(300)))
            .await;
        alice
            .delete(&format!("/api/chat/conversations/{conversation}"))
            .await;
        gone.push(marker);
        kills.moment(Duration::from_millis(400)).await;
        server.kill().await;
        server = server.start_again().await;
        alice = alice.at(server.address);
    }
    traces.receipts(KILLS.into()).await;
    let confirmed = "SELECT count(*) FROM events WHERE event_type = 'erasure.confirmed'";
    assert_eq!(traces.number(confirmed).await, i64::from(KILLS));
    for marker in gone {
        assert_eq!(traces.holding(&marker).await, [""; 0]);
    }
}

on_both_databases!(journey);
