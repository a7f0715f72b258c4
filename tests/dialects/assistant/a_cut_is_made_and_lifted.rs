//! Truncate, rewind, restore: what of a conversation is seen, and what a model is shown.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{faults, says, upstream};
use crate::{
    dialects::on_both_databases,
    support::{
        client::{Answer, Client, Events, answer},
        databases::TestDatabase,
        scripted::Scripted,
        server::Server,
    },
};

const ECHO: &[(&str, &str)] = &[
    ("PROVIDERS__ECHO__KIND", "echo"),
    ("PROVIDERS__SLOW__KIND", "echo"),
    ("PROVIDERS__SLOW__DELAY_MS", "5"),
    ("DEFAULT_PROVIDER", "echo"),
];
const NO_MESSAGE: &str = "There is no such message in this conversation";

async fn check(database: TestDatabase) {
    let server = Server::start(database, ECHO).await;
    let (alice, bob) = tokio::join!(server.user("alice"), server.user("bob"));
    what_does_not_exist_is_not_cut(&alice).await;
    a_wrong_count_is_refused(&alice).await;
    a_wrong_message_is_refused(&alice, &bob).await;
    a_truncation_keeps_the_newest(&alice).await;
    a_rewind_hides_a_message_and_all_after_it(&alice).await;
    a_restore_brings_everything_back(&alice).await;
    the_same_request_twice_cuts_once(&alice).await;
    what_had_nothing_to_do_never_does_anything(&alice).await;
    a_question_that_is_being_answered_stays(&alice).await;
    cuts_and_sends_at_once_lose_nothing(&alice).await;
}

async fn cut(who: &Client, conversation: &str, action: &str, body: Value) -> Answer {
    let path = format!("/api/chat/conversations/{conversation}/{action}");
    who.post(&path, &body).await
}

async fn said(who: &Client, conversation: &str) -> Vec<String> {
    let history = who.history(conversation).await;
    let own = history.into_iter().filter(|(role, _)| role == "user");
    own.map(|(_, text)| text).collect()
}

async fn ids(who: &Client, conversation: &str) -> Vec<String> {
    let path = format!("/api/chat/messages?conversation_id={conversation}&limit=100");
    let messages = who.get(&path).await.body["messages"].take();
    let id = |message: &Value| message["id"].as_str().unwrap().to_owned();
    messages.as_array().unwrap().iter().map(id).collect()
}

/// `count` exchanges: one, two, three …
async fn exchanges(who: &Client, number: u32, count: usize) -> String {
    let conversation = who.conversation(number);
    for text in ["one", "two", "three", "four", "five"].iter().take(count) {
        assert_eq!(who.say(&conversation, text).await.status, 200);
    }
    conversation
}

async fn what_does_not_exist_is_not_cut(alice: &Client) {
    let unknown = alice.conversation(99);
    for (action, body) in [
        ("truncate", json!({})),
        ("rewind", json!({ "message_id": unknown })),
        ("rewind", json!({ "message_id": uuid::Uuid::nil() })),
        ("restore", json!({})),
        ("archive", json!({})),
        ("unarchive", json!({})),
    ] {
        let refused = cut(alice, &unknown, action, body.clone()).await;
        let sentence = match body["message_id"].as_str() {
            Some(id) if id == unknown => NO_MESSAGE,
            _ => "This thread does not exist",
        };
        says(&refused, 404, sentence);
    }
    assert!(said(alice, &unknown).await.is_empty());
}

async fn a_wrong_count_is_refused(alice: &Client) {
    let conversation = exchanges(alice, 1, 1).await;
    for (count, kind) in [
        (json!("many"), "int_parsing"),
        (json!(""), "int_parsing"),
        (json!(1.5), "int_from_float"),
        (json!(null), "int_type"),
        (json!([1]), "int_type"),
        (json!(true), "int_type"),
    ] {
        let refused = cut(
            alice,
            &conversation,
            "truncate",
            json!({ "keep_count": count }),
        )
        .await;
        faults(&refused, kind, &["body", "keep_count"]);
    }
    let path = format!("/api/chat/conversations/{conversation}/truncate");
    for (body, kind) in [
        ("", "json_invalid"),
        ("{", "json_invalid"),
        ("[]", "model_attributes_type"),
    ] {
        let refused = answer(alice.request(Method::POST, &path).body(body))
            .await
            .unwrap();
        assert_eq!(refused.status, 422);
        assert_eq!(refused.body["detail"][0]["type"], kind, "{body}");
    }
    assert_eq!(said(alice, &conversation).await, ["one"]);
}

