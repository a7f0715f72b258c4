//! A conversation is deleted: what was said in it is in no file and in no table any more, and everything
//! else is as it was.

use image::ImageFormat;
use serde_json::json;

use super::{SLOW_ECHO, on_both_databases, words};
use crate::support::{
    client::Client,
    databases::TestDatabase,
    pictures::{picture, showing},
    server::Server,
    traces::{Traces, marker},
};

async fn journey(database: TestDatabase) {
    let traces = Traces::of(&database);
    let server = Server::start(database, SLOW_ECHO).await;
    let traces = traces.beside(&server);
    let alice = server.user("alice").await;
    let [gone, stays, streamed, called] = [marker(), marker(), marker(), marker()];
    let erased = format!("{}:web:{called}", alice.id);
    let [kept, erased_in_mid_reply] = [2, 3].map(|number| alice.conversation(number));
    let path = |conversation: &str| format!("/api/chat/conversations/{conversation}");

    // Many words, so that rows leave their pages and pages their tables.
    for number in 0..12 {
        let said = format!("{gone} {} {gone}", "long".repeat(1 << number));
        alice.say(&erased, &said).await;
        alice.say(&kept, &format!("{stays} {number}")).await;
    }
    // The echo sees nothing; what it was to see is kept.
    let file = picture(400, 300, ImageFormat::Png);
    for conversation in [&erased, &kept] {
        let reply = alice
            .post("/api/chat", &showing(conversation, "look", &file))
            .await;
        assert_eq!(reply.body["reply"], "Error: This provider reads no images.");
    }
    let [gone_image, kept_image] = traces.blobs().await.try_into().unwrap();
    let reviewed = reviewed(&server, &alice, &erased, &gone).await;
    let mut stream = alice
        .stream(
            &erased_in_mid_reply,
            &format!("{streamed} {} {streamed}", words(5000)),
        )
        .await;
    for _ in 0..5 {
        stream.next().await.unwrap();
    }
    for trace in [&gone, &streamed, &called] {
        traces.appears(trace).await;
    }
    assert!(!traces.holding_bytes(&gone_image).await.is_empty());
    // What tells a repeated request has a fingerprint of what was written.
    let of_cases = "SELECT count(*) FROM commands WHERE aggregate_type = 'case'";
    assert!(traces.number(of_cases).await > 0);

    assert_eq!(alice.delete(&path(&erased)).await.status, 200);
    assert_eq!(alice.delete(&path(&erased_in_mid_reply)).await.status, 200);
    stream.rest().await;
    traces.receipts(2).await;
    assert_eq!(traces.holding(&gone).await, [""; 0]);
    assert_eq!(traces.holding(&streamed).await, [""; 0]);
    assert_eq!(traces.holding(&called).await, [""; 0]);
    assert_eq!(traces.holding_bytes(&gone_image).await, [""; 0]);
    assert_eq!(traces.number(of_cases).await, 0);
    assert_eq!(alice.history(&erased).await, []);
    let case = format!("/api/moderation/cases/{}", reviewed.1);
    assert_eq!(reviewed.0.get(&case).await.status, 404);

    // The neighbour is whole, and the conversation can be used anew.
    assert_eq!(alice.history(&kept).await.len(), 25);
    assert_eq!(traces.blobs().await, [kept_image]);
    let again = marker();
    alice.say(&erased, &again).await;
    assert_eq!(alice.history(&erased).await.len(), 2);
    assert_eq!(alice.history(&erased).await[0].1, again);

    // A view made anew from the log is the one in use: without what was erased, with all the rest.
    for view in ["transcript", "conversations", "thread_list", "usage"] {
        let report = server.command(&["projections", "rebuild", view], "").await;
        let report = report.unwrap();
        assert!(report.contains("identical"), "{view}: {report}");
    }
    assert_eq!(traces.holding(&gone).await, [""; 0]);

    assert_eq!(alice.delete(&path(&erased)).await.status, 200);
    traces.receipts(3).await;
    assert_eq!(traces.holding(&again).await, [""; 0]);
    assert_eq!(traces.holding(&called).await, [""; 0]);
    assert_eq!(alice.history(&kept).await.len(), 25);
    for marker in [&gone, &streamed, &again, &called] {
        assert!(!traces.is_dumped(marker).await);
    }
    // What is left is as it was signed.
    let verified = server.command(&["audit", "verify"], "").await.unwrap();
    assert!(verified.contains("as they were signed"), "{verified}");
}

/// A message was reported and a moderator wrote about it, both quoting it; the moderator, and the case.
async fn reviewed(
    server: &Server,
    alice: &Client,
    conversation: &str,
    quoted: &str,
) -> (Client, String) {
    let moderator = server.user_as("mia", "support").await;
    let path = format!("/api/chat/messages?conversation_id={conversation}&limit=100");
    let messages = alice.get(&path).await;
    let case = messages.body["messages"][0]["id"].as_str();
    let case = case
        .unwrap_or_else(|| panic!("{}", messages.body))
        .to_owned();
    let report = json!({ "category": "private", "comment": quoted });
    let path = format!("/api/chat-messages/{case}/report/");
    let reported = alice.post(&path, &report).await;
    assert_eq!(reported.status, 200, "{}", reported.body);
    let comment = json!({ "text": format!("It says {quoted}") });
    let path = format!("/api/moderation/cases/{case}/comment");
    let commented = moderator.post(&path, &comment).await;
    assert_eq!(commented.status, 200, "{}", commented.body);
    (moderator, case)
}

on_both_databases!(journey);
