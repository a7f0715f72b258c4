//! `POST /api/chat`: what comes back, once, whatever the client repeats or wishes.

use reqwest::{Method, RequestBuilder, header::HeaderValue};
use serde_json::{Value, json};

use super::says;
use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{
        client::{Answer, Client, answer},
        databases::TestDatabase,
        server::Server,
    },
};

const SLOW: &[(&str, &str)] = &[
    ECHO,
    ("PROVIDERS__SLOW__KIND", "echo"),
    ("PROVIDERS__SLOW__DELAY_MS", "60000"),
    ("DEFAULT_PROVIDER", "echo"),
];

async fn check(database: TestDatabase) {
    let server = Server::start(database, SLOW).await;
    let alice = server.user("alice").await;
    a_reply_has_three_fields_and_a_position(&alice).await;
    a_new_conversation_gets_a_name(&alice).await;
    an_unknown_name_of_ones_own_begins_a_conversation(&alice).await;
    providers_are_chosen_by_name(&alice).await;
    moods_are_never_refused(&alice).await;
    the_same_key_sends_once(&alice).await;
    a_key_that_is_none_is_refused(&alice).await;
    a_busy_conversation_keeps_to_its_policy(&alice).await;
}

async fn a_reply_has_three_fields_and_a_position(alice: &Client) {
    let conversation = alice.conversation(1);
    let reply = alice
        .say(&conversation, "hällo \u{1F600} \"quoted\" \\ </script>")
        .await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["content-type"], "application/json");
    assert!(!reply.headers.contains_key("x-error"));
    assert!(!reply.headers.contains_key("x-colloquy-stale"));
    assert_eq!(
        reply.body,
        json!({
            "reply": format!("{PREFACE}hällo \u{1F600} \"quoted\" \\ </script>"),
            "conversation_id": conversation,
            "provider": "echo",
        })
    );
    let position = |answer: &Answer| -> u64 {
        answer.headers["x-colloquy-position"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap()
    };
    let first = position(&reply);
    let messages = alice
        .get(&format!(
            "/api/chat/messages?conversation_id={conversation}&min_position={first}"
        ))
        .await;
    assert_eq!(messages.body["messages"].as_array().unwrap().len(), 2);
    assert!(position(&messages) >= first);
    assert!(position(&alice.say(&conversation, "again").await) > first);
    // A position that has not come is waited for, but not for ever, and the answer says so.
    let future = alice
        .get("/api/chat/conversations?min_position=18446744073709551615")
        .await;
    assert_eq!(future.status, 200);
    assert_eq!(future.headers["x-colloquy-stale"], "1");
}

async fn a_new_conversation_gets_a_name(alice: &Client) {
    let mut names = vec![];
    for id in [json!(null), json!(""), json!(null)] {
        let reply = alice
            .post(
                "/api/chat",
                &json!({ "text": "hello", "conversation_id": id }),
            )
            .await;
        let name = reply.body["conversation_id"].as_str().unwrap().to_owned();
        let digits = name.strip_prefix(&format!("{}:web:", alice.id)).unwrap();
        assert!(
            digits.len() == 8
                && digits
                    .bytes()
                    .all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase())
        );
        assert_eq!(alice.history(&name).await.len(), 2);
        names.push(name);
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 3);
}

async fn an_unknown_name_of_ones_own_begins_a_conversation(alice: &Client) {
    for name in [
        format!("{}:telegram:12345678", alice.id),
        format!("{}:web:a:b:c", alice.id),
        format!("{}:wäb:ünïcode \u{1F600}'\";--", alice.id),
    ] {
        let reply = alice.say(&name, "hello").await;
        assert_eq!(reply.body["conversation_id"], name);
        assert_eq!(
            alice
                .post(
                    "/api/chat",
                    &json!({ "text": "more", "conversation_id": name })
                )
                .await
                .status,
            200
        );
        assert_eq!(alice.history(&name).await.len(), 4, "{name}");
    }
}

async fn providers_are_chosen_by_name(alice: &Client) {
    for name in ["default", "echo"] {
        let reply = alice
            .post("/api/chat", &json!({ "text": "hello", "provider": name }))
            .await;
        assert_eq!(reply.body["provider"], "echo");
    }
    for name in ["nobody", "Echo", "echo ", "a\0b", "../echo"] {
        let conversation = alice.conversation(20);
        let body = json!({ "text": "hello", "provider": name, "conversation_id": conversation });
        let reply = alice.post("/api/chat", &body).await;
        assert_eq!(reply.status, 200);
        assert_eq!(
            reply.body,
            json!({
                "reply": format!("No AI provider found for '{name}'. Check your provider settings."),
                "conversation_id": conversation,
                "provider": name,
            })
        );
    }
}

async fn moods_are_never_refused(alice: &Client) {
    for mood in ["serious", "friendly", "normal", "furious", "", "a\0b"] {
        let reply = alice
            .post("/api/chat", &json!({ "text": "hello", "mood": mood }))
            .await;
        assert_eq!(reply.status, 200, "{mood}");
    }
    let reply = alice
        .post("/api/chat", &json!({ "text": "hello", "mood": null }))
        .await;
    assert_eq!(reply.status, 200);
}

