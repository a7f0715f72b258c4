//! The context of any reply, computed again, is what the provider was sent, message by message.

use aggregates::{MessageId, TurnId};
use reqwest::Method;
use serde_json::{Value, json};

use super::{because, on_both_databases};
use crate::{
    dialects::assistant::upstream::{server, whole},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        scripted::Scripted,
        threads::{say, send, turn},
    },
};

const CARD: &str = "My card number is 4532 1111 1111 1112";

/// Role and text, as they were sent.
fn sent(upstream: &Scripted, nth: usize) -> Vec<(Value, Value)> {
    let body = &upstream.received()[nth].body;
    let messages = body["messages"].as_array().unwrap().iter();
    let spoken = messages.filter(|message| message["role"] != "system");
    spoken
        .map(|message| (message["role"].clone(), message["content"].clone()))
        .collect()
}

async fn check(database: TestDatabase) {
    let replies = ["First.", "Second.", "Third.", "Fourth.", "Fifth.", "Sixth."].map(whole);
    let upstream = Scripted::start(replies).await;
    let (server, alice) = server(database, &upstream).await;
    let ada = server.user_as("ada", "auditor").await;
    let conversation = alice.conversation(1);
    for text in ["one", CARD, "three"] {
        assert_eq!(alice.say(&conversation, text).await.status, 200);
    }
    let one = format!("/api/chat/conversations/{conversation}");
    alice
        .post(&format!("{one}/truncate"), &json!({ "keep_count": 2 }))
        .await;
    assert_eq!(alice.say(&conversation, "four").await.status, 200);

    let thread = aggregates::ThreadId::named(&conversation).to_string();
    let at = ada
        .get(&format!("/api/audit/threads/{thread}/at"))
        .await
        .body;
    let messages = at["messages"].as_array().unwrap();
    let turns = messages
        .iter()
        .filter(|message| message["role"] == "assistant");
    let turns: Vec<&Value> = turns.collect();
    assert_eq!(turns.len(), 4);
    for (nth, turn) in turns.iter().enumerate() {
        let id = turn["turn"].as_str().unwrap();
        let path = format!("/api/audit/threads/{thread}/replies/{id}/context");
        let bare = ada.get(&path).await;
        assert_eq!(bare.status, 200, "{}", bare.body);
        assert!(!bare.body.to_string().contains("four"), "{}", bare.body);
        let full = because(&ada, &path, "What did it see?").await.body;
        let asked = full["asked"].as_array().unwrap();
        assert_eq!((asked.len(), &asked[0]["provider"]), (1, &json!("up")));
        let shown = asked[0]["messages"].as_array().unwrap();
        let shown: Vec<_> = shown
            .iter()
            .map(|message| (message["role"].clone(), message["text"].clone()))
            .collect();
        assert_eq!(shown, sent(&upstream, nth), "reply {nth}");
        assert_eq!(full["attempts"][0]["route"]["provider"], "up");
        // Every message is named, by the version that stood there.
        for message in asked[0]["messages"].as_array().unwrap() {
            assert!(
                messages
                    .iter()
                    .any(|known| known["message"] == message["message"]),
                "{message}"
            );
        }
    }
    let nobodys = "/replies/00000000-0000-7000-8000-000000000000/context";
    let unknown = ada
        .get(&format!("/api/audit/threads/{thread}{nobodys}"))
        .await;
    assert_eq!(unknown.status, 404);
    let path = format!(
        "/api/audit/threads/{thread}/replies/{}/context",
        turns[0]["turn"].as_str().unwrap()
    );
    // By the id, too, that clients of OpenAI's are told.
    let turn = turns[0]["turn"].as_str().unwrap();
    let printed = format!("chatcmpl-{}", turn.replace('-', ""));
    let by_printed = ada.get(&path.replace(turn, &printed)).await;
    assert_eq!(by_printed.body, ada.get(&path).await.body);
    assert_eq!(by_printed.status, 200);
    let request = alice
        .request(Method::GET, &path)
        .header("x-audit-reason", "curious");
    assert_eq!(answer(request).await.unwrap().status, 403);

    // What happened is in the catalogue, field by field.
    let catalogue = ada.get("/api/audit/schema").await.body;
    let (events, _) = super::lines(&ada, "/api/audit/events?limit=100000").await;
    for event in &events {
        let known = catalogue["events"].as_array().unwrap();
        let known = known.iter().find(|known| {
            known["type"] == event["type"] && known["aggregate_type"] == event["aggregate_type"]
        });
        let mut schema = &known.unwrap_or_else(|| panic!("{event}"))["schema"];
        if let Some(path) = schema["$ref"].as_str() {
            schema = &catalogue["$defs"][path.rsplit('/').next().unwrap()];
        }
        let data = event["data"].as_object().unwrap();
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(
                data.contains_key(required.as_str().unwrap()),
                "{event}: {required}"
            );
        }
        let variants = schema["oneOf"].is_array() || schema["anyOf"].is_array();
        for field in data.keys().filter(|_| !variants) {
            assert!(
                schema["properties"].get(field).is_some(),
                "{event}: {field}: {schema}"
            );
        }
    }
    assert_eq!(alice.get("/api/audit/schema").await.status, 403);
    what_stood_in_for_a_message_is_told_apart_from_it(&alice, &ada).await;
}

/// What is said with a wish for another answer was shown in a message's place: they are not that message's words.
async fn what_stood_in_for_a_message_is_told_apart_from_it(alice: &Client, ada: &Client) {
    let first = say(alice, None, "Which tea?").await;
    let reload =
        json!({ "input": "Which green tea?", "thread_uuid": first.thread, "mode": "reload" });
    let again = turn(&send(alice, &reload).await);
    let shown = async |reply: &str| {
        let thread = &first.thread;
        let path = format!("/api/audit/threads/{thread}/replies/{reply}/context");
        let full = because(ada, &path, "What did it see?").await.body;
        full["asked"][0]["messages"].clone()
    };
    let of = |id: MessageId, text: &str, stands_in: bool| {
        json!([{
            "place": 1, "message": id, "stands_in": stands_in, "role": "user", "images": 0,
            "length": text.len(), "text": text,
        }])
    };
    let message: MessageId = first.user.as_ref().unwrap().parse().unwrap();
    let its = shown(&first.assistant).await;
    assert_eq!(its, of(message, "Which tea?", false));
    let made: TurnId = again.assistant.parse().unwrap();
    let its = shown(&again.assistant).await;
    assert_eq!(its, of(made.wish(), "Which green tea?", true));
}

on_both_databases!(check);
