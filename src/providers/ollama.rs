//! Finds an Ollama that is running on this machine, so that a fresh server has a model at once.

use std::time::Duration;

use serde::Deserialize;

/// Where Ollama listens unless told otherwise.
pub const OLLAMA_BASE_URL: &str = "http://localhost:11434";

/// A start of the server waits no longer than this for an answer.
const PATIENCE: Duration = Duration::from_millis(300);

#[derive(Deserialize)]
struct Tags {
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    name: String,
    #[serde(default)]
    modified_at: Option<String>,
}

/// The model of the Ollama at `base` that was modified last; `None` when nothing answers or it has none.
pub async fn detect_ollama(client: &reqwest::Client, base: &str) -> Option<String> {
    let address = format!("{}/api/tags", base.trim_end_matches('/'));
    let answer = client.get(address).timeout(PATIENCE).send().await.ok()?;
    let tags: Tags = answer.error_for_status().ok()?.json().await.ok()?;
    let mut models = tags.models;
    // A stable sort, so models without a readable time keep the order they are listed in, last.
    models.sort_by_key(|model| {
        let modified = model.modified_at.as_deref();
        let time = modified.and_then(|time| chrono::DateTime::parse_from_rfc3339(time).ok());
        std::cmp::Reverse(time)
    });
    models.into_iter().next().map(|model| model.name)
}
