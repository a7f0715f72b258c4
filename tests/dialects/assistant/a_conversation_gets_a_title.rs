//! Titles: asked for once, after the first answer, of whoever wrote it; a reply never waits for one.

use serde_json::{Value, json};

use super::upstream;
use crate::{
    dialects::on_both_databases,
    support::{
        client::{Client, eventually},
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
    },
};

async fn check(database: TestDatabase) {
    let slow = Gate::closed();
    let scripted = Scripted::start([
        // The first answer fails, so that the second is the first one that went well.
        Reply::error(400, "not today"),
        upstream::whole("Charles built a bridge."),
        upstream::whole("\"**Title: A bridge\tin Prague.**\"\n\nIt is old.").slow_first_byte(&slow),
        upstream::whole("It is 516 m long."),
        upstream::whole("another conversation"),
        Reply::error(400, "no title either"),
        upstream::whole("and one more"),
    ])
    .await;
    let (server, alice) = upstream::server_with(database, &scripted, &[("TITLES", "on")]).await;
    let conversation = alice.conversation(1);
    assert_eq!(
        alice.say(&conversation, "Hello?").await.headers["x-error"],
        "provider"
    );
    assert_eq!(
        alice.say(&conversation, "Who built it?").await.body["reply"],
        "Charles built a bridge."
    );
    scripted.wait_for_requests(3).await;
    let asked = scripted.received()[2].body["messages"].to_string();
    for part in [
        "three to six words",
        "Who built it?",
        "Charles built a bridge.",
    ] {
        assert!(asked.contains(part), "{asked}");
    }
    // Nobody waits for it.
    assert_eq!(title(&alice, &conversation).await, "Hello?");
    assert_eq!(
        alice.say(&conversation, "How long is it?").await.body["reply"],
        "It is 516 m long."
    );
    slow.let_pass(1);
    eventually(async || title(&alice, &conversation).await == "A bridge in Prague").await;

    // A title that cannot be had is asked for once, and the answer is none the worse.
    let other = alice.conversation(2);
    assert_eq!(
        alice.say(&other, "What else?").await.body["reply"],
        "another conversation"
    );
    scripted.wait_for_requests(6).await;
    assert_eq!(
        alice.say(&other, "And?").await.body["reply"],
        "and one more"
    );
    assert_eq!(title(&alice, &other).await, "What else?");
    // What titles cost is in the record, theirs too that could not be had.
    let store = server.store().await;
    let asked = store.read_named_after(&["title.asked"], 0, 10).await;
    let asked: Vec<Value> = asked
        .unwrap()
        .iter()
        .map(|event| serde_json::from_str::<Value>(&event.payload).unwrap())
        .map(|event| event["title.asked"]["attempts"][0].clone())
        .collect();
    assert_eq!(asked.len(), 2);
    assert!(asked[0]["usage"]["prompt_tokens"].as_u64().unwrap() > 0);
    assert_eq!(asked[0]["error"], Value::Null);
    assert!(asked[1]["error"].is_string(), "{}", asked[1]);
    // Neither a restart nor time makes it ask again: what is behind the checkpoint stays there.
    let server = server.start_again().await;
    let alice = alice.at(server.address);
    assert_eq!(title(&alice, &conversation).await, "A bridge in Prague");
    assert_eq!(scripted.received().len(), 7);
}

async fn a_title_of_what_was_erased_names_nothing(database: TestDatabase) {
    let slow = Gate::closed();
    let scripted = Scripted::start([
        upstream::whole("a secret"),
        upstream::whole("The secret title").slow_first_byte(&slow),
        upstream::whole("nothing special"),
        upstream::whole("Nothing special"),
    ])
    .await;
    let (_server, alice) = upstream::server_with(database, &scripted, &[("TITLES", "on")]).await;
    let conversation = alice.conversation(1);
    alice.say(&conversation, "tell me").await;
    scripted.wait_for_requests(2).await;
    alice
        .delete(&format!("/api/chat/conversations/{conversation}"))
        .await;
    alice.say(&conversation, "tell me again").await;
    slow.let_pass(1);
    eventually(async || title(&alice, &conversation).await == "Nothing special").await;
}

async fn an_echo_names_nothing(database: TestDatabase) {
    let server = crate::support::server::Server::start(database, &[crate::dialects::ECHO]).await;
    let alice = server.user("alice").await;
    let conversation = alice.conversation(1);
    alice.say(&conversation, "hello").await;
    alice.say(&conversation, "hello again").await;
    assert_eq!(title(&alice, &conversation).await, "hello");
    let store = server.store().await;
    let named = store
        .read_named_after(&["thread.renamed"], 0, 10)
        .await
        .unwrap();
    assert!(named.is_empty());
}

async fn title(who: &Client, conversation: &str) -> Value {
    let list = who.get("/api/chat/conversations").await;
    let rows = list.body["conversations"].as_array().unwrap().clone();
    let row = rows.into_iter().find(|row| row["id"] == conversation);
    row.map_or(json!(null), |row| row["title"].clone())
}

on_both_databases!(check);

mod erased {
    use super::*;
    on_both_databases!(a_title_of_what_was_erased_names_nothing);
}

mod echo {
    use super::*;
    on_both_databases!(an_echo_names_nothing);
}
