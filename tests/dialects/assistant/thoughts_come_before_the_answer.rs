//! A model that thinks aloud: its thoughts are frames of their own, and no part of the answer.

use reqwest::Method;
use serde_json::json;

use super::upstream;
use crate::{
    dialects::on_both_databases,
    support::{
        client::{Event, Events, shown},
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
    },
};

fn thought(text: &str) -> String {
    json!({ "choices": [{ "index": 0, "delta": { "reasoning_content": text }, "finish_reason": null }] })
        .to_string()
}

async fn check(database: TestDatabase) {
    let frames = [
        thought("Well then, "),
        thought("ä… later "),
        upstream::delta("four "),
        upstream::delta("it is easy "),
    ];
    let gate = Gate::closed();
    let answer = Reply::sse(frames.into_iter().chain(upstream::end())).gate(&gate);
    let upstream = Scripted::start([answer]).await;
    let (_server, alice) = upstream::server(database, &upstream).await;
    let conversation = alice.conversation(1);

    let mut stream = alice.stream(&conversation, "2 + 2?").await;
    let mut events = vec![stream.next().await.unwrap()];
    // One by one, and with nothing that might become a number, so that each is a frame.
    for _ in 0..4 {
        gate.let_pass(1);
        events.push(stream.next().await.unwrap());
    }
    gate.let_pass(2);
    events.extend(stream.rest().await);

    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "meta",
            "reasoning",
            "reasoning",
            "assistant",
            "assistant",
            "done"
        ]
    );
    assert_eq!(
        events[1].data,
        json!({ "type": "reasoning", "delta": "Well then, " })
    );
    assert_eq!(events[5].text("reply"), "four it is easy ");
    let turn = events[0].id.split_once('.').unwrap().0;
    let places: Vec<_> = events.iter().map(|event| &event.id[turn.len()..]).collect();
    assert_eq!(
        places,
        [".0", ".0.11", ".0.23", ".5.23", ".16.23", ".16.23"]
    );
    assert_eq!(alice.history(&conversation).await[1].1, "four it is easy ");

    // From each place on, and from the middle of a character: no thought and no word twice.
    for (from, thoughts, text) in [
        (".0", "Well then, ä… later ", "four it is easy "),
        (".0.11", "ä… later ", "four it is easy "),
        (".0.12", "ä… later ", "four it is easy "),
        (".0.23", "", "four it is easy "),
        (".5.23", "", "it is easy "),
        (".16.23", "", ""),
    ] {
        let events = alice
            .resume(&conversation, &format!("{turn}{from}"))
            .await
            .rest()
            .await;
        assert_eq!(
            (of_thoughts(&events).as_str(), shown(&events).as_str()),
            (thoughts, text),
            "{from}"
        );
        assert_eq!(events.last().unwrap().kind, "done");
        let first = events.iter().find(|event| event.kind == "reasoning");
        assert!(first.is_none_or(|event| event.text("text") == "Well then, ä… later "));
    }
    let path = format!("/api/chat/stream?conversation_id={conversation}&full=1");
    let full = Events::open(alice.request(Method::GET, &path))
        .await
        .unwrap()
        .rest()
        .await;
    assert_eq!(full[1].text("text"), "Well then, ä… later ");
    assert_eq!(full[2].text("text"), "four it is easy ");
}

fn of_thoughts(events: &[Event]) -> String {
    let thoughts = events.iter().filter(|event| event.kind == "reasoning");
    thoughts.map(|event| event.text("delta")).collect()
}

on_both_databases!(check);
