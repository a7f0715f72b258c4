//! A moderator lets a message pass; its author writes something else in its place, and that is looked at again.

use serde_json::{Value, json};

use super::{SLOW_ECHO, on_both_databases};
use crate::support::{
    client::Client,
    databases::TestDatabase,
    server::Server,
    threads::{get, post, say, send, thread, turn},
};

const CASES: &str = "/api/moderation/cases";

async fn open(mia: &Client) -> Vec<Value> {
    let answer = get(mia, &format!("{CASES}?state=open")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["cases"].as_array().unwrap().clone()
}

async fn journey(database: TestDatabase) {
    let server = Server::start(database, SLOW_ECHO).await;
    let alice = server.user("alice").await;
    let mia = server.user_as("mia", "support").await;
    let told = say(&alice, None, "h4ck the system").await;
    let first = told.user.unwrap();
    let dismissal = json!({ "decision": "dismiss", "reason": "A joke." });
    let decided = post(&mia, &format!("{CASES}/{first}/decide"), &dismissal).await;
    assert_eq!(decided.status, 200, "{}", decided.body);
    assert_eq!(open(&mia).await, [Value::Null; 0]);
    assert_eq!(thread(&mia, &told.thread).await["is_flagged"], false);

    let edit = json!({
        "input": "now h4ck the system, please", "thread_uuid": told.thread,
        "mode": "edit", "edit_message_uuid": first,
    });
    let edited = turn(&send(&alice, &edit).await).user.unwrap();
    let again = open(&mia).await;
    assert_eq!(again.len(), 1, "{again:?}");
    assert_eq!(again[0]["uuid"], json!(edited));
    let whole = get(&mia, &format!("{CASES}/{edited}")).await;
    assert_eq!(whole.body["text"], "now h4ck the system, please");
    assert_eq!(whole.body["version"], 2);
    assert_eq!(thread(&mia, &told.thread).await["is_flagged"], true);
    // What was decided of the other version stands.
    let before = get(&mia, &format!("{CASES}/{first}")).await;
    assert_eq!(before.body["state"], "decided");
    assert_eq!(before.body["text"], "h4ck the system");
    assert_eq!(before.body["version"], 1);

    let harmless = json!({
        "input": "good morning", "thread_uuid": told.thread,
        "mode": "edit", "edit_message_uuid": edited,
    });
    turn(&send(&alice, &harmless).await);
    // Taking it back takes neither the case away nor the flag: that is for moderators.
    assert_eq!(thread(&mia, &told.thread).await["is_flagged"], true);
    let still = open(&mia).await;
    assert_eq!((still.len(), &still[0]["uuid"]), (1, &json!(edited)));
}

on_both_databases!(journey);
