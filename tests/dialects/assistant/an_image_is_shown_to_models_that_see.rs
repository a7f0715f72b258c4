//! An image that comes with a message: shown to models that see, in each family's own shape, as long as its message
//! is; told of to others.

use image::ImageFormat;
use serde_json::{Value, json};

use crate::{
    dialects::on_both_databases,
    providers::families::{self, Family},
    support::{
        client::Client,
        databases::TestDatabase,
        pictures::{decoded, picture, showing},
        scripted::Scripted,
        server::Server,
    },
};

/// The family, where its first message's image is, and what stands before it there.
fn seeing() -> [(&'static str, Family, &'static str, &'static str); 4] {
    [
        (
            "openai",
            families::openai(),
            "/messages/0/content/1/image_url/url",
            "data:image/jpeg;base64,",
        ),
        (
            "anthropic",
            families::anthropic(),
            "/messages/0/content/0/source/data",
            "",
        ),
        (
            "google",
            families::google(),
            "/contents/0/parts/0/inlineData/data",
            "",
        ),
        ("ollama", families::ollama(), "/messages/0/images/0", ""),
    ]
}

/// A provider's settings, under this name.
fn settings(name: &str, family: &Family, url: &str, vision: bool) -> Vec<(String, String)> {
    let config = family.config(url);
    let setting = |key: &str, value: &str| {
        let name = format!("PROVIDERS__{}__{key}", name.to_uppercase());
        (name, value.to_owned())
    };
    let kind = match name {
        "blind" => "custom",
        kind => kind,
    };
    vec![
        setting("KIND", kind),
        setting("BASE_URL", &config.base_url.unwrap()),
        setting("MODEL", family.model),
        setting("API_KEY", "a-key"),
        setting("VISION", &vision.to_string()),
    ]
}

async fn start(database: TestDatabase, upstreams: &[(&str, Family, &Scripted)]) -> Server {
    let mut all = vec![
        ("TITLES".to_owned(), "off".to_owned()),
        ("DEFAULT_PROVIDER".to_owned(), "blind".to_owned()),
    ];
    for (name, family, upstream) in upstreams {
        all.extend(settings(name, family, &upstream.url(), *name != "blind"));
    }
    let all: Vec<_> = all
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    Server::start(database, &all).await
}

fn with_provider(mut body: Value, provider: &str) -> Value {
    body["provider"] = json!(provider);
    body
}

async fn check(database: TestDatabase) {
    let mut script = vec![];
    for (name, family, ..) in seeing() {
        let replies = (0..8).map(|_| family.replay(family.text));
        script.push((name, family, Scripted::start(replies).await));
    }
    let blind = families::compatible();
    let unseeing = Scripted::start((0..8).map(|_| blind.replay(blind.text))).await;
    let mut upstreams: Vec<_> = script
        .iter()
        .map(|(name, family, upstream)| (*name, *family, upstream))
        .collect();
    upstreams.push(("blind", blind, &unseeing));
    let server = start(database, &upstreams).await;
    let alice = server.user("alice").await;

    let file = picture(1500, 60, ImageFormat::Png);
    let mut first = None;
    for (number, (_, _, place, prefix)) in (1..).zip(seeing()) {
        let (name, ..) = script[number - 1];
        let conversation = alice.conversation(u32::try_from(number).unwrap());
        let seen = every_family_sees_it(
            &alice,
            &conversation,
            &script[number - 1],
            (place, prefix),
            &file,
        )
        .await;
        // The same for everybody, and for ever.
        assert_eq!(*first.get_or_insert(seen.clone()), seen, "{name}");
    }
    let openai = &script[0].2;
    formats_are_told_by_their_bytes(&alice, openai).await;
    who_does_not_see_says_so(&alice, &unseeing).await;
}

/// Once with its message, and once more with what is said next; the bytes that the model sees.
async fn every_family_sees_it(
    alice: &Client,
    conversation: &str,
    (name, family, upstream): &(&str, Family, Scripted),
    (place, prefix): (&str, &str),
    file: &[u8],
) -> Vec<u8> {
    let body = with_provider(showing(conversation, "What is this?", file), name);
    let reply = alice.post("/api/chat", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let expected = json!({
        "reply": family.text.text,
        "conversation_id": conversation,
        "provider": name,
    });
    assert_eq!(reply.body, expected);
    let next = json!({ "text": "And now?", "conversation_id": conversation, "provider": name });
    let next = alice.post("/api/chat", &next).await;
    assert_eq!(next.body["reply"], family.text.text);

    let received = upstream.received();
    assert_eq!(received.len(), 2, "{name}");
    let shown = |nth: usize| {
        let body = &received[nth].body;
        let image = body.pointer(place).and_then(Value::as_str);
        let image = image.unwrap_or_else(|| panic!("{name}: {body}"));
        decoded(image.strip_prefix(prefix).unwrap())
    };
    assert_eq!(shown(0), shown(1));
    let again = received[1].body.to_string();
    assert!(again.contains("What is this?") && again.contains("And now?"));
    let image = image::load_from_memory_with_format(&shown(0), ImageFormat::Jpeg).unwrap();
    assert_eq!((image.width(), image.height()), (1024, 41));

    // Lists know messages, as ever.
    let path = format!("/api/chat/messages?conversation_id={conversation}");
    let list = alice.get(&path).await.body;
    let message = list["messages"][0].as_object().unwrap();
    let fields: Vec<_> = message.keys().collect();
    assert_eq!(fields, ["role", "content", "id", "created_at", "provider"]);
    assert_eq!(message["content"], "What is this?");
    shown(0)
}

/// By name they are whatever the client says, as long as it is one of them.
async fn formats_are_told_by_their_bytes(alice: &Client, upstream: &Scripted) {
    for (number, (format, mime)) in [
        (ImageFormat::Png, Some("image/png")),
        (ImageFormat::WebP, None),
        (ImageFormat::Gif, Some("IMAGE/WEBP")),
        (ImageFormat::Jpeg, Some("")),
    ]
    .into_iter()
    .enumerate()
    {
        let body = showing(
            &alice.conversation(20),
            "And this?",
            &picture(40 + number as u32, 30, format),
        );
        let mut body = with_provider(body, "openai");
        if let Some(mime) = mime {
            body["image_mime"] = json!(mime);
        }
        let before = upstream.received().len();
        let reply = alice.post("/api/chat", &body).await;
        assert_eq!(reply.status, 200, "{format:?}: {}", reply.body);
        let request = upstream.received()[before].body.clone();
        let last = request["messages"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .clone();
        let url = last["content"][1]["image_url"]["url"].as_str().unwrap();
        let jpeg = decoded(url.strip_prefix("data:image/jpeg;base64,").unwrap());
        let image = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).unwrap();
        assert_eq!((image.width(), image.height()), (40 + number as u32, 30));
    }
}

async fn who_does_not_see_says_so(alice: &Client, upstream: &Scripted) {
    let conversation = alice.conversation(30);
    let file = picture(40, 30, ImageFormat::Png);
    let body = showing(&conversation, "What is this?", &file);
    let reply = alice.post("/api/chat", &body).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["x-error"], "provider");
    assert_eq!(reply.body["reply"], "Error: This provider reads no images.");
    assert_eq!(reply.body["provider"], "blind");
    let request = alice.request(reqwest::Method::POST, "/api/chat/stream");
    let events = crate::support::client::Events::open(request.json(&body))
        .await
        .unwrap();
    let last = events.rest().await.pop().unwrap();
    assert_eq!(
        (last.kind.as_str(), last.text("error")),
        ("error", "This provider reads no images.")
    );
    assert_eq!(upstream.received().len(), 0);
    // Both are kept, and hinder nobody who asks of something else.
    assert_eq!(alice.history(&conversation).await.len(), 2);
    let fine = alice.say(&conversation, "And now?").await;
    assert!(!fine.headers.contains_key("x-error"), "{}", fine.body);
    let shown = upstream.received()[0].body["messages"].clone();
    let texts: Vec<_> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|said| &said["content"])
        .collect();
    assert_eq!(texts, ["What is this?", "What is this?", "And now?"]);
}

on_both_databases!(check);
