//! Language models behind HTTP: one way to ask, and one bounded way to read what comes back.
//!
//! What a family of providers speaks is in [`families`](super::families); what can go wrong with any of them is here.

use std::sync::Arc;

use aggregates::{completion::Sampling, thread::Route};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream, stream::BoxStream};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use self::{answer::Answer, failure::Failures};
use super::{
    Delta, Embedded, Embeds, Kind, Provider, ProviderConfig, ProviderError, Reading, Request,
    Reranked, Reranks, Timeouts, Window,
    families::{Asked, Family},
    models,
};

mod address;
mod answer;
mod bounds;
mod failure;
mod frames;
mod order;
mod sending;
mod vectors;

/// A provider of any family. Clones are handles of the same thing.
#[derive(Clone)]
pub struct HttpProvider(Arc<Inner>);

struct Inner {
    route: Route,
    client: reqwest::Client,
    family: Family,
    asked: Asked,
    /// The whole address of its chat endpoint.
    address: String,
    /// The same of the one that turns texts into vectors, where there is one.
    vectors: Option<String>,
    /// The same of the one that puts texts in an order, where there is one.
    order: Option<String>,
    /// The key, where the family wants it.
    headers: HeaderMap,
    window: Window,
    vision: bool,
    tools: bool,
    timeouts: Timeouts,
    failures: Failures,
}

impl std::fmt::Debug for HttpProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpProvider")
            .field("route", &self.0.route)
            .finish_non_exhaustive()
    }
}

impl HttpProvider {
    /// A provider as configured.
    ///
    /// # Errors
    /// The rest of a sentence that begins with the provider's setting.
    pub(super) fn new(
        name: &str,
        config: &ProviderConfig,
        client: &reqwest::Client,
    ) -> Result<Self, String> {
        if config.model.is_empty() {
            return Err(".model: it has to be given".to_owned());
        }
        let address = address::chat(config.kind, config.base_url.as_deref(), &config.model)
            .map_err(|fault| format!(".base_url: {fault}"))?;
        let vectors = address::vectors(config.kind, config.base_url.as_deref(), &config.model)
            .map_err(|fault| format!(".base_url: {fault}"))?;
        let order = address::order(config.kind, config.base_url.as_deref())
            .map_err(|fault| format!(".base_url: {fault}"))?;
        let window = models::window(config);
        Ok(Self(Arc::new(Inner {
            route: Route {
                provider: name.to_owned(),
                model: config.model.clone(),
            },
            client: client.clone(),
            family: Family::of(config.kind),
            asked: Asked {
                model: config.model.clone(),
                kind: config.kind,
                most_tokens: window.output_tokens,
                output_tokens: config.output_tokens.map(|_| window.output_tokens),
                thinking_tokens: config.thinking_tokens,
                context_tokens: config.context_tokens,
            },
            address,
            vectors,
            order,
            headers: headers(config)?,
            window,
            vision: config.vision.unwrap_or_else(|| config.kind.sees()),
            tools: config.tools.unwrap_or(true),
            timeouts: config.timeouts,
            failures: Failures::of(name, config.api_key.clone()),
        })))
    }
}

/// The key under the header's name that the family wants, and what else it wants.
fn headers(config: &ProviderConfig) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    if config.kind == Kind::Anthropic {
        let version = HeaderValue::from_static("2023-06-01");
        headers.insert(HeaderName::from_static("anthropic-version"), version);
    }
    let Some(key) = &config.api_key else {
        return Ok(headers);
    };
    let key = key.expose();
    let (name, value) = match config.kind {
        Kind::Anthropic => ("x-api-key", key.to_owned()),
        Kind::Google => ("x-goog-api-key", key.to_owned()),
        Kind::Azure => ("api-key", key.to_owned()),
        _ => ("authorization", format!("Bearer {key}")),
    };
    let mut value = HeaderValue::from_str(&value)
        .map_err(|_| ".api_key: it holds characters that no header can carry".to_owned())?;
    value.set_sensitive(true);
    headers.insert(HeaderName::from_static(name), value);
    Ok(headers)
}

impl Provider for HttpProvider {
    fn route(&self) -> &Route {
        &self.0.route
    }

    fn reads_history(&self) -> bool {
        true
    }

    fn window(&self) -> Option<Window> {
        Some(self.0.window)
    }

    fn reads_images(&self) -> bool {
        self.0.vision
    }

    fn calls_tools(&self) -> bool {
        self.0.tools
    }

    fn lacks(&self, sampling: &Sampling) -> Option<&'static str> {
        self.0.family.lacks(sampling)
    }

    fn embeds(&self) -> Option<Arc<dyn Embeds>> {
        self.0.vectors.as_ref()?;
        Some(Arc::new(self.clone()))
    }

    fn reranks(&self) -> Option<Arc<dyn Reranks>> {
        self.0.order.as_ref()?;
        Some(Arc::new(self.clone()))
    }

    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ProviderError>> {
        if request.asks_to_see() && !self.0.vision {
            return stream::iter([Err(ProviderError::NoImages)]).boxed();
        }
        stream::unfold(Answer::to(self.clone(), request), |mut answer| async move {
            let item = answer.next().await?;
            Some((item, answer))
        })
        .boxed()
    }
}

impl Reranks for HttpProvider {
    fn rerank(
        &self,
        query: &str,
        texts: &[String],
        most: usize,
    ) -> BoxFuture<'static, Result<Reranked, ProviderError>> {
        let body = order::request(&self.0.asked.model, query, texts, most);
        order::of(self.clone(), body, texts.len()).boxed()
    }
}

impl Embeds for HttpProvider {
    fn route(&self) -> &Route {
        &self.0.route
    }

    fn most_texts(&self) -> usize {
        self.0.family.most_texts()
    }

    fn takes_dimensions(&self) -> bool {
        models::takes_dimensions(&self.0.asked.model)
    }

    fn reading(&self) -> Option<Reading> {
        models::reading(&self.0.asked.model)
    }

    fn embed(
        &self,
        texts: &[String],
        dimensions: Option<u32>,
    ) -> BoxFuture<'static, Result<Embedded, ProviderError>> {
        let body = self.0.family.to_embed(&self.0.asked, texts, dimensions);
        vectors::of(self.clone(), body, texts.len(), dimensions).boxed()
    }
}
