//! Who opens a stream and reads nothing: dropped after `write_timeout`, while the turn goes on and is stored.

use std::time::Duration;

use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpSocket};

use super::upstream::{self, delta};
use crate::{
    dialects::on_both_databases,
    support::{
        client::{Answer, Client},
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
        wire,
    },
};

/// An answer that is sent twice over in one frame, which is more than the buffers between two processes hold.
const BIG: usize = PARTS * PART;
const PARTS: usize = 11;
const PART: usize = 256 * 1024;

async fn check(database: TestDatabase) {
    let gate = Gate::closed();
    let big = std::iter::repeat_n(delta(&"x".repeat(PART)), PARTS);
    let frames = big.chain([delta(" the end")]).chain(upstream::end());
    let upstream = Scripted::always(Reply::sse(frames).gate(&gate)).await;
    let patience = [("WRITE_TIMEOUT", "0.5")];
    let (_server, alice) = upstream::server_with(database, &upstream, &patience).await;

    let sleeper = asleep(&alice).await;
    is_dropped_and_stored(&alice, &alice.conversation(1), &gate).await;
    drop(sleeper);
}

async fn is_dropped_and_stored(alice: &Client, conversation: &str, gate: &Gate) {
    // The big text, and no more: the turn is still running when its only reader is dropped.
    gate.let_pass(PARTS);
    wait_for(alice, "colloquy_turns_open 1").await;
    wait_for(alice, "colloquy_open_streams 0").await;
    assert!(metrics(alice).await.contains("colloquy_turns_open 1"));
    gate.let_pass(3);
    wait_for(alice, "colloquy_turns_open 0").await;
    // Another send's position is beyond the end of this turn.
    let later = echoed(alice).await;
    let position = later.headers["x-colloquy-position"].to_str().unwrap();
    let path = format!(
        "/api/chat/messages?conversation_id={conversation}&limit=1&min_position={position}"
    );
    let stored = alice.get(&path).await;
    let text = stored.body["messages"][0]["content"].as_str().unwrap();
    assert_eq!(text.len(), BIG + " the end".len());
    assert!(text.ends_with(" the end"));
}

async fn echoed(alice: &Client) -> Answer {
    let body = json!({ "text": "hello", "provider": "echo" });
    alice.post("/api/chat", &body).await
}

async fn asleep(alice: &Client) -> tokio::net::TcpStream {
    let body = json!({ "text": "hello", "conversation_id": alice.conversation(1) }).to_string();
    let key = format!("Bearer {}", alice.key);
    let length = body.len().to_string();
    let headers = [("authorization", key.as_str()), ("content-length", &length)];
    let request = wire::request("POST /api/chat/stream?full=1", &headers, body.as_bytes());
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut connection = socket.connect(alice.address).await.unwrap();
    connection.write_all(&request).await.unwrap();
    wait_for(alice, "colloquy_open_streams 1").await;
    connection
}

async fn metrics(alice: &Client) -> String {
    alice
        .get("/metrics")
        .await
        .body
        .as_str()
        .unwrap()
        .to_owned()
}

async fn wait_for(alice: &Client, line: &str) {
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    let there = async {
        while !metrics(alice).await.lines().any(|found| found == line) {
            looks.tick().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), there).await;
    waited.unwrap_or_else(|_| panic!("{line} did not come"));
}

on_both_databases!(check);
