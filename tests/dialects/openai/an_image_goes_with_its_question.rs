//! An image of a question outlives its server, stands nowhere in clear, is read by no auditor without its key, and is
//! destroyed with the account that asked.

use aggregates::{completion::CompletionEvent, thread::Attachment, user::UserEvent};
use image::ImageFormat;
use reqwest::Method;
use serde_json::json;

use super::{CHAT, picture_of, record, showing, text};
use crate::{
    dialects::{
        assistant::upstream::{self, whole},
        audit::because,
        on_both_databases,
    },
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        pictures::picture,
        scripted::Scripted,
        server::{PASSWORD, Server},
        traces::Traces,
    },
};

/// Asks of it; what the record has of it, and the completion's id.
async fn attached(server: &Server, who: &Client, width: u32) -> (Attachment, String) {
    let file = picture(width, 200, ImageFormat::Png);
    let question = showing(json!([
        text("What is this?"),
        picture_of("image/png", &file)
    ]));
    let answered = who.post(CHAT, &question).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    let id = answered.body["id"].as_str().unwrap();
    match record(server, id).await.swap_remove(0) {
        CompletionEvent::Requested(mut requested) => {
            let completion = requested.completion.to_string();
            (requested.messages[0].attachments.remove(0), completion)
        }
        other => panic!("{other:?}"),
    }
}

async fn check(database: TestDatabase) {
    let upstream = Scripted::start((0..3).map(|_| whole("A cat."))).await;
    let traces = Traces::of(&database);
    let sees = [("PROVIDERS__UP__VISION", "true")];
    let (server, alice) = upstream::server_with(database, &upstream, &sees).await;
    let bob = server.user("bob").await;
    let ada = server.user_as("ada", "auditor").await;
    let traces = traces.beside(&server);
    let (one, asked) = attached(&server, &alice, 300).await;
    let (two, _) = attached(&server, &alice, 301).await;
    let (others, _) = attached(&server, &bob, 302).await;

    let store = server.store().await;
    let jpeg = store.blob(&one).await.unwrap().unwrap();
    let middle = &jpeg[jpeg.len() / 2..][..24];
    assert_eq!(traces.holding_bytes(middle).await, [""; 0]);
    assert_eq!(traces.holding(&one.key).await, [""; 0]);
    traces.appears(&one.sha256).await;

    // What it says is for those who say why; what opens the image, for nobody.
    let events = format!("/api/audit/completions/{asked}/events");
    for shown in [ada.get(&events).await, because(&ada, &events, "Why").await] {
        let of_it = &shown.body["events"][0];
        let image = &of_it["data"]["messages"][0]["attachments"][0];
        assert_eq!(image["sha256"], json!(one.sha256), "{}", shown.body);
        assert_eq!(image["key"], json!(null));
        let withheld = of_it["withheld"].as_array().unwrap();
        assert!(withheld.contains(&json!("messages.0.attachments.0.key")));
        assert!(!shown.body.to_string().contains(&one.key));
    }

    // Two hours later, what no question has named is swept out, and nothing else.
    traces
        .change("UPDATE blobs SET written_at = written_at - 7200000000")
        .await;
    let server = server.start_again().await;
    let alice = alice.at(server.address);
    let store = server.store().await;
    for image in [&one, &two, &others] {
        assert!(store.blob(image).await.unwrap().is_some());
    }

    let leave = alice.request(Method::DELETE, "/api/auth/me");
    let left = answer(leave.json(&json!({ "password": PASSWORD }))).await;
    assert_eq!(left.unwrap().status, 200);
    traces.receipts(1).await;
    for image in [&one, &two] {
        assert_eq!(store.blob(image).await, Ok(None));
        let name = image.blob.to_string();
        let taken = store.reservation("blob", &name).await;
        assert_eq!(taken, Ok(Some(String::new())), "nobody names it again");
    }
    assert!(store.blob(&others).await.unwrap().is_some());
    assert_eq!(traces.blobs().await.len(), 1);
    let events = store.read_stream("user", &alice.id, 0, 100).await.unwrap();
    let Ok(UserEvent::ErasureConfirmed { receipt }) =
        serde_json::from_str(&events.last().unwrap().payload)
    else {
        panic!("the receipt is the last of it");
    };
    let blobs = receipt.iter().find(|part| part.store == "blobs");
    assert_eq!(blobs.unwrap().items, 2);
}

on_both_databases!(check);
