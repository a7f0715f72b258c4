//! Everything that answers keeps one contract; what goes wrong on the wire ends in a clear error.

use std::{collections::BTreeMap, sync::Arc};

use aggregates::thread::{FinishReason, Usage};
use colloquy::providers::{
    Delta, Kind, Provider, ProviderConfig, ProviderError, Providers, Request, Retries, Secret,
    Settings, ToolCall, client,
};
use futures_util::{Stream, StreamExt};

use crate::support::scripted::Scripted;

mod attempts;
mod calls;
mod contract;
mod costs;
mod detection;
mod echo;
mod embeddings;
mod embeddings_fail;
pub(crate) mod families;
mod faults;
mod foreign;
mod registry;
mod requests;
mod reranking;
mod retries;

/// The name of the provider under test.
const NAME: &str = "upstream";
/// Its key, which must show up nowhere but in the request.
const KEY: &str = "sk-secret-key";
/// An address where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1/v1";

/// Whole exchanges as OpenAI, DeepSeek, a gateway and Ollama put them on the wire.
mod wire {
    pub(super) const OPENAI_TEXT: &str = include_str!("wire/openai_text.txt");
    pub(super) const OPENAI_ERROR: &str = include_str!("wire/openai_error.json");
    pub(super) const GATEWAY_TEXT: &str = include_str!("wire/gateway_text.txt");
    pub(super) const OLLAMA_TEXT: &str = include_str!("wire/ollama_text.txt");
    pub(super) const OLLAMA_TAGS: &str = include_str!("wire/ollama_tags.json");
}

/// An OpenAI-compatible provider at `base_url` (without `/v1`).
fn openai(base_url: &str) -> ProviderConfig {
    ProviderConfig {
        base_url: Some(format!("{base_url}/v1")),
        api_key: Some(Secret::new(KEY)),
        ..ProviderConfig::new(Kind::Custom, "gpt-4o-mini")
    }
}

/// An Ollama at `base_url`.
fn ollama(base_url: &str) -> ProviderConfig {
    ProviderConfig {
        base_url: Some(base_url.to_owned()),
        ..ProviderConfig::new(Kind::Ollama, "llama3.2")
    }
}

/// These providers, the first being the default and the others its fallback, with hardly any pauses.
fn providers(configs: impl IntoIterator<Item = (&'static str, ProviderConfig)>) -> Providers {
    let configs: Vec<_> = configs.into_iter().collect();
    let names: Vec<_> = configs.iter().map(|(name, _)| name.to_string()).collect();
    let settings = Settings {
        providers: configs
            .into_iter()
            .map(|(name, config)| (name.to_owned(), config))
            .collect::<BTreeMap<_, _>>(),
        default_provider: names[0].clone(),
        fallback: names[1..].to_vec(),
        retries: Retries {
            base: std::time::Duration::from_millis(1),
            ..Retries::default()
        },
        ..Settings::default()
    };
    Providers::new(&settings, &client().unwrap()).unwrap()
}

/// One provider alone.
fn provider(config: ProviderConfig) -> Arc<dyn Provider> {
    providers([(NAME, config)]).get(NAME).unwrap()
}

/// An OpenAI-compatible provider in front of `upstream`.
fn in_front_of(upstream: &Scripted) -> Arc<dyn Provider> {
    provider(openai(&upstream.url()))
}

/// A whole answer, put together.
#[derive(Debug, Default)]
struct Answer {
    text: String,
    reasoning: String,
    usage: Option<Usage>,
    /// What it is called, where that is another name.
    model: Option<String>,
    finish: Option<FinishReason>,
    calls: Vec<ToolCall>,
    error: Option<ProviderError>,
    /// Text and reasoning deltas.
    deltas: usize,
}

impl Answer {
    async fn of(mut deltas: impl Stream<Item = Result<Delta, ProviderError>> + Unpin) -> Self {
        let mut answer = Self::default();
        while let Some(delta) = deltas.next().await {
            assert!(answer.error.is_none(), "something came after an error");
            match delta {
                Ok(delta) => answer.take(delta),
                Err(error) => answer.error = Some(error),
            }
        }
        answer
    }

    fn take(&mut self, delta: Delta) {
        assert!(self.finish.is_none(), "something came after the finish");
        match delta {
            Delta::Text(text) => {
                self.text.push_str(&text);
                self.deltas += 1;
            }
            Delta::Reasoning(text) => {
                self.reasoning.push_str(&text);
                self.deltas += 1;
            }
            Delta::Usage(usage) => self.usage = Some(usage),
            Delta::Model(model) => self.model = Some(model),
            Delta::Call(call) => self.calls.push(call),
            Delta::Finish(finish) => self.finish = Some(finish),
        }
    }
}

/// What the provider under test makes of `Hello`.
async fn answer(provider: &Arc<dyn Provider>) -> Answer {
    Answer::of(provider.stream(Request::of("Hello"))).await
}

/// The error that the answer of `upstream` ends in.
async fn error(upstream: &Scripted) -> ProviderError {
    let answer = answer(&in_front_of(upstream)).await;
    assert_eq!(answer.finish, None);
    answer.error.expect("the answer did not fail")
}
