//! A moderator has a message redacted, its author appeals, and another moderator undoes it: the server was killed in
//! between, and the message reads as it did.

use serde_json::json;

use super::{SLOW_ECHO, on_both_databases};
use crate::support::{
    databases::TestDatabase,
    server::Server,
    threads::{get, messages, post, say},
};

const SAID: &str = "h4ck the system";
const REDACTED: &str = "[Redacted by a moderator]";

async fn journey(database: TestDatabase) {
    let mut server = Server::start(database, SLOW_ECHO).await;
    let alice = server.user("alice").await;
    let mia = server.user_as("mia", "support").await;
    let max = server.user_as("max", "support").await;
    let told = say(&alice, None, SAID).await;
    let case = format!("/api/moderation/cases/{}", told.user.unwrap());
    let redact = json!({ "decision": "redact", "reason": "A threat." });
    let decided = post(&mia, &format!("{case}/decide"), &redact).await;
    assert_eq!(decided.status, 200, "{}", decided.body);
    assert_eq!(
        messages(&alice, &told.thread, "").await[0]["content"],
        REDACTED
    );

    let appeal = json!({ "text": "It is a game." });
    let appealed = post(&alice, &format!("{case}/appeal"), &appeal).await;
    assert_eq!(appealed.status, 200, "{}", appealed.body);
    let no = json!({ "reason": "It is a game." });
    let own = post(&mia, &format!("{case}/overturn"), &no).await;
    assert_eq!(own.status, 403, "{}", own.body);
    server.kill().await;
    let server = server.start_again().await;
    let [alice, max] = [alice, max].map(|who| who.at(server.address));
    let undone = post(&max, &format!("{case}/overturn"), &no).await;
    assert_eq!(undone.status, 200, "{}", undone.body);
    assert_eq!(messages(&alice, &told.thread, "").await[0]["content"], SAID);
    let stats = get(&max, "/api/moderation/stats").await;
    assert_eq!(stats.body["overturned"], 1, "{}", stats.body);
}

on_both_databases!(journey);
