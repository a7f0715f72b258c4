//! A house has its texts judged by a detector elsewhere, too: what that one refuses reaches no model, what it refuses of
//! an answer is shown to nobody where answers are held, and when it is silent nothing passes.

use serde_json::{Value, json};

use super::on_both_databases;
use crate::{
    dialects::assistant::upstream::{self, delta, end},
    support::{
        client::Client,
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        threads,
    },
};

const REFUSAL: &str =
    "I'm sorry, I can't help with that request. Please try again with a different question.";
const BAD: &str = "something that is not nice";

fn verdict(flagged: bool) -> Reply {
    let said = json!({
        "model": "omni-1",
        "results": [{ "flagged": flagged, "categories": { "violence": flagged }, "category_scores": { "violence": 0.9 } }],
    });
    Reply::json(&said.to_string())
}

fn bad_answer() -> Reply {
    Reply::sse([delta("Here is "), delta(BAD)].into_iter().chain(end()))
}

async fn asked(alice: &Client, text: &str) -> Value {
    let body = json!({ "model": "up", "messages": [{ "role": "user", "content": text }] });
    alice.post("/v1/chat/completions", &body).await.body["choices"][0].clone()
}

async fn journey(database: TestDatabase) {
    let place = tempfile::tempdir().unwrap();
    let policy = place.path().join("held.toml");
    std::fs::write(&policy, "version = \"held-1\"\noutput = \"held\"\n").unwrap();
    // Three questions that are refused; then three that pass, with answers that do not; then nobody answers.
    let mut script: Vec<Reply> = (0..3).map(|_| verdict(true)).collect();
    script.extend((0..3).flat_map(|_| [verdict(false), verdict(true)]));
    let elsewhere = Scripted::start(script).await;
    let model = Scripted::start((0..3).map(|_| bad_answer())).await;
    let url = format!("{}/v1/moderations", elsewhere.url());
    let settings = [
        ("MODERATION__POLICY", policy.to_str().unwrap()),
        ("MODERATION__EXTERNAL__ACME__URL", &*url),
        ("MODERATION__EXTERNAL__ACME__API_KEY", "key-1"),
    ];
    let (server, alice) = upstream::server_with(database, &model, &settings).await;
    let mia = server.user_as("mia", "support").await;
    let conversation = alice.conversation(1);

    let answer = alice.say(&conversation, BAD).await;
    assert_eq!(answer.body["reply"], REFUSAL, "{}", answer.body);
    assert_eq!(threads::say(&alice, None, BAD).await.text, REFUSAL);
    assert_eq!(asked(&alice, BAD).await["finish_reason"], "content_filter");
    assert!(model.received().is_empty());

    let events = alice.stream(&conversation, "Hello?").await.rest().await;
    let shown = format!("{events:?}");
    assert!(
        !shown.contains("nice") && shown.contains("I'm sorry"),
        "{shown}"
    );
    let told = threads::say(&alice, None, "Hello?").await;
    assert_eq!(told.text, REFUSAL);
    let choice = asked(&alice, "Hello?").await;
    assert_eq!(choice["message"]["content"], REFUSAL, "{choice}");
    assert_eq!(choice["finish_reason"], "content_filter");
    assert_eq!(model.received().len(), 3);
    let kept = threads::messages(&alice, &told.thread, "").await;
    assert_eq!(kept[1]["content"], REFUSAL);
    assert_eq!(kept[1]["is_flagged"], true, "{}", kept[1]);

    // Its script is over: every answer is an error from now on.
    let answer = alice.say(&conversation, "Good morning").await;
    assert_eq!(answer.body["reply"], REFUSAL, "{}", answer.body);
    assert_eq!(model.received().len(), 3);
    let cases = threads::get(&mia, "/api/moderation/cases?category=scanner_error").await;
    assert_eq!(
        cases.body["cases"].as_array().unwrap().len(),
        1,
        "{}",
        cases.body
    );
    let cases = threads::get(&mia, "/api/moderation/cases?category=acme_violence").await;
    // Of the two conversations, and of the completions: what was asked, and what was answered.
    assert_eq!(
        cases.body["cases"].as_array().unwrap().len(),
        6,
        "{}",
        cases.body
    );
}

on_both_databases!(journey);
