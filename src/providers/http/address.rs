//! Where the endpoints of a provider are.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use crate::providers::{Kind, OLLAMA_BASE_URL};

/// What stands in a piece of a path as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where conversations are answered, below `base_url`, or below the kind's usual one. The error is a clause about
/// `base_url`.
pub(super) fn chat(kind: Kind, base_url: Option<&str>, model: &str) -> Result<String, String> {
    let (mut url, path) = base(kind, base_url)?;
    let path = match kind {
        // Ollama's own API is beside its OpenAI-compatible one, whose address people tend to have.
        Kind::Ollama => format!("{}/api/chat", path.trim_end_matches("/v1")),
        Kind::Anthropic => format!("{}/v1/messages", path.trim_end_matches("/v1")),
        Kind::Google => {
            url.query_pairs_mut().append_pair("alt", "sse");
            google(&path, model, "streamGenerateContent")
        }
        Kind::Bedrock => format!("{path}/model/{}/converse-stream", segment(model)),
        _ => format!("{}/chat/completions", openai(kind, &path)),
    };
    url.set_path(&path);
    Ok(url.into())
}

/// Where texts become vectors, in the same way; `None`: nowhere.
pub(super) fn vectors(
    kind: Kind,
    base_url: Option<&str>,
    model: &str,
) -> Result<Option<String>, String> {
    if !kind.embeds() {
        return Ok(None);
    }
    let (mut url, path) = base(kind, base_url)?;
    let path = match kind {
        Kind::Ollama => format!("{}/api/embed", path.trim_end_matches("/v1")),
        Kind::Google => google(&path, model, "batchEmbedContents"),
        _ => format!("{}/embeddings", openai(kind, &path)),
    };
    url.set_path(&path);
    Ok(Some(url.into()))
}

/// Where texts are put in an order, in the same way; `None`: nowhere. Others have no such thing, or each their own.
pub(super) fn order(kind: Kind, base_url: Option<&str>) -> Result<Option<String>, String> {
    if !matches!(kind, Kind::Custom | Kind::Gateway) {
        return Ok(None);
    }
    let (mut url, path) = base(kind, base_url)?;
    url.set_path(&format!("{path}/rerank"));
    Ok(Some(url.into()))
}

/// The address that all are below, and its path without a slash at its end.
fn base(kind: Kind, base_url: Option<&str>) -> Result<(Url, String), String> {
    let base = match (base_url, usual(kind)) {
        (Some(base), _) => base,
        (None, Some(usual)) => usual,
        (None, None) => return Err(format!("kind {} needs one", kind.name())),
    };
    let url = Url::parse(base).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it has to begin with http:// or https://".to_owned());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    Ok((url, path))
}

fn google(path: &str, model: &str, method: &str) -> String {
    let version = if path.is_empty() { "/v1beta" } else { path };
    let model = model.strip_prefix("models/").unwrap_or(model);
    format!("{version}/models/{}:{method}", segment(model))
}

/// What the endpoints are below of who speaks like OpenAI.
fn openai(kind: Kind, path: &str) -> &str {
    match kind {
        // The address of a resource alone means its current API, which finds the deployment by the model's name.
        Kind::Azure if path.is_empty() => "/openai/v1",
        _ => path,
    }
}

/// A model's name as one piece of a path: those of Bedrock hold colons and slashes.
fn segment(model: &str) -> impl std::fmt::Display {
    utf8_percent_encode(model, SEGMENT)
}

