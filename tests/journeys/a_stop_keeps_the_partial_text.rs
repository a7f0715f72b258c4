//! A running reply is stopped; what was written stays.

use serde_json::json;

use super::{SLOW_ECHO, on_both_databases, words};
use crate::support::{client::shown, databases::TestDatabase, server::Server};

async fn journey(database: TestDatabase) {
    let server = Server::start(database, SLOW_ECHO).await;
    let alice = server.user("alice").await;
    let conversation = alice.conversation(1);
    let mut stream = alice.stream(&conversation, &words(2000)).await;
    let mut events = vec![];
    while events.len() < 5 {
        events.push(stream.next().await.unwrap());
    }
    let stop = format!("/api/chat/conversations/{conversation}/stop");
    assert_eq!(
        alice.post(&stop, &json!({})).await.body,
        json!({ "ok": true, "stopped": true })
    );
    events.extend(stream.rest().await);

    let last = events.last().unwrap();
    assert_eq!(last.kind, "done");
    let partial = last.text("reply");
    assert_eq!(shown(&events), partial);
    assert!(
        !partial.is_empty() && !partial.ends_with("wörd1999"),
        "{partial}"
    );
    let history = alice.history(&conversation).await;
    assert_eq!(history[1], ("assistant".to_owned(), partial.to_owned()));

    // Nothing runs any more: a second stop says so.
    assert_eq!(
        alice.post(&stop, &json!({})).await.body,
        json!({ "ok": true, "stopped": false })
    );
}

on_both_databases!(journey);
