//! The server is killed at random moments while conversations are erased: every erasure is carried out all the
//! same.

use std::time::Duration;

use rand::RngExt;

use super::{on_both_databases, words};
use crate::support::{
    databases::TestDatabase,
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
        // The moment is random on purpose: this is the fault, not a wait for something.
        let moment = rand::rng().random_range(0..400);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        server.kill().await;
        server = server.start_again().await;
        alice = alice.at(server.address);
    }
    traces.receipts(KILLS.into()).await;
    for marker in gone {
        assert_eq!(traces.holding(&marker).await, [""; 0]);
    }
}

on_both_databases!(journey);
