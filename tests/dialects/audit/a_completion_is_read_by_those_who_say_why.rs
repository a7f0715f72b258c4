//! A question with its answer that belong to no conversation: what happened to them is for every auditor, what they say
//! for those who say why.

use serde_json::{Value, json};

use super::{ECHO, because, lines, on_both_databases, short};
use crate::{
    dialects::chats::{attach, person, policy},
    support::{client::Client, databases::TestDatabase, server::Server},
};

const MARKER: &str = "a garden in Viljandi";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let ada = server.user_as("ada", "auditor").await;
    let ask = json!({ "model": "echo", "messages": [{ "role": "user", "content": MARKER }] });
    let mut printed = vec![];
    for _ in 0..2 {
        let answer = alice.post("/v1/chat/completions", &ask).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        printed.push(answer.body["id"].as_str().unwrap().to_owned());
    }
    let (asked, _) = lines(&ada, "/api/audit/events?type=completion.requested").await;
    let [one, two] = [0, 1].map(|nth| asked[nth]["aggregate_id"].as_str().unwrap().to_owned());
    let events = |id: &str| format!("/api/audit/completions/{id}/events");

    let trail = ada.get(&events(&one)).await;
    assert_eq!(trail.status, 200, "{}", trail.body);
    // It is known, too, by what whoever asked was told.
    assert_eq!(ada.get(&events(&printed[0])).await.body, trail.body);
    let feed = async |id: &str| {
        let path = format!("/api/audit/events?completion={id}");
        lines(&ada, &path).await.0
    };
    assert_eq!(feed(&printed[0]).await, feed(&one).await);
    assert_eq!(trail.body["completion"], one);
    assert!(!trail.body.to_string().contains("Viljandi"));
    let types = |body: &Value| -> Vec<String> {
        let events = body["events"].as_array().unwrap();
        let types = events.iter().map(|event| event["type"].as_str().unwrap());
        types.map(str::to_owned).collect()
    };
    let happened = types(&trail.body);
    assert_eq!(happened.first().unwrap(), "completion.requested");
    assert!(happened.iter().any(|name| name == "completion.completed"));
    let first = ada.get(&format!("{}?limit=1", events(&one))).await;
    assert_eq!(types(&first.body).len(), 1);
    let rest = format!(
        "{}?after={}",
        events(&one),
        first.body["next"].as_str().unwrap()
    );
    assert_eq!(types(&ada.get(&rest).await.body), happened[1..]);

    let shown = because(&ada, &events(&one), "Complaint 3").await;
    assert!(shown.body.to_string().contains(MARKER), "{}", shown.body);
    // That it was seen is in its trail, and not in that of the other one.
    let trail = ada.get(&events(&one)).await;
    let seen = trail.body["events"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(
        seen["data"],
        json!({ "reader": ada.id, "what": "messages", "threads": [], "completions": [one], "reason": "Complaint 3" })
    );
    let other = ada.get(&events(&two)).await;
    assert_eq!(types(&other.body), happened);

    // The feed shows them, too, and says so in the trails of all that it shows.
    let of_one = format!("/api/audit/events?completion={one}");
    let feed = because(&ada, &of_one, "A feed").await;
    assert!(feed.body.to_string().contains(MARKER), "{}", feed.body);
    assert!(!feed.body.to_string().contains(&two));
    let all = because(&ada, "/api/audit/events?type=completion.requested", "All").await;
    assert_eq!(all.body.as_str().unwrap().matches(MARKER).count(), 2);
    let (readings, _) = lines(&ada, &format!("{of_one}&type=content.read")).await;
    let reasons: Vec<&Value> = readings
        .iter()
        .map(|seen| &seen["data"]["reason"])
        .collect();
    assert_eq!(reasons, ["Complaint 3", "A feed", "All"]);

    whom_policies_let_see_which(&server, &one, [&two, &printed[1]]).await;
    a_conversation_is_no_completion(&alice, &ada, &one).await;

    for (path, status) in [
        (events("x"), 404),
        (events("00000000-0000-7000-8000-000000000000"), 404),
        (format!("{of_one}&thread={two}"), 400),
    ] {
        assert_eq!(ada.get(&path).await.status, status, "{path}");
    }
    let export = ada
        .post(&format!("/api/audit/exports?completion={one}"), &json!({}))
        .await;
    assert_eq!(export.status, 400, "{}", export.body);
}

