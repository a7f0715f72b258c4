//! Images that are none, that are too much, that are elsewhere, or that are not what a client may send: refused in this
//! API's words with their places, and nothing of them is kept.

use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use super::{CHAT, ask, picture_of, says, showing, streamed, text};
use crate::{
    dialects::{assistant::upstream, on_both_databases},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        pictures::{announcing, base64, picture},
        scripted::{Reply, Scripted},
    },
};

const INVALID: &str = "invalid_request_error";
const PLACE: &str = "messages[0].content[1]";
const MIB: usize = 1 << 20;

async fn check(database: TestDatabase) {
    let upstream = Scripted::start(Vec::<Reply>::new()).await;
    let sees = [("PROVIDERS__UP__VISION", "true")];
    let (server, alice) = upstream::server_with(database, &upstream, &sees).await;

    what_is_not_here_is_not_fetched(&alice).await;
    what_is_no_image_is_refused(&alice).await;
    what_is_too_much_is_refused(&alice).await;
    what_has_another_shape_is_named(&alice).await;
    only_users_show_something(&alice).await;
    one_of_two_is_enough(&alice).await;
    strangers_and_others_are_denied(&alice, &server.user("mallory").await).await;

    assert_eq!(upstream.received().len(), 0);
    let store = server.store().await;
    let events = store.read_after(0, 1_000).await.unwrap();
    let asked = events.iter();
    let asked = asked.filter(|event| event.event_type == "completion.requested");
    assert_eq!(asked.count(), 0);
    assert_eq!(
        store.sweep_blobs(0, i64::MAX).await,
        Ok(0),
        "something was kept"
    );
    assert_eq!(alice.get("/livez").await.status, 200);
}

/// A question with this part: alone and in a thread, whole and as a stream.
async fn refused(alice: &Client, part: Value, place: &str, code: &str, what: &str) {
    let body = showing(json!([text("Look"), part]));
    for body in [body.clone(), streamed(body)] {
        for thread in [None, Some("new")] {
            let request = alice.request(Method::POST, CHAT).json(&body);
            let request = match thread {
                None => request,
                Some(thread) => request.header("x-thread", thread),
            };
            let told = answer(request).await.unwrap();
            says(&told, 400, what, INVALID, json!(place), json!(code));
        }
    }
}

/// Something wrong with the image itself.
async fn wrong(alice: &Client, url: &str, code: &str, what: &str) {
    let part = json!({ "type": "image_url", "image_url": { "url": url } });
    let place = format!("{PLACE}.image_url.url");
    let sentence = format!("Invalid '{place}': {what}.");
    refused(alice, part, &place, code, &sentence).await;
}

async fn wrong_file(alice: &Client, file: &[u8], code: &str, what: &str) {
    let url = format!("data:image/png;base64,{}", base64(file));
    wrong(alice, &url, code, what).await;
}

async fn what_is_not_here_is_not_fetched(alice: &Client) {
    let instead = "no address is fetched; send the image itself, as 'data:image/png;base64,…'";
    let image = base64(&picture(20, 10, ImageFormat::Png));
    for url in [
        "https://example.org/cat.png",
        "http://127.0.0.1:1/cat.png",
        "file:///etc/passwd",
        "",
        "data:",
        "data:image/png",
        &format!("data:image/png,{image}"),
        &image,
    ] {
        wrong(alice, url, "invalid_image_url", instead).await;
    }
}

async fn what_is_no_image_is_refused(alice: &Client) {
    let png = base64(&picture(20, 10, ImageFormat::Png));
    for data in [
        "!".to_owned(),
        "aGVsbG8".to_owned(),
        png.replace(['+', '/'], "_").replacen('A', "-", 1),
        format!("{}\n{}", &png[..20], &png[20..]),
        format!("{png} "),
    ] {
        let url = format!("data:image/png;base64,{data}");
        wrong(
            alice,
            &url,
            "invalid_base64_image",
            "it is no standard base64",
        )
        .await;
    }
    for mime in ["image/svg+xml", "image/jpg", "image/*", "text/html", ""] {
        let url = format!("data:{mime};base64,{png}");
        let known = "its type must be image/png, image/jpeg, image/webp or image/gif";
        wrong(alice, &url, "unsupported_image_media_type", known).await;
    }
    for file in [
        &b"hello"[..],
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"BM\x3a\0\0\0\0\0\0\0",
        b"%PDF-1.7",
    ] {
        let what = "this is no png, jpeg, webp or gif";
        wrong_file(alice, file, "invalid_image_format", what).await;
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
        let what = "this image cannot be decoded";
        wrong_file(alice, file, "image_parse_error", what).await;
    }
}

