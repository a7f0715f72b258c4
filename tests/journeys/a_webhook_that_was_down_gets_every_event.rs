//! A receiver that is down, a server that is killed in the middle of telling it: in the end it has every event, each as
//! often as it did not say that it has it, in the order of the log.

use std::collections::BTreeSet;

use serde_json::json;

use super::on_both_databases;
use crate::{
    support::{
        client::{Client, eventually},
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
        server::Server,
    },
    webhooks::world::{ids, is_signed, positions},
};

/// What the record has of this type, by position.
async fn recorded(ada: &Client, event_type: &str) -> Vec<u64> {
    let path = format!("/api/audit/events?type={event_type}");
    let feed = ada.request(reqwest::Method::GET, &path).send().await;
    let feed = feed.unwrap().text().await.unwrap();
    let lines = feed.lines().filter_map(|line| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["position"].as_str()?.parse().ok()
    });
    lines.collect()
}

async fn journey(database: TestDatabase) {
    let gate = Gate::closed();
    // The first message is on its way when the server is killed; then it is down, and then it is back.
    let mut script = vec![Reply::json("{}").slow_first_byte(&gate)];
    script.push(Reply::error(503, "down").header("retry-after", "1"));
    script.extend(vec![Reply::json("{}"); 60]);
    let receiver = Scripted::start(script).await;
    let settings = [("WEBHOOKS__NETWORKS", "loopback")];
    let mut server = Server::start(database, &settings).await;
    let ada = server.user_as("ada", "auditor").await;
    let mut alice = server.user("alice").await;
    let wish = json!({ "url": receiver.url(), "events": ["message.sent"] });
    let made = ada.post("/api/audit/webhooks", &wish).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let secret = colloquy::config::Secret::new(made.body["secret"].as_str().unwrap());
    let one = format!(
        "/api/audit/webhooks/{}",
        made.body["webhook"].as_str().unwrap()
    );
    alice.say(&alice.conversation(1), "one").await;
    receiver.wait_for_requests(1).await;
    alice.say(&alice.conversation(1), "two").await;
    server.kill().await;

    server = server.start_again().await;
    let ada = ada.at(server.address);
    alice = alice.at(server.address);
    for nth in 0..5 {
        alice.say(&alice.conversation(2), &format!("{nth}")).await;
    }
    let sent = recorded(&ada, "message.sent").await;
    assert_eq!(sent.len(), 7);
    eventually(async || {
        let path = format!("{one}/deliveries?state=delivered");
        let page = ada.get(&path).await.body;
        page["deliveries"].as_array().unwrap().len() == sent.len()
    })
    .await;
    // A receiver's fault is none of the server's.
    assert_eq!(ada.get("/readyz").await.status, 200);

    let received = receiver.received();
    assert!(received.iter().all(|one| is_signed(one, &secret)));
    let told: BTreeSet<u64> = positions(&received).into_iter().collect();
    assert_eq!(told.into_iter().collect::<Vec<_>>(), sent);
    // What it had not taken came again under the same id, and nothing else did.
    let ids = ids(&received);
    assert_eq!(ids.iter().filter(|id| **id == ids[0]).count(), 3);
    assert_eq!(ids.len(), sent.len() + 2);
    assert!(server.end().await);
}

on_both_databases!(journey);