async fn a_wrong_message_is_refused(alice: &Client, bob: &Client) {
    let (conversation, other) = (exchanges(alice, 2, 2).await, exchanges(alice, 3, 1).await);
    let theirs = exchanges(bob, 1, 1).await;
    for body in [json!({}), json!([])] {
        let refused = cut(alice, &conversation, "rewind", body).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
    }
    let refused = cut(alice, &conversation, "rewind", json!({ "message_id": 5 })).await;
    faults(&refused, "string_type", &["body", "message_id"]);
    for id in [
        ids(alice, &other).await[0].clone(),
        ids(bob, &theirs).await[0].clone(),
        uuid::Uuid::now_v7().to_string(),
        "x".to_owned(),
        String::new(),
        "1; DROP TABLE transcript".to_owned(),
        "\0".to_owned(),
    ] {
        let refused = cut(alice, &conversation, "rewind", json!({ "message_id": id })).await;
        says(&refused, 404, NO_MESSAGE);
    }
    assert_eq!(said(alice, &conversation).await, ["one", "two"]);
    assert_eq!(said(bob, &theirs).await, ["one"]);
}

async fn a_truncation_keeps_the_newest(alice: &Client) {
    let conversation = exchanges(alice, 4, 4).await;
    let answered = |kept: u64, deleted: u64| json!({ "ok": true, "conversation_id": conversation, "keep_count": kept, "deleted": deleted });
    for (count, kept, deleted, left) in [
        (json!(1_000_000_000_000_u64), 8, 0, 4),
        (json!(1e30), 8, 0, 4),
        (json!("8"), 8, 0, 4),
        (json!(6.0), 6, 2, 3),
        (json!(6), 6, 0, 3),
        (json!(3), 3, 3, 1),
        (json!(-5), 0, 3, 0),
        (json!(-1e30), 0, 0, 0),
        (json!(0), 0, 0, 0),
    ] {
        let done = cut(
            alice,
            &conversation,
            "truncate",
            json!({ "keep_count": count }),
        )
        .await;
        assert_eq!(done.status, 200, "{count}: {}", done.body);
        assert_eq!(done.body, answered(kept, deleted), "{count}");
        assert_eq!(said(alice, &conversation).await.len(), left, "{count}");
    }
    // Title and conversation stay; the places go on.
    alice.say(&conversation, "five").await;
    assert_eq!(said(alice, &conversation).await, ["five"]);
    let list = alice.get("/api/chat/conversations").await;
    assert_eq!(list.body["conversations"][0]["title"], "one");
    assert_eq!(list.body["conversations"][0]["message_count"], 2);
    let everything = cut(alice, &conversation, "truncate", json!({})).await;
    assert_eq!(everything.body, answered(0, 2));
}

async fn a_rewind_hides_a_message_and_all_after_it(alice: &Client) {
    let conversation = exchanges(alice, 5, 3).await;
    let messages = ids(alice, &conversation).await;
    let rewind =
        async |id: &str| cut(alice, &conversation, "rewind", json!({ "message_id": id })).await;
    let done = rewind(&messages[3]).await;
    assert_eq!(
        done.body,
        json!({ "ok": true, "conversation_id": conversation, "deleted": 3 })
    );
    assert_eq!(ids(alice, &conversation).await, messages[..3]);
    // What is hidden is there no more.
    says(&rewind(&messages[5]).await, 404, NO_MESSAGE);
    says(&rewind(&messages[3]).await, 404, NO_MESSAGE);
    alice.say(&conversation, "instead").await;
    assert_eq!(said(alice, &conversation).await, ["one", "two", "instead"]);
    let done = rewind(&messages[0].to_uppercase()).await;
    assert_eq!(done.body["deleted"], 5);
    assert!(said(alice, &conversation).await.is_empty());
    // Nor is the reply that was cut away played again.
    let path = format!("/api/chat/stream?conversation_id={conversation}");
    let nothing = "There is no reply to follow in this conversation";
    says(&alice.get(&path).await, 404, nothing);
    alice.say(&conversation, "anew").await;
    let newest = alice.request(Method::GET, &path);
    let events = Events::open(newest).await.unwrap().rest().await;
    assert!(events.last().unwrap().text("reply").ends_with("anew"));
}