async fn what_is_too_much_is_refused(alice: &Client) {
    // A GIF of 65,535 pixels a side in 26 bytes; a PNG that says it is 20,000 wide and high, and one of all that a side has.
    let gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02";
    for bomb in [
        gif.to_vec(),
        announcing(20_000, 20_000),
        announcing(100_000, 1),
    ] {
        let what = "an image has at most 40 megapixels";
        wrong_file(alice, &bomb, "image_too_large", what).await;
    }
    let mut padded = picture(20, 10, ImageFormat::Png);
    padded.resize(10 * MIB + 1, 0);
    let part = picture_of("image/png", &padded);
    let body = showing(json!([text("Look"), part]));
    let place = format!("{PLACE}.image_url.url");
    let what = format!("Invalid '{place}': an image has at most 10 MiB.");
    let (param, code) = (json!(place), json!("image_file_too_large"));
    says(
        &alice.post(CHAT, &body).await,
        400,
        &what,
        INVALID,
        param,
        code,
    );
    padded.resize(12 * MIB, 0);
    let body = showing(json!([picture_of("image/png", &padded)]));
    says(
        &alice.post(CHAT, &body).await,
        413,
        "The request body is too large.",
        INVALID,
        Value::Null,
        json!("request_too_large"),
    );
    // Nine, of one message or of several.
    let part = picture_of("image/png", &picture(20, 10, ImageFormat::Png));
    let nine = showing(json!(vec![part.clone(); 9]));
    let mut several = showing(json!(vec![part.clone(); 8]));
    let ninth = json!({ "role": "user", "content": [text("And this?"), part] });
    several["messages"].as_array_mut().unwrap().push(ninth);
    for (body, place) in [
        (nine, "messages[0].content[8]"),
        (several, "messages[1].content[1]"),
    ] {
        let what = format!("Invalid '{place}': at most 8 images are taken.");
        let told = alice.post(CHAT, &body).await;
        let code = json!("array_above_max_length");
        says(&told, 400, &what, INVALID, json!(place), code);
    }
}

async fn what_has_another_shape_is_named(alice: &Client) {
    let with = |image_url: Value| json!({ "type": "image_url", "image_url": image_url });
    let whole = picture_of("image/png", &picture(20, 10, ImageFormat::Png));
    let detailed = |detail: Value| {
        let mut part = whole.clone();
        part["image_url"]["detail"] = detail;
        part
    };
    let at = |field: &str| format!("{PLACE}.image_url{field}");
    for (part, field, code, sentence) in [
        (
            json!({ "type": "image_url" }),
            "",
            "missing_required_parameter",
            "Missing required parameter: '{}'.",
        ),
        (
            with(Value::Null),
            "",
            "missing_required_parameter",
            "Missing required parameter: '{}'.",
        ),
        (
            with(json!("data:,")),
            "",
            "invalid_type",
            "Invalid type for '{}': expected an object, but got a string instead.",
        ),
        (
            with(json!({})),
            ".url",
            "missing_required_parameter",
            "Missing required parameter: '{}'.",
        ),
        (
            with(json!({ "url": 7 })),
            ".url",
            "invalid_type",
            "Invalid type for '{}': expected a string, but got an integer instead.",
        ),
        (
            detailed(json!("highest")),
            ".detail",
            "invalid_value",
            "Invalid '{}': it must be 'auto', 'low' or 'high'.",
        ),
        (
            detailed(json!(["low"])),
            ".detail",
            "invalid_value",
            "Invalid '{}': it must be 'auto', 'low' or 'high'.",
        ),
    ] {
        let place = at(field);
        let sentence = sentence.replace("{}", &place);
        refused(alice, part, &place, code, &sentence).await;
    }
}

async fn only_users_show_something(alice: &Client) {
    let part = picture_of("image/png", &picture(20, 10, ImageFormat::Png));
    for role in ["system", "developer", "assistant"] {
        let mut body = ask("hello");
        let shown = json!({ "role": role, "content": [text("Look"), part] });
        body["messages"].as_array_mut().unwrap().insert(0, shown);
        let what = format!(
            "Unsupported parameter: '{PLACE}' of type 'image_url' is taken in messages of the user's only."
        );
        let told = alice.post(CHAT, &body).await;
        let code = json!("unsupported_parameter");
        says(&told, 400, &what, INVALID, json!(PLACE), code);
    }
}

/// Nothing is kept of the good one.
async fn one_of_two_is_enough(alice: &Client) {
    let good = picture(60, 40, ImageFormat::Png);
    let bad = picture_of("image/png", &good[..good.len() / 2]);
    let body = showing(json!([picture_of("image/png", &good), bad]));
    let told = alice.post(CHAT, &body).await;
    assert_eq!(told.status, 400, "{}", told.body);
    let param = &told.body["error"]["param"];
    assert_eq!(param, &json!(format!("{PLACE}.image_url.url")));
}

async fn strangers_and_others_are_denied(alice: &Client, mallory: &Client) {
    let body = showing(json!([picture_of(
        "image/png",
        &picture(20, 10, ImageFormat::Png)
    )]));
    let nobody = alice.with_key("sk-wrong").post(CHAT, &body).await;
    assert_eq!(nobody.status, 401, "{}", nobody.body);
    let thread = uuid::Uuid::now_v7().to_string();
    let request = mallory
        .request(Method::POST, CHAT)
        .header("x-thread", thread);
    let denied = answer(request.json(&body)).await.unwrap();
    assert_eq!(denied.status, 404, "{}", denied.body);
}

on_both_databases!(check);