/// Where it is when the settings do not say; `None`: they have to (or there is no such place).
fn usual(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Echo | Kind::Custom | Kind::Gateway | Kind::Azure | Kind::Bedrock => None,
        Kind::OpenAi => Some("https://api.openai.com/v1"),
        Kind::Anthropic => Some("https://api.anthropic.com"),
        Kind::Google => Some("https://generativelanguage.googleapis.com"),
        Kind::OpenRouter => Some("https://openrouter.ai/api/v1"),
        Kind::Groq => Some("https://api.groq.com/openai/v1"),
        Kind::Xai => Some("https://api.x.ai/v1"),
        Kind::Ollama => Some(OLLAMA_BASE_URL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, base_url: &str) -> Result<String, String> {
        chat(kind, Some(base_url), "m")
    }

    #[test]
    fn a_trailing_slash_changes_nothing() -> Result<(), String> {
        let expected = "https://models.example/v1/chat/completions";
        assert_eq!(of(Kind::Custom, "https://models.example/v1")?, expected);
        assert_eq!(of(Kind::Custom, "https://models.example/v1/")?, expected);
        let expected = "http://localhost:11434/api/chat";
        assert_eq!(of(Kind::Ollama, "http://localhost:11434")?, expected);
        assert_eq!(of(Kind::Ollama, "http://localhost:11434/v1/")?, expected);
        Ok(())
    }

    #[test]
    fn a_query_stays() -> Result<(), String> {
        let expected = "https://a.example/v1/chat/completions?api-version=1";
        assert_eq!(
            of(Kind::Custom, "https://a.example/v1?api-version=1")?,
            expected
        );
        Ok(())
    }

    #[test]
    fn a_model_in_the_path_is_one_piece_of_it() -> Result<(), String> {
        let model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
        assert_eq!(
            chat(
                Kind::Bedrock,
                Some("https://bedrock-runtime.eu-west-1.amazonaws.com"),
                model
            )?,
            "https://bedrock-runtime.eu-west-1.amazonaws.com/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream"
        );
        let google = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse";
        assert_eq!(chat(Kind::Google, None, "gemini-2.5-flash")?, google);
        assert_eq!(chat(Kind::Google, None, "models/gemini-2.5-flash")?, google);
        assert!(chat(Kind::Google, None, "../secrets?x")?.contains("/models/..%2Fsecrets%3Fx:"));
        Ok(())
    }

    #[test]
    fn azure_is_reached_by_its_resource_or_by_a_deployments_whole_address() -> Result<(), String> {
        assert_eq!(
            of(Kind::Azure, "https://mine.openai.azure.com/")?,
            "https://mine.openai.azure.com/openai/v1/chat/completions"
        );
        let deployment =
            "https://mine.openai.azure.com/openai/deployments/four?api-version=2024-10-21";
        assert_eq!(
            of(Kind::Azure, deployment)?,
            "https://mine.openai.azure.com/openai/deployments/four/chat/completions?api-version=2024-10-21"
        );
        Ok(())
    }

    #[test]
    fn vectors_are_made_beside_conversations_or_nowhere() -> Result<(), String> {
        for (kind, base_url, expected) in [
            (
                Kind::OpenAi,
                None,
                Some("https://api.openai.com/v1/embeddings"),
            ),
            (
                Kind::Custom,
                Some("https://models.example/v1/?tenant=1"),
                Some("https://models.example/v1/embeddings?tenant=1"),
            ),
            (
                Kind::Azure,
                Some("https://mine.openai.azure.com"),
                Some("https://mine.openai.azure.com/openai/v1/embeddings"),
            ),
            (
                Kind::Azure,
                Some("https://mine.openai.azure.com/openai/deployments/vec?api-version=2024-10-21"),
                Some(
                    "https://mine.openai.azure.com/openai/deployments/vec/embeddings?api-version=2024-10-21",
                ),
            ),
            (
                Kind::Ollama,
                Some("http://localhost:11434/v1"),
                Some("http://localhost:11434/api/embed"),
            ),
            (
                Kind::Google,
                None,
                Some(
                    "https://generativelanguage.googleapis.com/v1beta/models/m:batchEmbedContents",
                ),
            ),
            (Kind::Anthropic, None, None),
            (Kind::Groq, None, None),
        ] {
            assert_eq!(vectors(kind, base_url, "m")?.as_deref(), expected);
        }
        Ok(())
    }

    #[test]
    fn an_order_is_made_beside_conversations_or_nowhere() -> Result<(), String> {
        let custom = order(Kind::Custom, Some("https://models.example/v2/?tenant=1"))?;
        assert_eq!(
            custom.as_deref(),
            Some("https://models.example/v2/rerank?tenant=1")
        );
        for kind in [Kind::OpenAi, Kind::Anthropic, Kind::Ollama] {
            assert_eq!(order(kind, None)?, None);
        }
        Ok(())
    }

    #[test]
    fn every_kind_has_a_place_or_asks_for_one() {
        let usual = |kind| chat(kind, None, "m");
        assert_eq!(
            usual(Kind::OpenAi).as_deref(),
            Ok("https://api.openai.com/v1/chat/completions")
        );
        assert_eq!(
            usual(Kind::Anthropic).as_deref(),
            Ok("https://api.anthropic.com/v1/messages")
        );
        for kind in [Kind::Gateway, Kind::Custom, Kind::Azure, Kind::Bedrock] {
            assert_eq!(usual(kind), Err(format!("kind {} needs one", kind.name())));
        }
        assert!(of(Kind::Custom, "models.example/v1").is_err());
        assert!(of(Kind::Custom, "file:///etc/passwd").is_err());
    }
}
