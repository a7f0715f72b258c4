//! Images for a project's AI provider, and for a chat: whether its model sees them is known of its kind, unless its `config`
//! says so.

use image::ImageFormat;
use serde_json::{Value, json};

use super::{CHAT, picture_of, seen, showing, text};
use crate::{
    dialects::{assistant::upstream::whole, chats::House, on_both_databases},
    support::{databases::TestDatabase, pictures::picture, scripted::Scripted},
};

async fn check(database: TestDatabase) {
    let upstream = Scripted::start((0..3).map(|_| whole("A cat."))).await;
    let house = House::build(database, &upstream, &[]).await;
    let admin = &house.admin;
    let make = async |path: &str, mut body: Value| {
        body["project_id"] = json!(house.project);
        let made = admin.post(path, &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    };
    let provider = |kind: &str, config: Value| {
        json!({
            "name": kind, "provider": kind, "default_model": "m", "config": config,
            "base_url": format!("{}/v1", upstream.url()),
        })
    };
    let seeing = make("/api/v1/ai-providers", provider("openai", json!({}))).await;
    let told = provider("gateway", json!({ "vision": true }));
    let told = make("/api/v1/ai-providers", told).await;
    let untold = provider("gateway", json!({ "vision": "perhaps" }));
    let untold = make("/api/v1/ai-providers", untold).await;
    let chat = json!({ "ai_provider_id": seeing, "system_message": "Be brief." });
    let chat = make("/api/v1/chats", chat).await;

    let file = picture(50, 30, ImageFormat::Png);
    let ask = async |model: &str, more: &[Value]| {
        let parts = json!([text("What is this?"), picture_of("image/png", &file)]);
        let mut question = showing(parts);
        question["model"] = json!(model);
        let messages = question["messages"].as_array_mut().unwrap();
        messages.extend_from_slice(more);
        admin.post(CHAT, &question).await
    };
    let question = json!({ "role": "user", "content": [text("What is this?"), seen(&file)] });
    let system = |text: &str| json!({ "role": "system", "content": text });
    // How to behave goes before it, wherever that is said.
    for (nth, (model, own, first)) in [
        (&chat, None, Some("Be brief.")),
        (&chat, Some("In verse."), Some("In verse.")),
        (&told, None, None),
    ]
    .into_iter()
    .enumerate()
    {
        let own: Vec<_> = own.map(system).into_iter().collect();
        let answered = ask(model, &own).await;
        assert_eq!(answered.status, 200, "{}", answered.body);
        let expected: Vec<_> = first
            .map(system)
            .into_iter()
            .chain([question.clone()])
            .collect();
        assert_eq!(upstream.received()[nth].body["messages"], json!(expected));
    }
    for model in [&untold, &house.provider] {
        let failed = ask(model, &[]).await;
        assert_eq!(failed.status, 400, "{}", failed.body);
        assert_eq!(failed.body["error"]["param"], "messages");
        assert_eq!(failed.body["error"]["code"], "unsupported_image");
    }
    assert_eq!(upstream.received().len(), 3);
}

on_both_databases!(check);
