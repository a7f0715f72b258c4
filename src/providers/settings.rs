//! What the registry is built from: plain data, whose debug output shows no secret.

use std::{collections::BTreeMap, fmt, time::Duration};

use thiserror::Error;

use super::Retries;
use crate::config::{self, Networks, ProviderKind as Kind, Secret};

/// All providers, and who is asked when nobody is named.
#[derive(Clone, Debug)]
pub struct Settings {
    /// By the name people call them. `echo` need not be among them.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// Who answers to `default`.
    pub default_provider: String,
    /// Who is asked, in this order, when the provider asked first fails before its first delta.
    pub fallback: Vec<String>,
    /// How often and how soon a provider is asked again.
    pub retries: Retries,
    /// Where providers may be that are not the operator's.
    pub networks: Networks,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            providers: BTreeMap::new(),
            default_provider: "echo".to_owned(),
            fallback: Vec::new(),
            retries: Retries::default(),
            networks: Networks::default(),
        }
    }
}

/// One provider.
#[derive(Clone)]
pub struct ProviderConfig {
    /// What it speaks.
    pub kind: Kind,
    /// Where it is, when not at its kind's usual place.
    pub base_url: Option<String>,
    /// Sent in the header that its kind wants.
    pub api_key: Option<Secret>,
    /// The model asked for; ignored by the echo.
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
    /// For the echo: how long each word takes.
    pub delay_ms: Option<u64>,
    /// How long it may be silent.
    pub timeouts: Timeouts,
}

impl ProviderConfig {
    /// A provider at its kind's usual place, without a key.
    #[must_use]
    pub fn new(kind: Kind, model: impl Into<String>) -> Self {
        Self {
            kind,
            base_url: None,
            api_key: None,
            model: model.into(),
            context_tokens: None,
            output_tokens: None,
            thinking_tokens: None,
            vision: None,
            tools: None,
            delay_ms: None,
            timeouts: Timeouts::default(),
        }
    }
}

impl From<&config::ProviderConfig> for ProviderConfig {
    fn from(config: &config::ProviderConfig) -> Self {
        Self {
            base_url: config.base_url.clone(),
            api_key: config.api_key.clone(),
            context_tokens: config.context_tokens,
            output_tokens: config.output_tokens,
            thinking_tokens: config.thinking_tokens,
            vision: config.vision,
            tools: config.tools,
            delay_ms: u64::try_from(config.delay.as_millis()).ok(),
            ..Self::new(config.kind, config.model.clone())
        }
    }
}

impl fmt::Debug for ProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address can hold a password or a key as well; host and path cannot.
        let base_url = self.base_url.as_deref().map(|url| {
            reqwest::Url::parse(url).map_or_else(
                |_| "(not an address)".to_owned(),
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
            .field("delay_ms", &self.delay_ms)
            .field("timeouts", &self.timeouts)
            .finish()
    }
}

/// How long a provider may be silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until its answer begins.
    pub first_byte: Duration,
    /// Between two pieces of its answer.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(60),
            idle: Duration::from_secs(60),
        }
    }
}

/// What is wrong with the settings: all of it, each fault beginning with the setting's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", faults.join("; "))]
pub struct SettingsError {
    /// The faults, at least one.
    pub faults: Vec<String>,
}
