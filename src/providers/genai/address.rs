//! Where the chat endpoint of a provider is.

use reqwest::Url;

use crate::providers::{Kind, OLLAMA_BASE_URL};

/// The endpoint below `base_url`, or below the kind's usual one. The error is a clause about `base_url`.
pub(super) fn chat(kind: Kind, base_url: Option<&str>) -> Result<String, String> {
    let base = match (base_url, usual(kind)) {
        (Some(base), _) => base,
        (None, Some(usual)) => usual,
        (None, None) => return Err(format!("kind {} needs one", kind.name())),
    };
    let mut url = Url::parse(base).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it has to begin with http:// or https://".to_owned());
    }
    let path = url.path().trim_end_matches('/');
    let path = match kind {
        // Ollama's own API is beside its OpenAI-compatible one, whose address people tend to have.
        Kind::Ollama => format!("{}/api/chat", path.trim_end_matches("/v1")),
        _ => format!("{path}/chat/completions"),
    };
    url.set_path(&path);
    Ok(url.into())
}

/// Where it is when the settings do not say; `None`: they have to (or there is no such place).
fn usual(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Echo | Kind::Custom | Kind::Gateway => None,
        Kind::OpenAi => Some("https://api.openai.com/v1"),
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
        chat(kind, Some(base_url))
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
    fn every_kind_has_a_place_or_asks_for_one() {
        assert_eq!(
            chat(Kind::OpenAi, None).as_deref(),
            Ok("https://api.openai.com/v1/chat/completions")
        );
        assert_eq!(
            chat(Kind::Gateway, None),
            Err("kind gateway needs one".into())
        );
        assert!(of(Kind::Custom, "models.example/v1").is_err());
        assert!(of(Kind::Custom, "file:///etc/passwd").is_err());
    }
}
