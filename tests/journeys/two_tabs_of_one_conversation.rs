//! Two tabs write into one conversation; a third only watches. Nobody's text is lost, each gets its own answer, or is
//! told that there is none.

use aggregates::thread::TurnPolicy;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{SLOW_ECHO, house::House, in_every_house, words};
use crate::support::{
    client::{Client, answer, shown},
    databases::TestDatabase,
    server::Server,
};

async fn journey(database: TestDatabase, house: House) {
    let server = Server::start(database, &house.with(SLOW_ECHO)).await;
    let alice = server.user("alice").await;
    let conversation = alice.conversation(1);
    the_servers_policy_holds(&alice, &conversation, &house).await;
    a_requests_own_policy_comes_first(&alice).await;
    house.every_attempt_is_recorded(&server).await;
}

/// A second tab says more, and a third follows the first from its beginning.
async fn the_servers_policy_holds(alice: &Client, conversation: &str, house: &House) {
    let mut one = alice.stream(conversation, &words(300)).await;
    let mut first = vec![one.next().await.unwrap(), one.next().await.unwrap()];
    let turn = first[0].id.split('.').next().unwrap();
    let watcher = alice.resume(conversation, &format!("{turn}.0")).await;
    let (rest, watched, ()) = tokio::join!(
        one.rest(),
        watcher.rest(),
        house.another_tab_says_more(alice, conversation)
    );
    first.extend(rest);
    let reply = first.last().unwrap().text("reply");
    let interrupted = house.policy == TurnPolicy::Interrupt;
    assert_eq!(reply.ends_with("wörd299"), !interrupted, "{reply}");
    assert_eq!(shown(&first), reply);
    assert_eq!(shown(&watched), reply);

    let history = alice.history(conversation).await;
    let roles: Vec<&str> = history.iter().map(|(role, _)| role.as_str()).collect();
    let all = ["user", "assistant", "user", "assistant"];
    assert_eq!(roles, all[..house.messages()]);
    assert_eq!(history[1].1, reply, "nobody's text is lost");
}

/// Whatever the server's policy is.
async fn a_requests_own_policy_comes_first(alice: &Client) {
    let conversation = alice.conversation(2);
    let says = async |policy: &str, text: &str| {
        let request = alice
            .request(Method::POST, "/api/chat")
            .header("turn-policy", policy);
        let body = json!({ "text": text, "conversation_id": conversation });
        answer(request.json(&body)).await.unwrap()
    };
    let mut running = alice.stream(&conversation, &words(2000)).await;
    let mut cut = vec![running.next().await.unwrap()];
    let rejected = says("reject", "no").await;
    assert_eq!(rejected.status, StatusCode::CONFLICT, "{}", rejected.body);
    cut.push(running.next().await.unwrap());
    cut.push(running.next().await.unwrap());
    let next = says("interrupt", "stop that").await;
    let reply = next.body["reply"].as_str().unwrap();
    assert!(reply.ends_with("stop that"), "{reply}");
    cut.extend(running.rest().await);
    let history = alice.history(&conversation).await;
    assert_eq!(history.len(), 4);
    assert_eq!(history[1].1, shown(&cut));
    assert!(!history[1].1.ends_with("wörd1999"));
}

in_every_house!(journey);
