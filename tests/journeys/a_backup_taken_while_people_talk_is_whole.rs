//! A backup is made while people talk; the server that is made of it knows everything that was acknowledged before.

use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{SLOW_ECHO, prepare, words};
use crate::support::{
    client::{Answer, Client, answer},
    databases::TestDatabase,
    server::Server,
};

const TALKERS: u32 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    prepare();
    let server = Server::start(TestDatabase::sqlite(), SLOW_ECHO).await;
    let alice = server.user("alice").await;
    let stop = CancellationToken::new();
    let mut talkers = JoinSet::new();
    for number in 0..TALKERS {
        talkers.spawn(talk(alice.clone(), number, stop.clone()));
    }
    let named = alice.conversation(100);
    let first = say_once(&alice, &named).await;
    let mut acknowledged = vec![];
    for number in 0..10 {
        let (conversation, text) = (alice.conversation(200 + number), format!("before {number}"));
        assert_eq!(alice.say(&conversation, &text).await.status, 200);
        acknowledged.push((conversation, text));
    }
    // A long answer is on its way: what of it was shown by now must be there.
    let running = alice.conversation(300);
    let mut stream = alice.stream(&running, &words(4000)).await;
    let mut shown = String::new();
    while shown.len() < 500 {
        let event = stream.next().await.unwrap();
        if event.kind == "assistant" {
            shown.push_str(event.text("delta"));
        }
    }

    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    let made = ["backup", backup.to_str().unwrap()];
    let said = server.command(&made, "").await.unwrap();
    assert!(said.contains("as they were signed"), "{said}");
    stop.cancel();
    talkers.join_all().await;
    drop(stream);
    for name in ["log.db-wal", "log.db-shm", "backup.unfinished", "views.db"] {
        assert!(!backup.join(name).exists(), "{name}");
    }

    let data = tempfile::tempdir().unwrap();
    let restore = ["restore", backup.to_str().unwrap()];
    let said = server.command_in(data.path(), &restore, "").await.unwrap();
    assert!(said.contains("as they were signed"), "{said}");
    let copy = server.start_in(data).await;
    let verified = copy.command(&["audit", "verify"], "").await.unwrap();
    assert!(verified.contains("as they were signed"), "{verified}");

    let there = alice.at(copy.address);
    for (conversation, text) in &acknowledged {
        let history = there.history(conversation).await;
        assert_eq!(history.len(), 2, "{history:?}");
        assert_eq!(history[0], ("user".to_owned(), text.clone()));
    }
    let history = there.history(&running).await;
    assert!(history[1].1.starts_with(&shown), "what was shown is kept");
    // The same request is done once, even across the two.
    let again = say_once(&there, &named).await;
    assert_eq!(again.body["reply"], first.body["reply"]);
    assert_eq!(there.history(&named).await.len(), 2);
    assert_eq!(there.say(&named, "and on").await.status, 200);
    assert_eq!(there.history(&named).await.len(), 4);
}

async fn talk(client: Client, number: u32, stop: CancellationToken) {
    let conversation = client.conversation(number);
    while !stop.is_cancelled() {
        assert_eq!(client.say(&conversation, &words(20)).await.status, 200);
    }
}

async fn say_once(client: &Client, conversation: &str) -> Answer {
    let body = json!({ "text": "only once", "conversation_id": conversation });
    let request = client.request(Method::POST, "/api/chat").json(&body);
    let answer = answer(request.header("idempotency-key", "once")).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}
