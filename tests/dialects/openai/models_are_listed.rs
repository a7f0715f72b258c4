//! Models: each provider and the model that it is configured with, for those who have a key.

use serde_json::{Value, json};

use super::says;
use crate::{
    dialects::on_both_databases,
    support::{client::answer, databases::TestDatabase, server::Server},
};

const SETTINGS: [(&str, &str); 7] = [
    ("PROVIDERS__ECHO__KIND", "echo"),
    ("PROVIDERS__ROUTER__KIND", "openrouter"),
    ("PROVIDERS__ROUTER__API_KEY", "sk-x"),
    ("PROVIDERS__ROUTER__MODEL", "openai/gpt-4o"),
    ("PROVIDERS__UP__KIND", "custom"),
    ("PROVIDERS__UP__MODEL", "m"),
    ("PROVIDERS__UP__BASE_URL", "http://127.0.0.1:9/v1"),
];

async fn check(database: TestDatabase) {
    let server = Server::start(database, &SETTINGS).await;
    let alice = server.user("alice").await;
    let model = |id: &str, provider: &str| json!({ "id": id, "object": "model", "created": 0, "owned_by": provider });
    let models = [
        model("echo/echo", "echo"),
        model("router/openai/gpt-4o", "router"),
        model("up/m", "up"),
    ];
    assert_eq!(
        alice.get("/v1/models").await.body,
        json!({ "object": "list", "data": models })
    );
    for path in ["router/openai/gpt-4o", "router%2Fopenai%2Fgpt-4o", "router"] {
        assert_eq!(
            alice.get(&format!("/v1/models/{path}")).await.body,
            models[1]
        );
    }
    assert_eq!(alice.get("/v1/models/up/m").await.body, models[2]);
    for unknown in ["nobody", "up/other", "up/m/m"] {
        says(
            &alice.get(&format!("/v1/models/{unknown}")).await,
            404,
            &format!("The model `{unknown}` does not exist or you do not have access to it."),
            "invalid_request_error",
            json!("model"),
            json!("model_not_found"),
        );
    }
    let stranger = answer(alice.bare(reqwest::Method::GET, "/v1/models"))
        .await
        .unwrap();
    assert_eq!(stranger.headers["www-authenticate"], "Bearer");
    says(
        &stranger,
        401,
        "You didn't provide an API key. Provide one in an Authorization header: Authorization: Bearer YOUR_KEY.",
        "invalid_request_error",
        Value::Null,
        json!("invalid_api_key"),
    );
    says(
        &alice.with_key("sk-wrong").get("/v1/models/up").await,
        401,
        "Incorrect API key provided.",
        "invalid_request_error",
        Value::Null,
        json!("invalid_api_key"),
    );
}

on_both_databases!(check);
