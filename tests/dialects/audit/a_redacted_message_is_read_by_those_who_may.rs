//! What a message said before it was redacted: auditors read it for a reason, and whom a policy lets; nobody else does.

use serde_json::{Value, json};

use super::{ECHO, because, lines, on_both_databases, short};
use crate::{
    dialects::chats::{attach, person, policy},
    support::{
        client::Client,
        databases::TestDatabase,
        server::Server,
        threads::{Turn, messages, post, say},
    },
};

const REDACTED: &str = "[Redacted by a moderator]";
/// A word that is in nothing else.
const WORD: &str = "xylophone";

/// A conversation of which both messages are redacted.
struct Redacted {
    turn: Turn,
    /// What its owner wrote.
    text: String,
    /// Where the question was redacted.
    at: u64,
}

impl Redacted {
    fn path(&self, what: &str) -> String {
        format!("/api/audit/threads/{}/{what}", self.turn.thread)
    }
}

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = server.user_as("ruth", "admin").await;
    let ann = server.user("ann").await;
    let mia = server.user_as("mia", "support").await;
    let ada = server.user_as("ada", "auditor").await;
    let redacted = redact(&ann, &mia, &ada).await;

    its_owner_and_moderators_read_it_no_more(&server, &redacted, &[&ann, &mia]).await;
    a_change_says_who_redacted(&ada, &redacted, &mia).await;
    auditors_read_it_for_a_reason(&ada, &redacted).await;
    that_it_was_read_is_on_the_record(&ada, &redacted).await;
    a_policy_lets_somebody_read_it(&admin, &redacted).await;
    without_the_right_nobody_does(&server, &admin, &redacted).await;
}

async fn redact(ann: &Client, mia: &Client, ada: &Client) -> Redacted {
    let text = format!("h4ck the system with a {WORD}");
    let turn = say(ann, None, &text).await;
    let report = json!({ "category": "wrong" });
    let path = format!("/api/chat-messages/{}/report/", turn.assistant);
    assert_eq!(post(ann, &path, &report).await.status, 200);
    for message in [turn.user.as_ref().unwrap(), &turn.assistant] {
        let path = format!("/api/moderation/cases/{message}/decide");
        let decision = json!({ "decision": "redact", "reason": "A threat." });
        let decided = post(mia, &path, &decision).await;
        assert_eq!(decided.status, 200, "{}", decided.body);
    }
    let path = format!(
        "/api/audit/events?thread={}&type=message.redacted",
        turn.thread
    );
    let (events, _) = lines(ada, &path).await;
    assert_eq!(events.len(), 2);
    let at = events[0]["position"].as_str().unwrap().parse().unwrap();
    Redacted { turn, text, at }
}

/// Neither as it is nor in its history.
async fn its_owner_and_moderators_read_it_no_more(
    server: &Server,
    redacted: &Redacted,
    people: &[&Client],
) {
    let staff = server.user_as("sue", "staff").await;
    for who in people.iter().copied().chain([&staff]) {
        let all = messages(who, &redacted.turn.thread, "&include_history=true").await;
        let contents: Vec<_> = all.iter().map(|message| &message["content"]).collect();
        assert_eq!(contents, [REDACTED, REDACTED]);
    }
}

/// In words, who has decided it.
async fn a_change_says_who_redacted(ada: &Client, redacted: &Redacted, mia: &Client) {
    let path = redacted.path(&format!("diff?from={}", redacted.at - 1));
    let diff = ada.get(&path).await.body;
    let changes = diff["changes"].as_array().unwrap();
    let told = changes
        .iter()
        .filter(|change| change["kind"] == "message.changed");
    let told: Vec<_> = told
        .map(|change| change["sentence"].as_str().unwrap())
        .collect();
    let by = format!(
        "Message 1 (user) was redacted, as the moderator {} decided, ",
        mia.id
    );
    assert!(
        told.iter().any(|sentence| sentence.starts_with(&by)),
        "{told:?}"
    );
}

/// What the thread's messages say in a moment that is shown.
fn texts(shown: &Value) -> Vec<&Value> {
    let messages = shown["messages"].as_array().unwrap();
    messages.iter().map(|message| &message["text"]).collect()
}

