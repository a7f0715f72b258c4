//! An image is kept once, outlives its server, is not shown when its message is not, and goes with the conversation;
//! one whose message was never sent goes by itself.

use aggregates::thread::{Attachment, ThreadEvent};
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use super::upstream::{self, whole};
use crate::{
    dialects::on_both_databases,
    support::{
        client::{Client, answer, eventually},
        databases::TestDatabase,
        pictures::{decoded, picture, showing},
        scripted::Scripted,
        server::Server,
        traces::Traces,
    },
};

/// What the log says was attached, in order.
async fn attachments(server: &Server) -> Vec<Attachment> {
    let events = server.store().await.read_after(0, 1000).await.unwrap();
    let sent = events
        .iter()
        .filter(|event| event.event_type == "message.sent");
    let sent = sent.map(|event| serde_json::from_str(&event.payload).unwrap());
    sent.flat_map(|event| match event {
        ThreadEvent::MessageSent(sent) => sent.attachments,
        other => panic!("{other:?}"),
    })
    .collect()
}

/// The images of the model's last request.
fn seen(upstream: &Scripted) -> Vec<Vec<u8>> {
    let request = upstream.received().pop().unwrap().body;
    let messages = request["messages"].as_array().unwrap().iter();
    let urls = messages.filter_map(|message| message.pointer("/content/1/image_url/url"));
    let jpeg = |url: &Value| {
        let url = url.as_str().unwrap();
        decoded(url.strip_prefix("data:image/jpeg;base64,").unwrap())
    };
    urls.map(jpeg).collect()
}

async fn check(database: TestDatabase) {
    let upstream = Scripted::start((0..20).map(|_| whole("fine"))).await;
    let traces = Traces::of(&database);
    let sees = [("PROVIDERS__UP__VISION", "true")];
    let (server, alice) = upstream::server_with(database, &upstream, &sees).await;

    a_repeated_request_keeps_one_image(&server, &alice, &upstream).await;
    it_stands_nowhere_in_clear(&server, &alice, &traces).await;
    what_is_rewound_is_not_shown(&alice, &upstream).await;

    // Killed between an image and its message, long ago; the images of messages are as old.
    let store = server.store().await;
    let orphan = store.keep_blob("image/jpeg", b"never sent").await.unwrap();
    let lately = "UPDATE blobs SET written_at = written_at - 7200000000";
    traces.change(lately).await;
    let fresh = store.keep_blob("image/jpeg", b"being sent").await.unwrap();
    let before = attachments(&server).await;
    let server = server.start_again().await;
    let alice = alice.at(server.address);
    let store = server.store().await;
    eventually(async || store.blob(&orphan).await == Ok(None)).await;
    assert!(store.blob(&fresh).await.unwrap().is_some());
    for attached in &before {
        assert!(store.blob(attached).await.unwrap().is_some());
    }

    it_goes_with_its_conversation(&alice, &upstream).await;
    let gone = async || store.blob(&before[0]).await == Ok(None);
    eventually(gone).await;
    assert!(store.blob(&before[1]).await.unwrap().is_some());
}

async fn a_repeated_request_keeps_one_image(server: &Server, alice: &Client, upstream: &Scripted) {
    let file = picture(50, 30, ImageFormat::Png);
    let body = showing(&alice.conversation(1), "Once?", &file);
    let send = || {
        let request = alice.request(Method::POST, "/api/chat").json(&body);
        answer(request.header("idempotency-key", "an image"))
    };
    let (one, twin) = futures_util::join!(send(), send());
    let again = send().await.unwrap().body;
    assert_eq!(again["reply"], "fine");
    assert_eq!((&one.unwrap().body, &twin.unwrap().body), (&again, &again));
    assert_eq!((upstream.received().len(), seen(upstream).len()), (1, 1));
    assert_eq!(attachments(server).await.len(), 1);
    // What its twin had kept was thrown away.
    assert_eq!(server.store().await.sweep_blobs(0, i64::MAX).await, Ok(0));
}

async fn it_stands_nowhere_in_clear(server: &Server, alice: &Client, traces: &Traces) {
    let file = picture(300, 200, ImageFormat::Png);
    alice
        .post("/api/chat", &showing(&alice.conversation(2), "Look", &file))
        .await;
    let attached = attachments(server).await.pop().unwrap();
    let jpeg = server.store().await.blob(&attached).await.unwrap().unwrap();
    let middle = &jpeg[jpeg.len() / 2..][..24];
    assert_eq!(traces.holding_bytes(middle).await, [""; 0]);
    assert_eq!(traces.holding(&attached.key).await, [""; 0]);
    traces.appears(&attached.sha256).await;
}

async fn what_is_rewound_is_not_shown(alice: &Client, upstream: &Scripted) {
    let conversation = alice.conversation(3);
    let file = picture(60, 30, ImageFormat::Png);
    alice
        .post("/api/chat", &showing(&conversation, "Look", &file))
        .await;
    let next = alice.say(&conversation, "And now?").await;
    assert_eq!(
        (next.body["reply"].as_str(), seen(upstream).len()),
        (Some("fine"), 1)
    );
    let path = format!("/api/chat/messages?conversation_id={conversation}");
    let first = alice.get(&path).await.body["messages"][0]["id"].clone();
    let rewind = format!("/api/chat/conversations/{conversation}/rewind");
    let rewound = alice.post(&rewind, &json!({ "message_id": first })).await;
    assert_eq!(rewound.status, 200, "{}", rewound.body);
    alice.say(&conversation, "From anew").await;
    assert!(seen(upstream).is_empty());
    let restore = format!("/api/chat/conversations/{conversation}/restore");
    assert_eq!(alice.post(&restore, &json!({})).await.status, 200);
    alice.say(&conversation, "As it was").await;
    assert_eq!(seen(upstream).len(), 1);
}

async fn it_goes_with_its_conversation(alice: &Client, upstream: &Scripted) {
    let conversation = alice.conversation(1);
    alice.say(&conversation, "Still?").await;
    assert_eq!(seen(upstream).len(), 1);
    let path = format!("/api/chat/conversations/{conversation}");
    assert_eq!(alice.delete(&path).await.status, 200);
    alice.say(&conversation, "And now?").await;
    assert!(seen(upstream).is_empty());
}

on_both_databases!(check);