async fn a_restore_brings_everything_back(alice: &Client) {
    let conversation = exchanges(alice, 6, 4).await;
    let messages = ids(alice, &conversation).await;
    let restore = async || cut(alice, &conversation, "restore", json!({})).await.body;
    assert_eq!(restore().await, json!({ "ok": true, "restored": 0 }));
    cut(alice, &conversation, "truncate", json!({ "keep_count": 5 })).await;
    cut(
        alice,
        &conversation,
        "rewind",
        json!({ "message_id": messages[6] }),
    )
    .await;
    assert_eq!(ids(alice, &conversation).await, messages[3..6]);
    assert_eq!(restore().await, json!({ "ok": true, "restored": 5 }));
    assert_eq!(ids(alice, &conversation).await, messages);
    assert_eq!(restore().await, json!({ "ok": true, "restored": 0 }));
}

async fn the_same_request_twice_cuts_once(alice: &Client) {
    let conversation = exchanges(alice, 7, 3).await;
    let messages = ids(alice, &conversation).await;
    let keyed = async |action: &str, key: &str, body: Value| {
        let path = format!("/api/chat/conversations/{conversation}/{action}");
        let request = alice
            .request(Method::POST, &path)
            .header("idempotency-key", key);
        answer(request.json(&body)).await.unwrap()
    };
    let keep = json!({ "keep_count": 4 });
    let at_once = join_all((0..6).map(|_| keyed("truncate", "k", keep.clone()))).await;
    alice.say(&conversation, "more").await;
    let later = keyed("truncate", "k", keep.clone()).await;
    for done in at_once.iter().chain([&later]) {
        assert_eq!(done.status, 200, "{}", done.body);
        assert_eq!(done.body["deleted"], 2);
        assert_eq!(done.body["keep_count"], 4);
    }
    assert_eq!(said(alice, &conversation).await, ["two", "three", "more"]);
    says(
        &keyed("truncate", "k", json!({ "keep_count": 3 })).await,
        409,
        "This Idempotency-Key was used with another request body",
    );
    says(
        &keyed("truncate", "", keep).await,
        400,
        "Idempotency-Key must be 1 to 255 printable characters",
    );
    // The same key for something else is another key.
    let rewind = json!({ "message_id": messages[4] });
    for _ in 0..2 {
        assert_eq!(
            keyed("rewind", "k", rewind.clone()).await.body["deleted"],
            4
        );
    }
    let restored = keyed("restore", "k", json!({})).await;
    assert_eq!(restored.body["restored"], 6);
    cut(alice, &conversation, "truncate", json!({})).await;
    assert_eq!(keyed("restore", "k", json!({})).await.body, restored.body);
    assert!(said(alice, &conversation).await.is_empty());
}

async fn what_had_nothing_to_do_never_does_anything(alice: &Client) {
    let conversation = alice.conversation(70);
    let keyed = async |action: &str, body: Value| {
        let path = format!("/api/chat/conversations/{conversation}/{action}");
        let request = alice.request(Method::POST, &path);
        let request = request.header("idempotency-key", "nothing").json(&body);
        let done = answer(request).await.unwrap();
        assert_eq!(done.status, 200, "{}", done.body);
        done.body
    };
    let idle = json!({ "ok": true, "stopped": false });
    assert_eq!(keyed("stop", json!({})).await, idle);
    exchanges(alice, 70, 2).await;
    let keep = json!({ "keep_count": 4 });
    let kept = keyed("truncate", keep.clone()).await;
    assert_eq!(
        (&kept["deleted"], &kept["keep_count"]),
        (&json!(0), &json!(4))
    );
    assert_eq!(keyed("restore", json!({})).await["restored"], 0);

    // By now there would be something.
    alice.say(&conversation, "more").await;
    let kept = keyed("truncate", keep).await;
    assert_eq!(
        (&kept["deleted"], &kept["keep_count"]),
        (&json!(0), &json!(6))
    );
    assert_eq!(said(alice, &conversation).await, ["one", "two", "more"]);
    cut(alice, &conversation, "truncate", json!({ "keep_count": 2 })).await;
    assert_eq!(keyed("restore", json!({})).await["restored"], 0);
    assert_eq!(said(alice, &conversation).await, ["more"]);
    let slow = json!({
        "text": "word ".repeat(400), "conversation_id": conversation, "provider": "slow",
    });
    let request = alice.request(Method::POST, "/api/chat/stream").json(&slow);
    let mut stream = Events::open(request).await.unwrap();
    stream.next().await.unwrap();
    assert_eq!(keyed("stop", json!({})).await, idle);
    let another = cut(alice, &conversation, "stop", json!({})).await;
    assert_eq!(another.body["stopped"], true);
    stream.rest().await;
}

