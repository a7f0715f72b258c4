//! Everything that was ever said is a long answer: who loses the right to it meanwhile is told no more of it.

use futures_util::future::join_all;
use reqwest::Method;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::*;
use crate::{
    dialects::{
        assistant::upstream::{self, delta},
        on_both_databases,
    },
    support::{
        client::Events,
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        wire,
    },
};

/// Answers, each a part of the list: more than the buffers between two processes hold, where the reader's is small.
const ANSWERS: u32 = 3;
const PARTS: usize = 11;
const PART: usize = 256 * 1024;
const READ_AHEAD: u32 = 64 * 1024;
/// The end of a list that came whole.
const WHOLE: &[u8] = b"]\r\n0\r\n\r\n";

async fn check(database: TestDatabase) {
    let long = std::iter::repeat_n(delta(&"x".repeat(PART)), PARTS);
    let upstream = Scripted::always(Reply::sse(long.chain(upstream::end()))).await;
    let (server, alice) = upstream::server(database, &upstream).await;
    let ruth = server.user_as("ruth", "admin").await;
    let made = ruth.post("/api/v1/api-keys", &json!({ "name": "a" })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let keyed = ruth.with_key(made.body["key"].as_str().unwrap());
    let talks = (1..=ANSWERS).map(|number| alice.conversation(number));
    let talks = talks.map(|talk| {
        let alice = &alice;
        async move { alice.say(&talk, "hello").await.status }
    });
    for status in join_all(talks).await {
        assert_eq!(status, 200);
    }

    // Nobody reads it on: most of it is not written yet.
    let list = begun(&keyed).await;
    let feed = keyed.request(Method::GET, "/api/audit/events");
    let feed = feed.header("accept", "text/event-stream");
    let mut feed = Events::open(feed).await.unwrap();
    let key = format!("/api/v1/api-keys/{}", made.body["id"].as_str().unwrap());
    assert_eq!(ruth.delete(&key).await.status, 204);
    // The feed was let in after the list and is looked at as often: when it ends, it is time for the list.
    while feed.next().await.expect("it says why it ends").kind != "error" {}
    let told = rest(list).await;
    assert!(!told.ends_with(WHOLE));

    let whole = rest(begun(&ruth).await).await;
    assert!(whole.ends_with(WHOLE) && told.len() < whole.len());
}

/// The list of all messages, of which this has come: it is one.
async fn begun(who: &Client) -> TcpStream {
    let key = format!("Token {}", who.key);
    let request = wire::request("GET /api/chat-messages/", &[("authorization", &key)], b"");
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(READ_AHEAD).unwrap();
    let mut connection = socket.connect(who.address).await.unwrap();
    connection.write_all(&request).await.unwrap();
    let mut first = [0; 12];
    connection.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    connection
}

/// Everything that comes before the connection ends, however it does.
async fn rest(mut connection: TcpStream) -> Vec<u8> {
    let mut rest = vec![];
    let _ = connection.read_to_end(&mut rest).await;
    rest
}

on_both_databases!(check);
