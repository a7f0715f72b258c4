//! A running reply on the wire: heads, frames, their order and their ids.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::{
    dialects::{PREFACE, on_both_databases},
    support::{
        client::{Client, Event, answer, shown},
        databases::TestDatabase,
        server::Server,
    },
};

const SLOW: &[(&str, &str)] = &[
    ("PROVIDERS__ECHO__KIND", "echo"),
    ("PROVIDERS__ECHO__DELAY_MS", "2"),
];
const TEXT: &str = "zwölf \u{1F600} 漢字 line\nbreak \u{2028} data: x\r\nid: 5 end";

async fn check(database: TestDatabase) {
    let server = Server::start(database, SLOW).await;
    let alice = server.user("alice").await;
    frames_are_exactly_three_lines(&alice).await;
    a_stream_begins_with_meta_and_ends_with_done(&alice).await;
    the_same_stream_is_served_at_the_other_path(&alice).await;
    a_full_stream_repeats_the_text(&alice).await;
    what_is_wrong_is_told_before_the_stream(&alice).await;
    an_unknown_provider_is_an_error_frame(&alice).await;
    leaving_does_not_cancel(&alice).await;
    stop_ends_the_stream_with_the_partial_text(&alice).await;
}

fn send(who: &Client, path: &str, conversation: &str) -> RequestBuilder {
    let body = json!({ "text": TEXT, "conversation_id": conversation });
    who.request(Method::POST, path).json(&body)
}

async fn opened(request: RequestBuilder) -> Response {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert!(!response.headers().contains_key("content-length"));
    response
}

async fn frames_are_exactly_three_lines(alice: &Client) {
    let response = opened(send(alice, "/api/chat/stream", &alice.conversation(1))).await;
    let text = response.text().await.unwrap();
    assert!(text.ends_with("\n\n") && !text.contains('\r'));
    for frame in text.split_terminator("\n\n") {
        let lines: Vec<_> = frame.split('\n').collect();
        assert_eq!(lines.len(), 3, "{frame}");
        let kind = lines[0].strip_prefix("event: ").unwrap();
        let id = lines[1].strip_prefix("id: ").unwrap();
        let data: Value = serde_json::from_str(lines[2].strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(data["type"], kind);
        let (turn, offset) = id.split_once('.').unwrap();
        assert!(turn.len() == 36 && offset.parse::<u64>().is_ok(), "{id}");
    }
}

async fn a_stream_begins_with_meta_and_ends_with_done(alice: &Client) {
    let conversation = alice.conversation(2);
    let events = alice.stream(&conversation, TEXT).await.rest().await;
    let whole = format!("{PREFACE}{TEXT}");
    has_shape(&events, &conversation, &whole);
    let history = alice.history(&conversation).await;
    assert_eq!(history[1].1, whole);
}

/// meta, then deltas whose ids count the bytes, then done; nothing else and nothing twice.
fn has_shape(events: &[Event], conversation: &str, whole: &str) {
    let (first, last) = (events.first().unwrap(), events.last().unwrap());
    assert_eq!(
        first.data,
        json!({ "type": "meta", "conversation_id": conversation, "provider": "echo" })
    );
    assert!(first.id.ends_with(".0"));
    let done = json!({ "type": "done", "reply": whole, "conversation_id": conversation, "provider": "echo" });
    assert_eq!(last.data, done);
    let turn = first.id.split_once('.').unwrap().0;
    let mut length = 0;
    let deltas = &events[1..events.len() - 1];
    assert!(deltas.len() > 1);
    for event in deltas {
        assert_eq!(event.kind, "assistant");
        assert_eq!(
            event.data,
            json!({ "type": "assistant", "delta": event.text("delta") })
        );
        length += event.text("delta").len();
        assert_eq!(event.id, format!("{turn}.{length}"));
    }
    assert_eq!(last.id, format!("{turn}.{length}"));
    assert_eq!(shown(events), whole);
}

async fn the_same_stream_is_served_at_the_other_path(alice: &Client) {
    for (number, accept) in [
        "text/event-stream",
        "application/json, text/event-stream;q=0.9",
        "TEXT/EVENT-STREAM",
    ]
    .into_iter()
    .enumerate()
    {
        let conversation = alice.conversation(10 + number as u32);
        let request = send(alice, "/api/chat", &conversation).header("accept", accept);
        let text = opened(request).await.text().await.unwrap();
        assert!(text.starts_with("event: meta\n"), "{text}");
    }
    let body = json!({ "text": TEXT, "stream": true });
    let request = alice.request(Method::POST, "/api/chat").json(&body);
    let text = opened(request).await.text().await.unwrap();
    assert!(text.starts_with("event: meta\n") && text.contains("\nevent: done\n"));
    // `stream: false` is what this path does anyway; the other one streams always.
    let body = json!({ "text": TEXT, "stream": false });
    let reply = alice.post("/api/chat", &body).await;
    assert_eq!(reply.headers["content-type"], "application/json");
    opened(alice.request(Method::POST, "/api/chat/stream").json(&body)).await;
}

async fn a_full_stream_repeats_the_text(alice: &Client) {
    let request = send(alice, "/api/chat/stream?full=1", &alice.conversation(20));
    let events = crate::support::client::Events::open(request)
        .await
        .unwrap()
        .rest()
        .await;
    let mut text = String::new();
    for event in events.iter().filter(|event| event.kind == "assistant") {
        text.push_str(event.text("delta"));
        assert_eq!(event.text("text"), text);
    }
    assert_eq!(text, format!("{PREFACE}{TEXT}"));
}

async fn what_is_wrong_is_told_before_the_stream(alice: &Client) {
    let nobody = alice
        .bare(Method::POST, "/api/chat/stream")
        .json(&json!({ "text": "x" }));
    assert_eq!(answer(nobody).await.unwrap().status, 401);
    let empty = alice
        .request(Method::POST, "/api/chat/stream")
        .header("accept", "text/event-stream");
    let refused = answer(empty.json(&json!({}))).await.unwrap();
    assert_eq!(refused.status, 422);
    assert_eq!(refused.headers["content-type"], "application/json");
}

async fn an_unknown_provider_is_an_error_frame(alice: &Client) {
    let body =
        json!({ "text": "hello", "provider": "nobody", "conversation_id": alice.conversation(30) });
    let request = alice.request(Method::POST, "/api/chat/stream").json(&body);
    let events = crate::support::client::Events::open(request)
        .await
        .unwrap()
        .rest()
        .await;
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["meta", "error"]);
    assert_eq!(
        events[1].data,
        json!({
            "type": "error",
            "error": "No AI provider found for 'nobody'. Check your provider settings.",
            "conversation_id": alice.conversation(30),
            "provider": "nobody",
        })
    );
}