/// What tells who was shown one is not told of the other, whatever their ids are.
async fn a_conversation_is_no_completion(alice: &Client, ada: &Client, completion: &str) {
    alice.say(&alice.conversation(1), MARKER).await;
    let thread = aggregates::ThreadId::named(&alice.conversation(1)).to_string();
    let trail = format!("/api/audit/threads/{thread}/events");
    let shown = because(ada, &trail, "Complaint 4").await;
    assert!(shown.body.to_string().contains(MARKER), "{}", shown.body);
    let trail = ada.get(&trail).await.body;
    assert!(trail.to_string().contains("Complaint 4"), "{trail}");
    for path in [
        format!("/api/audit/completions/{thread}/events"),
        format!("/api/audit/completions/{thread}/events?after=1"),
        format!("/api/audit/threads/{completion}/events"),
    ] {
        let other = ada.get(&path).await;
        assert_eq!(other.status, 404, "{path}: {}", other.body);
    }
    for query in [
        format!("completion={thread}"),
        format!("thread={completion}"),
    ] {
        let (events, _) = lines(ada, &format!("/api/audit/events?{query}")).await;
        assert!(events.is_empty(), "{query}: {events:?}");
    }
}

async fn whom_policies_let_see_which(server: &Server, one: &str, [two, printed]: [&str; 2]) {
    let admin = server.user_as("boss", "admin").await;
    let reads = |resource: &str| {
        json!([{
            "effect": "Allow",
            "action": ["audit:ReadMetadata", "audit:ReadContent"],
            "resource": [resource],
        }])
    };
    let lars = person(&admin, "lars").await;
    let only = policy(&admin, reads(&format!("soat:*:completion:{one}"))).await;
    attach(&admin, &lars, &[only]).await;
    let events = |id: &str| format!("/api/audit/completions/{id}/events");
    let shown = because(&lars, &events(one), "Mine").await;
    assert!(shown.body.to_string().contains(MARKER), "{}", shown.body);
    let feed = format!("/api/audit/events?completion={one}");
    let feed = because(&lars, &feed, "Mine").await;
    assert!(feed.body.to_string().contains(MARKER), "{}", feed.body);
    for denied in [events(two), "/api/audit/events".to_owned()] {
        assert_eq!(because(&lars, &denied, "Theirs").await.status, 403);
    }
    // Who may read all conversations may not, for that, read the completions.
    let threads = policy(&admin, reads("soat:*:thread:*")).await;
    let mia = person(&admin, "mia").await;
    attach(&admin, &mia, &[threads]).await;
    let feed = because(&mia, "/api/audit/events", "All threads").await;
    assert_eq!(feed.status, 200, "{}", feed.body);
    assert!(!feed.body.to_string().contains(MARKER));
    assert_eq!(because(&mia, &events(one), "Theirs").await.status, 403);
    // Whom a policy keeps from one of them reads no feed of all.
    let boris = server.user_as("boris", "auditor").await;
    for name in [two, printed] {
        let denied = policy(
            &admin,
            json!([{ "effect": "Deny", "action": ["audit:*"], "resource": [format!("soat:*:completion:{name}")] }]),
        )
        .await;
        attach(&admin, &short(&boris), &[denied]).await;
        assert_eq!(boris.get("/api/audit/events").await.status, 403);
        for either in [two, printed] {
            assert_eq!(boris.get(&events(either)).await.status, 403, "{name}");
        }
        assert_eq!(boris.get(&events(one)).await.status, 200);
    }
}

on_both_databases!(check);