async fn a_question_that_is_being_answered_stays(alice: &Client) {
    let conversation = exchanges(alice, 8, 2).await;
    let body = json!({ "text": "word ".repeat(2000), "conversation_id": conversation, "provider": "slow" });
    let mut running = alice
        .request(Method::POST, "/api/chat/stream")
        .json(&body)
        .send()
        .await
        .unwrap();
    running.chunk().await.unwrap().unwrap();
    let done = cut(alice, &conversation, "truncate", json!({})).await;
    assert_eq!(
        done.body,
        json!({ "ok": true, "conversation_id": conversation, "keep_count": 1, "deleted": 4 })
    );
    // A rewind to before it stops the reply and drops the question.
    let question = ids(alice, &conversation).await[0].clone();
    let done = cut(
        alice,
        &conversation,
        "rewind",
        json!({ "message_id": question }),
    )
    .await;
    assert_eq!(done.body["deleted"], 1, "{}", done.body);
    while running.chunk().await.is_ok_and(|chunk| chunk.is_some()) {}
    assert!(said(alice, &conversation).await.is_empty());
    let stopped = cut(alice, &conversation, "stop", json!({})).await;
    assert_eq!(stopped.body, json!({ "ok": true, "stopped": false }));
}

async fn cuts_and_sends_at_once_lose_nothing(alice: &Client) {
    let conversation = exchanges(alice, 9, 2).await;
    let sends = join_all((0..12).map(|n| {
        let text = format!("message {n}");
        let conversation = conversation.clone();
        async move { alice.say(&conversation, &text).await.status.as_u16() }
    }));
    let cuts = join_all((0..6).map(|n| {
        let body = json!({ "keep_count": n });
        cut(alice, &conversation, "truncate", body)
    }));
    let (sent, cuts) = tokio::join!(sends, cuts);
    assert_eq!(sent, [200; 12]);
    for done in &cuts {
        let busy = done.status == 503 && done.headers.contains_key("retry-after");
        assert!(done.status == 200 || busy, "{}", done.body);
    }
    let before = said(alice, &conversation).await.len() * 2;
    assert_eq!(
        ids(alice, &conversation).await.len(),
        before,
        "an answer without its question"
    );
    let restored = cut(alice, &conversation, "restore", json!({})).await;
    let everything = ids(alice, &conversation).await;
    assert_eq!(everything.len(), 28);
    assert_eq!(restored.body["restored"], 28 - before);
}

async fn a_model_sees_what_the_owner_sees(database: TestDatabase) {
    let replies = ["a1", "a2", "a3", "a4"].map(upstream::whole);
    let scripted = Scripted::start(replies).await;
    let (_server, alice) = upstream::server(database, &scripted).await;
    let conversation = alice.conversation(1);
    for text in ["q1", "q2"] {
        alice.say(&conversation, text).await;
    }
    cut(
        &alice,
        &conversation,
        "truncate",
        json!({ "keep_count": 1 }),
    )
    .await;
    alice.say(&conversation, "q3").await;
    cut(&alice, &conversation, "restore", json!({})).await;
    alice.say(&conversation, "q4").await;
    let shown = |request: usize| -> Vec<String> {
        let messages = scripted.received()[request].body["messages"].clone();
        let text = |message: &Value| message["content"].as_str().unwrap().to_owned();
        messages.as_array().unwrap().iter().map(text).collect()
    };
    assert_eq!(shown(2), ["a2", "q3"]);
    assert_eq!(shown(3), ["q1", "a1", "q2", "a2", "q3", "a3", "q4"]);
}

on_both_databases!(check);

mod what_a_model_sees {
    use super::*;
    on_both_databases!(a_model_sees_what_the_owner_sees);
}
