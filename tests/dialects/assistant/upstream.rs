//! A server whose only provider is a scripted one.

use serde_json::json;

use crate::support::{
    client::Client,
    databases::TestDatabase,
    scripted::{Reply, Scripted},
    server::Server,
};

/// A delta of an OpenAI-compatible provider.
pub(crate) fn delta(text: &str) -> String {
    json!({ "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] })
        .to_string()
}

/// What ends an answer.
pub(crate) fn end() -> [String; 2] {
    let end = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    [end.to_string(), "[DONE]".to_owned()]
}

/// A whole answer.
pub(crate) fn whole(text: &str) -> Reply {
    Reply::sse([delta(text)].into_iter().chain(end()))
}

/// The settings that make the OpenAI-compatible server at `url` the only provider.
pub(crate) fn settings(url: &str) -> Vec<(&str, &str)> {
    vec![
        ("PROVIDERS__UP__KIND", "custom"),
        ("PROVIDERS__UP__BASE_URL", url),
        ("PROVIDERS__UP__MODEL", "m"),
        ("DEFAULT_PROVIDER", "up"),
        // The script is the conversation's alone.
        ("TITLES", "off"),
    ]
}

/// The server, and somebody who uses it.
pub(crate) async fn server(database: TestDatabase, upstream: &Scripted) -> (Server, Client) {
    server_with(database, upstream, &[]).await
}

/// The same with further settings.
pub(crate) async fn server_with(
    database: TestDatabase,
    upstream: &Scripted,
    more: &[(&str, &str)],
) -> (Server, Client) {
    let url = format!("{}/v1/", upstream.url());
    let mut settings = settings(&url);
    settings.extend_from_slice(more);
    let server = Server::start(database, &settings).await;
    let alice = server.user("alice").await;
    (server, alice)
}
