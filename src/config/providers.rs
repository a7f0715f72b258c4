//! Who answers: the `[providers.NAME]` tables, the default and the fallback chain.

mod checks;

use std::{collections::BTreeMap, fmt, time::Duration};

pub(super) use self::checks::{api_key, base_url, is_name, read};
use super::Secret;

/// The providers, checked against each other.
#[derive(Clone, Debug)]
pub struct Providers {
    /// By name. `echo` is always among them.
    pub by_name: BTreeMap<String, ProviderConfig>,
    /// The name that `default` stands for.
    pub default: String,
    /// Whom to ask when one has failed before its first word, in order.
    pub fallback: Vec<String>,
    /// Nothing was configured: an Ollama that answers at its usual place becomes the default.
    pub discover_ollama: bool,
    /// Who turns documents' passages, and questions about them, into vectors; nobody, when not set.
    pub embeddings: Option<String>,
    /// Who puts the passages that were found in an order; nobody, when not set.
    pub order: Option<String>,
    /// Who says what is seen in pictures among the documents; nobody, when not set.
    pub pictures: Option<String>,
    /// How near a passage must be to a question whose words it has none of, in per cent of the cosine.
    pub least_similarity: u64,
}

/// A provider.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// How to talk to it.
    pub kind: ProviderKind,
    /// Where it is, when not at its kind's usual place: http(s), with a host.
    pub base_url: Option<String>,
    /// What it wants to see before it answers.
    pub api_key: Option<Secret>,
    /// As the provider calls it.
    pub model: String,
    /// How many tokens the model reads and writes together, when not as many as is known of it.
    pub context_tokens: Option<u64>,
    /// The most tokens of an answer.
    pub output_tokens: Option<u64>,
    /// The most tokens that it may think beside its answer, where the user wants to see it thinking; `anthropic` and
    /// `google` do so only when they are asked to.
    pub thinking_tokens: Option<u64>,
    /// Whether the model sees images, when not as its kind usually does.
    pub vision: Option<bool>,
    /// Whether the model can have tools called, when it cannot.
    pub tools: Option<bool>,
    /// A pause before each word, `echo` only.
    pub delay: Duration,
}

/// How to talk to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// Built in: repeats what was said. Needs no network.
    Echo,
    /// OpenAI.
    OpenAi,
    /// Anthropic, by its own API.
    Anthropic,
    /// Google's Gemini, by its own API.
    Google,
    /// OpenAI's models in Microsoft's cloud.
    Azure,
    /// Models in Amazon's cloud, by ConverseStream and an API key.
    Bedrock,
    /// OpenRouter.
    OpenRouter,
    /// Groq.
    Groq,
    /// xAI.
    Xai,
    /// Any server that speaks OpenAI's chat completions.
    Custom,
    /// The same, in front of many.
    Gateway,
    /// Ollama, by its own API.
    Ollama,
}

const KINDS: &[(&str, ProviderKind)] = &[
    ("echo", ProviderKind::Echo),
    ("openai", ProviderKind::OpenAi),
    ("anthropic", ProviderKind::Anthropic),
    ("claude", ProviderKind::Anthropic),
    ("google", ProviderKind::Google),
    ("gemini", ProviderKind::Google),
    ("azure", ProviderKind::Azure),
    ("bedrock", ProviderKind::Bedrock),
    ("openrouter", ProviderKind::OpenRouter),
    ("groq", ProviderKind::Groq),
    ("xai", ProviderKind::Xai),
    ("custom", ProviderKind::Custom),
    ("gateway", ProviderKind::Gateway),
    ("ollama", ProviderKind::Ollama),
];

impl ProviderKind {
    /// As it is written in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }

    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut kinds = KINDS.iter();
        kinds
            .find(|(known, _)| *known == name)
            .map(|(_, kind)| *kind)
    }

    /// Whether it has models that turn texts into vectors, and we know how to ask them.
    #[must_use]
    pub fn embeds(self) -> bool {
        match self {
            Self::OpenAi
            | Self::Azure
            | Self::OpenRouter
            | Self::Custom
            | Self::Gateway
            | Self::Google
            | Self::Ollama => true,
            Self::Echo | Self::Anthropic | Self::Groq | Self::Xai | Self::Bedrock => false,
        }
    }

    /// Whether its models usually see images.
    #[must_use]
    pub fn sees(self) -> bool {
        matches!(
            self,
            Self::OpenAi | Self::Anthropic | Self::Google | Self::Azure
        )
    }
}

impl ProviderConfig {
    /// A provider at its kind's usual place, without a key.
    #[must_use]
    pub fn new(kind: ProviderKind, model: impl Into<String>) -> Self {
        Self {
            kind,
            model: model.into(),
            ..Self::echo()
        }
    }

    /// The built-in provider that needs no configuration.
    #[must_use]
    pub fn echo() -> Self {
        Self {
            kind: ProviderKind::Echo,
            base_url: None,
            api_key: None,
            model: "echo".to_owned(),
            context_tokens: None,
            output_tokens: None,
            thinking_tokens: None,
            vision: None,
            tools: None,
            delay: Duration::ZERO,
        }
    }
}

/// Of the address only host and path: the rest can hold a password or a key.
impl fmt::Debug for ProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base_url = self.base_url.as_deref().map(|text| {
            reqwest::Url::parse(text).map_or_else(
                |_| String::new(),
                |url| format!("{}{}", url.origin().ascii_serialization(), url.path()),
            )
        });
        f.debug_struct("ProviderConfig")
            .field("kind", &self.kind)
            .field("base_url", &base_url)
            .field("api_key", &self.api_key)
            .field("model", &self.model)
            .field("context_tokens", &self.context_tokens)
            .field("output_tokens", &self.output_tokens)
            .field("thinking_tokens", &self.thinking_tokens)
            .field("vision", &self.vision)
            .field("tools", &self.tools)
            .field("delay", &self.delay)
            .finish()
    }
}
