//! Reads the providers and checks each, and all against each other.

use std::{collections::BTreeMap, time::Duration};

use config::{Map, Value, ValueKind};

use super::{KINDS, ProviderConfig, ProviderKind, Providers};
use crate::config::{
    Secret,
    faults::nearest,
    reader::Reader,
    settings::{PROVIDERS, all_names},
};

/// Reads and checks everything about providers. `complete` is false when the file could not be read: names
/// that are not found then prove nothing.
pub(in crate::config) fn read(
    settings: &mut Reader<'_>,
    table: &Map<String, Value>,
    environment: &BTreeMap<String, String>,
    warnings: &mut Vec<String>,
    complete: bool,
) -> Providers {
    let mut by_name = BTreeMap::new();
    match table.get(PROVIDERS).map(|value| &value.kind) {
        None => {}
        Some(ValueKind::Table(tables)) => {
            // In order, so that the same faults are always told in the same order.
            for (name, table) in tables.iter().collect::<BTreeMap<_, _>>() {
                if !is_name(name) {
                    settings.fault(
                        &format!("{PROVIDERS}.{name}"),
                        "a provider's name has 1 to 40 of a-z, 0-9, - and _, and is not \"default\"",
                    );
                    continue;
                }
                let ValueKind::Table(table) = &table.kind else {
                    settings.fault(
                        &format!("{PROVIDERS}.{name}"),
                        format!("this must be a table: [{PROVIDERS}.{name}]"),
                    );
                    continue;
                };
                let path = format!("{PROVIDERS}.{name}.");
                let mut reader = Reader::new(table, path, settings.faults);
                let provider = read_one(&mut reader, environment, warnings);
                by_name.insert(name.clone(), provider);
            }
        }
        Some(_) => settings.fault(PROVIDERS, "this must be tables: [providers.NAME]"),
    }
    let configured: Vec<String> = by_name.keys().cloned().collect();
    by_name
        .entry("echo".to_owned())
        .or_insert_with(ProviderConfig::echo);

    let given = settings.text("default_provider");
    let discover_ollama = given.is_none() && configured.is_empty();
    let default = given.unwrap_or_else(|| match configured.as_slice() {
        [only] => only.clone(),
        [] => "echo".to_owned(),
        several => {
            warnings.push(format!(
                "{}: not set although there are {}, so echo answers where a request names no provider",
                all_names("default_provider"),
                several.join(", ")
            ));
            "echo".to_owned()
        }
    });
    if complete && !by_name.contains_key(&default) {
        settings.fault("default_provider", no_provider(&default, &by_name));
    }
    let fallback = settings.list("fallback");
    for (n, name) in fallback.iter().enumerate() {
        if name == "default" {
            settings.fault(
                "fallback",
                "\"default\" would lead round in a circle: name the provider",
            );
        } else if fallback[..n].contains(name) {
            settings.fault(
                "fallback",
                format!("\"{name}\" is there twice: the chain would go round in a circle"),
            );
        } else if *name == default {
            settings.fault(
                "fallback",
                format!(
                    "\"{name}\" is the default_provider: when it has failed, it would be asked again; leave it out"
                ),
            );
        } else if complete && !by_name.contains_key(name) {
            settings.fault("fallback", no_provider(name, &by_name));
        }
    }
    let mut named = |setting: &str| {
        let name = settings.text(setting);
        if let Some(name) = &name
            && complete
            && !by_name.contains_key(name)
        {
            settings.fault(setting, no_provider(name, &by_name));
        }
        name
    };
    let embeddings = named("embedding_provider");
    let order = named("rerank_provider");
    let pictures = named("vision_provider");
    Providers {
        by_name,
        default,
        fallback,
        embeddings,
        order,
        pictures,
        least_similarity: settings.number("least_similarity", 0..=100, 30),
        discover_ollama,
    }
}