async fn auditors_read_it_for_a_reason(ada: &Client, redacted: &Redacted) {
    // As it is now it says what everybody reads; as it was, what was written.
    let now = because(ada, &redacted.path("at"), "Complaint 17").await;
    assert_eq!(texts(&now.body), [REDACTED, REDACTED], "{}", now.body);
    let before = redacted.path(&format!("at?position={}", redacted.at - 1));
    let then = because(ada, &before, "Complaint 17").await;
    assert_eq!(texts(&then.body)[0], &redacted.text);
    let echoed = texts(&then.body)[1].as_str().unwrap();
    assert!(echoed.ends_with(&redacted.text), "{echoed}");

    let events = because(ada, &redacted.path("events"), "Complaint 17").await;
    let events = events.body["events"].as_array().unwrap().clone();
    let said = |kind: &str| {
        let event = events.iter().find(|event| event["type"] == kind).unwrap();
        event["data"]["text"].clone()
    };
    assert_eq!(said("message.sent"), json!(redacted.text));
    assert_eq!(said("message.redacted"), json!(REDACTED));
    let between = redacted.path(&format!("diff?from={}", redacted.at - 1));
    let diff = because(ada, &between, "Complaint 17").await;
    assert_eq!(texts(&diff.body["before"])[0], &redacted.text);
    assert_eq!(texts(&diff.body["after"])[0], REDACTED);
}

async fn that_it_was_read_is_on_the_record(ada: &Client, redacted: &Redacted) {
    let thread = &redacted.turn.thread;
    let path = format!("/api/audit/events?thread={thread}&type=content.read");
    let (readings, _) = lines(ada, &path).await;
    let by_ada = readings
        .iter()
        .filter(|reading| reading["by"] == json!(ada.id));
    assert!(by_ada.clone().count() >= 4);
    assert!(
        by_ada
            .clone()
            .all(|reading| reading["data"]["reason"] == "Complaint 17")
    );
}

async fn a_policy_lets_somebody_read_it(admin: &Client, redacted: &Redacted) {
    let reads = json!([{
        "effect": "Allow",
        "action": ["audit:ReadMetadata", "audit:ReadContent"],
        "resource": [format!("soat:*:thread:{}", thread_id(redacted))],
    }]);
    let lars = person(admin, "lars").await;
    let reads = policy(admin, reads).await;
    attach(admin, &lars, &[reads]).await;
    let before = redacted.path(&format!("at?position={}", redacted.at - 1));
    let then = because(&lars, &before, "Complaint 17").await;
    assert_eq!(then.status, 200, "{}", then.body);
    assert_eq!(texts(&then.body)[0], &redacted.text);
}

/// As policies and events name it.
fn thread_id(redacted: &Redacted) -> String {
    uuid::Uuid::parse_str(&redacted.turn.thread)
        .unwrap()
        .to_string()
}

async fn without_the_right_nobody_does(server: &Server, admin: &Client, redacted: &Redacted) {
    let paths = [
        redacted.path("events"),
        redacted.path("at"),
        redacted.path(&format!("at?position={}", redacted.at - 1)),
        redacted.path(&format!("diff?from={}", redacted.at - 1)),
        format!("/api/audit/events?thread={}", redacted.turn.thread),
    ];
    // Metadata is metadata; a reason is none without the right.
    let reads = json!([{ "effect": "Allow", "action": ["audit:ReadMetadata"] }]);
    let max = person(admin, "max").await;
    let reads = policy(admin, reads).await;
    attach(admin, &max, &[reads]).await;
    let eve = server.user_as("eve", "auditor").await;
    let never = json!([{ "effect": "Deny", "action": ["audit:ReadContent"] }]);
    let never = policy(admin, never).await;
    attach(admin, &short(&eve), &[never]).await;
    for path in &paths {
        for who in [&max, &eve] {
            let shown = who.get(path).await;
            assert_eq!(shown.status, 200, "{path}: {}", shown.body);
            assert!(!shown.body.to_string().contains(WORD), "{path}");
            let refused = because(who, path, "Complaint 17").await;
            assert_eq!(refused.status, 403, "{path}: {}", refused.body);
            assert!(!refused.body.to_string().contains(WORD), "{path}");
        }
    }
    // Who reviews and who works here read no record at all.
    for role in ["support", "staff"] {
        let who = server.user_as(&format!("{role}-2"), role).await;
        for path in &paths {
            let refused = because(&who, path, "Complaint 17").await;
            assert_eq!(refused.status, 403, "{path}: {}", refused.body);
            assert!(!refused.body.to_string().contains(WORD), "{path}");
        }
    }
}

on_both_databases!(check);