async fn leaving_does_not_cancel(alice: &Client) {
    let conversation = alice.conversation(40);
    let response = opened(send(alice, "/api/chat/stream", &conversation)).await;
    drop(response);
    // Its queue lets the next one pass only after it has ended.
    alice.say(&conversation, "next").await;
    let history = alice.history(&conversation).await;
    assert_eq!(history.len(), 4);
    assert!(
        history
            .iter()
            .any(|(_, text)| *text == format!("{PREFACE}{TEXT}"))
    );
}

async fn stop_ends_the_stream_with_the_partial_text(alice: &Client) {
    let conversation = alice.conversation(50);
    let long = "word ".repeat(5000);
    let mut stream = alice.stream(&conversation, &long).await;
    let mut events = vec![stream.next().await.unwrap(), stream.next().await.unwrap()];
    let stop = format!("/api/chat/conversations/{conversation}/stop");
    // Twice at once: both are told that it stops.
    let nothing = json!({});
    let (one, other) = tokio::join!(alice.post(&stop, &nothing), alice.post(&stop, &nothing));
    assert!(one.body["ok"] == json!(true) && other.body["ok"] == json!(true));
    assert!(one.body["stopped"] == json!(true) || other.body["stopped"] == json!(true));
    events.extend(stream.rest().await);
    let partial = events.last().unwrap().text("reply").to_owned();
    assert_eq!(events.last().unwrap().kind, "done");
    assert_eq!(shown(&events), partial);
    assert!(partial.len() < long.len());
    assert_eq!(alice.history(&conversation).await[1].1, partial);
    assert_eq!(
        alice.post(&stop, &nothing).await.body,
        json!({ "ok": true, "stopped": false })
    );
    let never = format!("/api/chat/conversations/{}/stop", alice.conversation(51));
    assert_eq!(
        alice.post(&never, &nothing).await.body,
        json!({ "ok": true, "stopped": false })
    );
}

on_both_databases!(check);
