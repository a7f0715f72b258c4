//! The configured providers, and an Ollama that happens to run here when nothing was configured.

use std::collections::BTreeMap;

use super::StartError;
use crate::{
    config,
    providers::{
        Kind, OLLAMA_BASE_URL, ProviderConfig, Providers, Settings, client, detect_ollama,
    },
};

pub(super) async fn build(
    config: &config::Providers,
    networks: config::Networks,
) -> Result<Providers, StartError> {
    let client = client()?;
    let mut providers: BTreeMap<_, _> = config
        .by_name
        .iter()
        .map(|(name, provider)| (name.clone(), provider.into()))
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
        networks,
        ..Settings::default()
    };
    Ok(Providers::new(&settings, &client)?)
}