fn keyed(who: &Client, path: &str, key: &str, body: &Value) -> RequestBuilder {
    who.request(Method::POST, path)
        .header("idempotency-key", key)
        .json(body)
}

async fn the_same_key_sends_once(alice: &Client) {
    let conversation = alice.conversation(30);
    let body = json!({ "text": "only once", "conversation_id": conversation });
    let first = answer(keyed(alice, "/api/chat", "key-1", &body))
        .await
        .unwrap();
    let again = answer(keyed(alice, "/api/chat", "key-1", &body))
        .await
        .unwrap();
    assert_eq!((first.status.as_u16(), &first.body), (200, &again.body));
    assert_eq!(
        first.headers["x-colloquy-position"],
        again.headers["x-colloquy-position"]
    );
    // The stream of the same request is the same reply.
    let stream = answer(keyed(alice, "/api/chat/stream", "key-1", &body))
        .await
        .unwrap();
    assert!(stream.body.as_str().unwrap().contains("only once"));
    assert_eq!(alice.history(&conversation).await.len(), 2);

    let other = json!({ "text": "something else", "conversation_id": conversation });
    let elsewhere = json!({ "text": "only once", "conversation_id": alice.conversation(31) });
    for body in [other, elsewhere] {
        let refused = answer(keyed(alice, "/api/chat", "key-1", &body))
            .await
            .unwrap();
        says(
            &refused,
            409,
            "This Idempotency-Key was used with another request body",
        );
    }
    assert!(alice.history(&alice.conversation(31)).await.is_empty());

    // All at once, half of them with another body: one body wins, the other is told so.
    let racing = alice.conversation(32);
    let bodies = ["one", "two"].map(|text| json!({ "text": text, "conversation_id": racing }));
    let racers = (0..8).map(|n| answer(keyed(alice, "/api/chat", "key-2", &bodies[n % 2])));
    let answers = futures_util::future::join_all(racers).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .map(Result::unwrap)
        .partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (4, 4));
    assert!(won.iter().all(|answer| answer.body == won[0].body));
    for lost in lost {
        says(
            &lost,
            409,
            "This Idempotency-Key was used with another request body",
        );
    }
    assert_eq!(alice.history(&racing).await.len(), 2);

    // Without a name of the conversation, too, there is one.
    let body = json!({ "text": "anew" });
    let first = answer(keyed(alice, "/api/chat", "key-3", &body))
        .await
        .unwrap();
    let again = answer(keyed(alice, "/api/chat", "key-3", &body))
        .await
        .unwrap();
    assert_eq!(first.body, again.body);
}

async fn a_key_that_is_none_is_refused(alice: &Client) {
    let body = json!({ "text": "hello" });
    let sentence = "Idempotency-Key must be 1 to 255 printable characters";
    for key in [
        &b""[..],
        b"   ",
        &[b'x'; 256],
        b"k\xc3\xa9y",
        b"a\tb",
        &[b'x'; 10_000],
    ] {
        let request = alice.request(Method::POST, "/api/chat").json(&body);
        let request = request.header("idempotency-key", HeaderValue::from_bytes(key).unwrap());
        says(&answer(request).await.unwrap(), 400, sentence);
    }
    let longest = answer(keyed(alice, "/api/chat", &"x".repeat(255), &body))
        .await
        .unwrap();
    assert_eq!(longest.status, 200);
}

async fn a_busy_conversation_keeps_to_its_policy(alice: &Client) {
    let conversation = alice.conversation(40);
    let slow = json!({ "text": "slow", "provider": "slow", "conversation_id": conversation });
    let with = |policy: &str, body: &Value| {
        alice
            .request(Method::POST, "/api/chat/stream")
            .header("turn-policy", policy)
            .json(body)
    };
    let running = with("queue", &slow).send().await.unwrap();
    assert_eq!(running.status(), 200);
    says(
        &answer(with("reject", &slow)).await.unwrap(),
        409,
        "A reply is being generated",
    );

    let mut waiting = vec![];
    let refused = loop {
        assert!(waiting.len() < 100, "a queue without an end");
        let response = with("queue", &slow).send().await.unwrap();
        if response.status() != 200 {
            break response;
        }
        waiting.push(response);
    };
    assert_eq!(waiting.len(), 32);
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(
        refused.json::<Value>().await.unwrap(),
        json!({ "detail": "Too many messages are waiting for an answer in this thread" })
    );
    drop((running, waiting));
    let other = alice.say(&alice.conversation(41), "where are we?").await;
    let position = other.headers["x-colloquy-position"].to_str().unwrap();
    // All were kept, and erasing them ends the waiting.
    let path = format!("/api/chat/messages?conversation_id={conversation}");
    let kept = alice.get(&format!("{path}&min_position={position}")).await;
    assert_eq!(kept.body["messages"].as_array().unwrap().len(), 33);
    let gone = alice
        .delete(&format!("/api/chat/conversations/{conversation}"))
        .await;
    assert_eq!(gone.status, 200);
}

on_both_databases!(check);
