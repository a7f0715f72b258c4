//! Two nodes on one PostgreSQL: whoever follows a reply may ask either, also while it still waits.

use std::time::Duration;

use super::upstream::{delta, end, settings, whole};
use crate::support::{
    client::{Client, Event, Events},
    databases::TestDatabase,
    scripted::{Gate, Reply, Scripted},
    server::Server,
};

/// Long enough for a node to notice what another one did.
const PATIENCE: Duration = Duration::from_secs(30);

/// The frame that a stream ends with.
async fn last(stream: Events) -> Event {
    let frames = tokio::time::timeout(PATIENCE, stream.rest()).await;
    frames.expect("the stream does not end").pop().unwrap()
}

/// Two nodes, a conversation whose first reply is held up on one of them, and the gate that holds it.
struct Stage {
    busy: Client,
    other: Client,
    conversation: String,
    first: Events,
    gate: Gate,
    _nodes: [Server; 2],
    _upstream: Scripted,
    _database: TestDatabase,
}

impl Stage {
    async fn set() -> Self {
        crate::dialects::prepare();
        let database = TestDatabase::postgres().await;
        let gate = Gate::closed();
        let frames = [delta("Once ")].into_iter().chain(end());
        let held = Reply::sse(frames).gate(&gate);
        let upstream = Scripted::start([held, whole("Second")]).await;
        let url = format!("{}/v1/", upstream.url());
        let node = async || Server::start_at(database.url(), &settings(&url)).await;
        let nodes = [node().await, node().await];
        let busy = nodes[0].user("alice").await;
        let other = busy.at(nodes[1].address);
        let conversation = busy.conversation(1);
        let mut first = busy.stream(&conversation, "Tell").await;
        assert_eq!(first.next().await.unwrap().kind, "meta");
        Self {
            busy,
            other,
            conversation,
            first,
            gate,
            _nodes: nodes,
            _upstream: upstream,
            _database: database,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_waits_on_one_node_can_be_followed_on_the_other() {
    let stage = Stage::set().await;
    let mut waiting = stage.busy.stream(&stage.conversation, "And then?").await;
    let cursor = waiting.next().await.unwrap().id;
    let there = stage.other.resume(&stage.conversation, &cursor).await;
    stage.gate.let_pass(10);
    for follower in [waiting, there] {
        let last = last(follower).await;
        assert_eq!((last.kind.as_str(), last.text("reply")), ("done", "Second"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_on_one_node_is_told_when_the_other_deletes_the_conversation() {
    let stage = Stage::set().await;
    let waiting = stage.other.stream(&stage.conversation, "And then?").await;
    let path = format!("/api/chat/conversations/{}", stage.conversation);
    assert_eq!(stage.busy.delete(&path).await.status, 200);
    let last = last(waiting).await;
    assert_eq!(
        (last.kind.as_str(), last.text("error")),
        (
            "error",
            "this message was replaced or deleted before it was answered"
        )
    );
    stage.gate.let_pass(10);
    stage.first.rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_follows_what_waits_in_somebody_else_s_conversation() {
    let stage = Stage::set().await;
    let mut waiting = stage.busy.stream(&stage.conversation, "And then?").await;
    let cursor = waiting.next().await.unwrap().id;
    let bob = stage._nodes[1].user("bob").await;
    for (conversation, status) in [(&stage.conversation, 403), (&bob.conversation(1), 404)] {
        let path = format!("/api/chat/stream?conversation_id={conversation}&after={cursor}");
        assert_eq!(bob.get(&path).await.status, status);
    }
    stage.gate.let_pass(10);
}
