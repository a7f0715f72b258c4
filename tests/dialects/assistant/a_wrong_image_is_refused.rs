//! Images that are none, that are too much, or that are not what a client may send: told in this API's words, and
//! nothing of them is kept.

use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use super::{all_faults, faults, says};
use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        pictures::{base64, picture, showing},
        server::Server,
    },
};

const IMAGE: [&str; 2] = ["body", "image_base64"];
const MIME: [&str; 2] = ["body", "image_mime"];
const MIB: usize = 1 << 20;

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let conversation = alice.conversation(1);

    what_is_not_standard_base64_is_refused(&alice, &conversation).await;
    what_is_no_image_is_refused(&alice, &conversation).await;
    what_is_too_large_is_refused(&alice, &conversation).await;
    another_type_is_refused(&alice, &conversation).await;
    all_faults_are_told_at_once(&alice, &conversation).await;
    others_conversations_take_no_images(&server, &alice).await;
    assert_eq!(alice.history(&conversation).await, []);
    no_image_is_none(&alice, &conversation).await;

    let store = server.store().await;
    assert_eq!(
        store.sweep_blobs(0, i64::MAX).await,
        Ok(0),
        "something was kept"
    );
    assert_eq!(alice.get("/livez").await.status, 200);
}

/// Both ways to send it; what is told of the one fault.
async fn refused(alice: &Client, body: &Value, kind: &str, place: &[&str]) -> Value {
    let mut told = vec![];
    for path in ["/api/chat", "/api/chat/stream"] {
        let refused = alice.post(path, body).await;
        faults(&refused, kind, place);
        told.push(refused.body["detail"][0].clone());
    }
    assert_eq!(told[0], told[1]);
    told.remove(0)
}

async fn what_is_not_standard_base64_is_refused(alice: &Client, conversation: &str) {
    let png = base64(&picture(20, 10, ImageFormat::Png));
    for written in [
        "!",
        "aGVsbG8",
        &format!("data:image/png;base64,{png}"),
        &png.replace(['+', '/'], "_").replacen('A', "-", 1),
        &format!("{}\n{}", &png[..20], &png[20..]),
        &format!("{png} "),
    ] {
        let body =
            json!({ "text": "look", "conversation_id": conversation, "image_base64": written });
        let told = refused(alice, &body, "base64_decode", &IMAGE).await;
        let expected = json!({
            "type": "base64_decode",
            "loc": IMAGE,
            "msg": "Base64 decoding error",
            "input": null,
        });
        assert_eq!(told, expected);
    }
    for wrong in [
        json!(5),
        json!(["aGk="]),
        json!({ "data": "aGk=" }),
        json!(true),
    ] {
        let body =
            json!({ "text": "look", "conversation_id": conversation, "image_base64": wrong });
        let told = refused(alice, &body, "string_type", &IMAGE).await;
        assert_eq!(told["input"], wrong);
    }
}

async fn what_is_no_image_is_refused(alice: &Client, conversation: &str) {
    for file in [
        &b"hello"[..],
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"BM\x3a\0\0\0\0\0\0\0",
        b"%PDF-1.7",
        b"\0",
    ] {
        let told = refused(
            alice,
            &showing(conversation, "look", file),
            "value_error",
            &IMAGE,
        )
        .await;
        assert_eq!(told["msg"], "Image should be a png, jpeg, webp or gif");
    }
    let whole = picture(60, 40, ImageFormat::Png);
    let webp = picture(60, 40, ImageFormat::WebP);
    for file in [
        &whole[..whole.len() / 2],
        &whole[..8],
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        &webp[..webp.len() / 2],
        b"RIFF\xff\xff\xff\xffWEBPVP8X\xff\xff\xff\xff",
    ] {
        let told = refused(
            alice,
            &showing(conversation, "look", file),
            "value_error",
            &IMAGE,
        )
        .await;
        assert_eq!(told["msg"], "Image cannot be decoded");
    }
}

async fn what_is_too_large_is_refused(alice: &Client, conversation: &str) {
    // A GIF of 65,535 pixels a side in 26 bytes.
    let gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02";
    let told = refused(
        alice,
        &showing(conversation, "look", gif),
        "value_error",
        &IMAGE,
    )
    .await;
    assert_eq!(told["msg"], "Image should have at most 40 megapixels");
    let mut padded = picture(20, 10, ImageFormat::Png);
    padded.resize(10 * MIB + 1, 0);
    let told = refused(
        alice,
        &showing(conversation, "look", &padded),
        "too_long",
        &IMAGE,
    )
    .await;
    assert_eq!(told["msg"], "Image should have at most 10485760 bytes");
    padded.resize(12 * MIB, 0);
    for path in ["/api/chat", "/api/chat/stream"] {
        let refused = alice
            .post(path, &showing(conversation, "look", &padded))
            .await;
        says(&refused, 413, "Request body too large");
    }
}

async fn another_type_is_refused(alice: &Client, conversation: &str) {
    let png = picture(20, 10, ImageFormat::Png);
    for mime in ["image/svg+xml", "image/jpg", "image/*", "png", "text/html"] {
        let mut body = showing(conversation, "look", &png);
        body["image_mime"] = json!(mime);
        let told = refused(alice, &body, "enum", &MIME).await;
        assert_eq!(
            told["msg"],
            "Input should be 'image/png', 'image/jpeg', 'image/webp' or 'image/gif'"
        );
        assert_eq!(told["input"], mime);
    }
    let mut body = showing(conversation, "look", &png);
    body["image_mime"] = json!(["image/png"]);
    refused(alice, &body, "string_type", &MIME).await;
}

async fn all_faults_are_told_at_once(alice: &Client, conversation: &str) {
    let body = json!({
        "conversation_id": conversation, "image_base64": "?", "image_mime": "text/html", "web": "perhaps",
    });
    let refused = alice.post("/api/chat", &body).await;
    let kinds: Vec<_> = all_faults(&refused)
        .iter()
        .map(|fault| fault["type"].clone())
        .collect();
    assert_eq!(kinds, ["missing", "bool_parsing", "enum", "base64_decode"]);
}

async fn others_conversations_take_no_images(server: &Server, alice: &Client) {
    let mallory = server.user("mallory").await;
    let body = showing(
        &alice.conversation(1),
        "look",
        &picture(20, 10, ImageFormat::Png),
    );
    let denied = mallory.post("/api/chat", &body).await;
    says(&denied, 403, "Conversation does not belong to this user");
    let nobody = answer(alice.bare(Method::POST, "/api/chat").json(&body))
        .await
        .unwrap();
    says(&nobody, 401, "Authentication required");
}

async fn no_image_is_none(alice: &Client, conversation: &str) {
    for none in [json!(""), Value::Null] {
        let body = json!({
            "text": "hello", "conversation_id": conversation, "image_base64": none, "image_mime": none,
        });
        let reply = alice.post("/api/chat", &body).await;
        assert_eq!(reply.body["reply"], format!("{PREFACE}hello"));
    }
}

on_both_databases!(check);
