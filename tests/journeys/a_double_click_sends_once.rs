//! The same request twice, one after the other and at the same time, with the same `Idempotency-Key`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{SLOW_ECHO, house::House, in_every_house, words};
use crate::support::{
    client::{Answer, Client, answer},
    databases::TestDatabase,
    server::Server,
};

async fn click(client: &Client, key: &str, body: &Value) -> Answer {
    answer(
        client
            .request(Method::POST, "/api/chat")
            .header("idempotency-key", key)
            .json(body),
    )
    .await
    .unwrap()
}

async fn journey(database: TestDatabase, house: House) {
    let server = Server::start(database, &house.with(SLOW_ECHO)).await;
    let alice = server.user("alice").await;
    // The reply runs while its twins come: no policy takes them for other messages.
    let body = json!({ "text": format!("only once {}", words(50)) });
    let at_once =
        futures_util::future::join_all((0..8).map(|_| click(&alice, "first", &body))).await;
    let later = click(&alice, "first", &body).await;
    for answer in at_once.iter().chain([&later]) {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(answer.body, at_once[0].body);
    }
    let conversation = at_once[0].body["conversation_id"].as_str().unwrap();
    assert_eq!(alice.history(conversation).await.len(), 2);

    // The same key with another body is a mistake, and said to be one.
    let other = click(&alice, "first", &json!({ "text": "something else" })).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.body);
    // Keys are one user's own.
    let bob = server.user("bob").await;
    let his = click(&bob, "first", &body).await;
    assert_eq!(his.status, StatusCode::OK);
    assert_ne!(
        his.body["conversation_id"],
        at_once[0].body["conversation_id"]
    );
    // And it holds across a restart.
    let server = server.start_again().await;
    let again = click(&alice.at(server.address), "first", &body).await;
    assert_eq!(again.body, at_once[0].body);
    assert_eq!(
        alice.at(server.address).history(conversation).await.len(),
        2
    );
    house.every_attempt_is_recorded(&server).await;
}

in_every_house!(journey);
