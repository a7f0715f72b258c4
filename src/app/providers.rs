//! The configured providers, and an Ollama that happens to run here when nothing was configured.

use std::collections::BTreeMap;

use super::StartError;
use crate::{
    config,
    providers::{
        Kind, OLLAMA_BASE_URL, ProviderConfig, Providers, Settings, client, detect_ollama,
    },
};

pub(super) async fn build(config: &config::Providers) -> Result<Providers, StartError> {
    let client = client()?;
    let mut providers: BTreeMap<_, _> = config
        .by_name
        .iter()
        .map(|(name, provider)| (name.clone(), settings(provider)))
        .collect();
    let mut default_provider = config.default.clone();
    if config.discover_ollama
        && let Some(model) = detect_ollama(&client, OLLAMA_BASE_URL).await
    {
        tracing::info!(model, "an Ollama answers here: it is the default provider");
        "ollama".clone_into(&mut default_provider);
        providers.insert(
            default_provider.clone(),
            ProviderConfig::new(Kind::Ollama, model),
        );
    }
    let settings = Settings {
        providers,
        default_provider,
        fallback: config.fallback.clone(),
        ..Settings::default()
    };
    Ok(Providers::new(&settings, &client)?)
}

fn settings(config: &config::ProviderConfig) -> ProviderConfig {
    ProviderConfig {
        base_url: config.base_url.clone(),
        api_key: config.api_key.clone(),
        context_tokens: config.context_tokens,
        output_tokens: config.output_tokens,
        thinking_tokens: config.thinking_tokens,
        vision: config.vision,
        delay_ms: Some(config.delay.as_millis() as u64),
        ..ProviderConfig::new(config.kind, config.model.clone())
    }
}
