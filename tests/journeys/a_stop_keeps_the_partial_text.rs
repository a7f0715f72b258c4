//! A running reply is stopped; what was written stays.

use serde_json::json;

use super::{SLOW_ECHO, house::House, in_every_house, words};
use crate::support::{client::shown, databases::TestDatabase, server::Server};

async fn journey(database: TestDatabase, house: House) {
    let server = Server::start(database, &house.with(SLOW_ECHO)).await;
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
    // And by no policy is the next message in anybody's way.
    let next = alice.say(&conversation, "go on").await;
    assert_eq!(next.status, 200, "{}", next.body);
    assert!(next.body["reply"].as_str().unwrap().ends_with("go on"));
    assert_eq!(alice.history(&conversation).await.len(), 4);
    house.every_attempt_is_recorded(&server).await;
}

in_every_house!(journey);
