//! Two tabs write into one conversation; a third only watches. Nobody's text is lost, each gets its own answer.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{SLOW_ECHO, on_both_databases, words};
use crate::support::{
    client::{answer, shown},
    databases::TestDatabase,
    server::Server,
};

async fn journey(database: TestDatabase) {
    let server = Server::start(database, SLOW_ECHO).await;
    let alice = server.user("alice").await;
    let conversation = alice.conversation(1);
    let mut one = alice.stream(&conversation, &words(100)).await;
    let mut first = vec![one.next().await.unwrap(), one.next().await.unwrap()];

    // The second send waits for the first reply; a watcher follows the first from its beginning.
    let two = alice.stream(&conversation, "and this").await;
    let watcher = alice
        .resume(
            &conversation,
            &format!("{}.0", first[0].id.split('.').next().unwrap()),
        )
        .await;
    let rejected = alice
        .request(Method::POST, "/api/chat")
        .header("turn-policy", "reject");
    let rejected = answer(rejected.json(&json!({ "text": "no", "conversation_id": conversation })))
        .await
        .unwrap();
    assert_eq!(rejected.status, StatusCode::CONFLICT, "{}", rejected.body);

    first.extend(one.rest().await);
    let watched = watcher.rest().await;
    let second = two.rest().await;
    assert!(first.last().unwrap().text("reply").ends_with("wörd99"));
    assert_eq!(shown(&first), first.last().unwrap().text("reply"));
    assert_eq!(shown(&watched), shown(&first));
    assert!(second.last().unwrap().text("reply").ends_with("and this"));

    let roles: Vec<_> = alice
        .history(&conversation)
        .await
        .into_iter()
        .map(|(role, _)| role)
        .collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant"]);

    // `interrupt` ends the running reply and keeps its text.
    let mut running = alice.stream(&conversation, &words(2000)).await;
    let mut cut = vec![
        running.next().await.unwrap(),
        running.next().await.unwrap(),
        running.next().await.unwrap(),
    ];
    let next = alice
        .request(Method::POST, "/api/chat")
        .header("turn-policy", "interrupt");
    let next = answer(next.json(&json!({ "text": "stop that", "conversation_id": conversation })))
        .await
        .unwrap();
    assert!(
        next.body["reply"].as_str().unwrap().ends_with("stop that"),
        "{}",
        next.body
    );
    cut.extend(running.rest().await);
    let history = alice.history(&conversation).await;
    assert_eq!(history.len(), 8);
    assert_eq!(history[5].1, shown(&cut));
    assert!(!history[5].1.ends_with("wörd1999"));
}

on_both_databases!(journey);
