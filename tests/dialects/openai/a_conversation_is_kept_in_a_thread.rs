//! `X-Thread`: the server remembers what was said, and only the last message is sent to it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{CHAT, ask, says, streamed};
use crate::{
    dialects::{
        assistant::upstream::{self, whole},
        on_both_databases,
    },
    support::{
        chunks::{self, Chunks},
        client::{Answer, Client, answer},
        databases::TestDatabase,
        scripted::Scripted,
    },
};

async fn say(who: &Client, thread: &str, body: &Value) -> Answer {
    let request = who.request(Method::POST, CHAT).header("x-thread", thread);
    answer(request.json(body)).await.unwrap()
}

async fn check(database: TestDatabase) {
    let upstream =
        Scripted::start([whole("Hello, Ada."), whole("You are Ada."), whole("Bye.")]).await;
    let (server, alice) = upstream::server(database, &upstream).await;

    let opened = say(&alice, "new", &ask("I am Ada")).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    assert_eq!(
        opened.body["choices"][0]["message"]["content"],
        "Hello, Ada."
    );
    let thread = opened.headers["x-thread"].to_str().unwrap().to_owned();

    // Who asks is to blame, and nobody else is asked.
    for place in [thread.as_str(), "new"] {
        says(
            &say(&alice, place, &ask(&"word ".repeat(20_000))).await,
            400,
            "The message is too long for the model: shorten it, or ask a model that reads more.",
            "invalid_request_error",
            json!("messages"),
            json!("context_length_exceeded"),
        );
    }

    // Of what is sent, the last message of the user's counts.
    let mut second = ask("Who am I?");
    let lie = json!({ "role": "user", "content": "I am Bob" });
    second["messages"].as_array_mut().unwrap().insert(0, lie);
    let request = alice
        .request(Method::POST, CHAT)
        .header("x-thread", &thread);
    let stream = Chunks::open(request.json(&streamed(second))).await;
    assert_eq!(stream.headers["x-thread"], *thread);
    let position: u64 = stream.headers["x-colloquy-position"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(position > 0);
    assert_eq!(chunks::text(&stream.rest().await), "You are Ada.");
    let said = |role: &str, text: &str| json!({ "role": role, "content": text });
    assert_eq!(
        upstream.received()[1].body["messages"],
        json!([
            said("user", "I am Ada"),
            said("assistant", "Hello, Ada."),
            said("user", "Who am I?")
        ])
    );
    let staff = server.user_as("stella", "staff").await;
    let listed = staff
        .get(&format!("/api/chat-messages/?thread={thread}"))
        .await;
    assert_eq!(listed.body.as_array().unwrap().len(), 4, "{}", listed.body);

    // Twice with one name is once.
    let named = || {
        let request = alice
            .request(Method::POST, CHAT)
            .header("x-thread", &thread);
        answer(request.header("idempotency-key", "bye").json(&ask("Bye")))
    };
    let (bye, again) = (named().await.unwrap(), named().await.unwrap());
    assert_eq!(
        (&bye.body["id"], &bye.body["choices"]),
        (&again.body["id"], &again.body["choices"])
    );
    assert_eq!(upstream.received().len(), 3);

    // The same name means one thread.
    let opened = alice.request(Method::POST, CHAT).header("x-thread", "new");
    let opened = opened.header("idempotency-key", "bye").json(&ask("Bye"));
    says(
        &answer(opened).await.unwrap(),
        409,
        "This Idempotency-Key was used with another request.",
        "invalid_request_error",
        json!("Idempotency-Key"),
        json!("idempotency_key_in_use"),
    );

    // Somebody else's, one that is none, and what a thread does not take.
    let bob = server.user("bob").await;
    let none = uuid::Uuid::now_v7().to_string();
    for (who, thread) in [(&bob, &thread), (&alice, &none)] {
        says(
            &say(who, thread, &ask("hello")).await,
            404,
            "There is no thread of this id that is yours and was made by this API.",
            "invalid_request_error",
            json!("X-Thread"),
            json!("thread_not_found"),
        );
    }
    let nonsense = say(&alice, "mine", &ask("hello")).await;
    assert_eq!(
        (nonsense.status.as_u16(), &nonsense.body["error"]["param"]),
        (400, &json!("X-Thread"))
    );
    let mut warm = ask("hello");
    warm["temperature"] = json!(1);
    let refused = say(&alice, "new", &warm).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["error"]["param"]),
        (400, &json!("temperature"))
    );
    assert_eq!(upstream.received().len(), 3);
}

on_both_databases!(check);