fn read_one(
    reader: &mut Reader<'_>,
    environment: &BTreeMap<String, String>,
    warnings: &mut Vec<String>,
) -> ProviderConfig {
    if !reader.has("kind") {
        let kinds: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
        reader.fault(
            "kind",
            format!("this is missing; it is one of: {}", kinds.join(", ")),
        );
    }
    let kind = reader.choice("kind", KINDS);
    let base_url = reader.parsed("base_url", base_url);
    let model = reader.text("model");
    let delay = Duration::from_millis(reader.number("delay_ms", 0..=60_000, 0));
    let context_tokens = reader.some_number("context_tokens", 1024..=100_000_000);
    let output_tokens = reader.some_number("output_tokens", 1..=10_000_000);
    // Anthropic's least.
    let thinking_tokens = reader.some_number("thinking_tokens", 1024..=10_000_000);
    for (setting, part) in [
        ("output_tokens", output_tokens),
        ("thinking_tokens", thinking_tokens),
    ] {
        if let (Some(context), Some(part)) = (context_tokens, part)
            && part > context / 2
        {
            reader.fault(
                setting,
                "this is more than half of context_tokens: nothing would be left for the conversation",
            );
        }
    }
    let vision = reader.choice_of_bool("vision");
    let tools = reader.choice_of_bool("tools");
    let api_key = api_key(reader, environment);
    let Some(kind) = kind else {
        return ProviderConfig::echo();
    };
    if kind == ProviderKind::Echo {
        for key in [
            "base_url",
            "api_key",
            "api_key_env",
            "context_tokens",
            "output_tokens",
            "thinking_tokens",
            "vision",
            "tools",
        ] {
            if reader.has(key) {
                warnings.push(format!("{}: an echo needs none", reader.names(key)));
            }
        }
        return ProviderConfig {
            model: model.unwrap_or_else(|| "echo".to_owned()),
            delay,
            ..ProviderConfig::echo()
        };
    }
    if model.is_none() {
        reader.fault(
            "model",
            "this is missing: the model's name as the provider calls it",
        );
    }
    if reader.has("delay_ms") {
        reader.fault("delay_ms", "only an echo can be slowed down");
    }
    let thinks_when_asked = matches!(kind, ProviderKind::Anthropic | ProviderKind::Google);
    if reader.has("thinking_tokens") && !thinks_when_asked {
        reader.fault(
            "thinking_tokens",
            "only an anthropic or google is asked to think; others decide for themselves",
        );
    }
    match kind {
        ProviderKind::Custom | ProviderKind::Gateway if !reader.has("base_url") => {
            reader.fault("base_url", "this is missing: where is the server?");
        }
        ProviderKind::Azure if !reader.has("base_url") => reader.fault(
            "base_url",
            "this is missing: your resource, as in https://NAME.openai.azure.com",
        ),
        ProviderKind::Bedrock if !reader.has("base_url") => reader.fault(
            "base_url",
            "this is missing: your region, as in https://bedrock-runtime.eu-west-1.amazonaws.com",
        ),
        ProviderKind::OpenAi
        | ProviderKind::Anthropic
        | ProviderKind::Google
        | ProviderKind::OpenRouter
        | ProviderKind::Groq
        | ProviderKind::Xai
            if !["base_url", "api_key", "api_key_env"]
                .iter()
                .any(|key| reader.is_given(key)) =>
        {
            reader.fault(
                "api_key",
                "this is missing: set api_key or api_key_env, or base_url for a server that needs none",
            );
        }
        _ => {}
    }
    ProviderConfig {
        kind,
        base_url,
        api_key,
        model: model.unwrap_or_default(),
        context_tokens,
        output_tokens,
        thinking_tokens,
        vision,
        tools,
        delay: Duration::ZERO,
    }
}

/// The key that is given, or that a variable holds.
pub(in crate::config) fn api_key(
    reader: &mut Reader<'_>,
    environment: &BTreeMap<String, String>,
) -> Option<Secret> {
    let key = reader.secret("api_key");
    let Some(variable) = reader.text("api_key_env") else {
        return key;
    };
    if key.is_some() {
        reader.fault(
            "api_key_env",
            "api_key is there too: which one shall be used?",
        );
        return key;
    }
    let value = environment
        .get(&variable)
        .map(|value| value.trim())
        .filter(|value| !value.is_empty());
    if value.is_none() {
        reader.fault(
            "api_key_env",
            format!("the environment has no variable {variable}"),
        );
    }
    value.map(Secret::new)
}

/// An address with a host.
pub(in crate::config) fn base_url(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|e| format!("this is no URL ({e})"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("this must begin with http:// or https:// and a host".to_owned());
    }
    Ok(text.to_owned())
}

fn no_provider(name: &str, known: &BTreeMap<String, ProviderConfig>) -> String {
    let names = || known.keys().map(String::as_str);
    match nearest(name, names()) {
        Some(meant) => format!("there is no provider \"{name}\"; did you mean \"{meant}\"?"),
        None => format!(
            "there is no provider \"{name}\"; there are: {}",
            names().collect::<Vec<_>>().join(", ")
        ),
    }
}

/// Whether something that is asked may be called this.
pub(in crate::config) fn is_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name != "default"
        && name
            .bytes()
            .all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}
