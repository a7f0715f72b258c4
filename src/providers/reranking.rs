//! The model that puts passages in the order in which they answer a question: it reads both together, as vectors cannot.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use aggregates::thread::{Attempt, Usage};
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::{ProviderError, Providers, attempts, tokens::tokens};

/// How long a question waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Something that puts texts in an order.
pub trait Reranks: Send + Sync {
    /// Which of these texts answer the query, best first, at most so many. Nothing is sent before it is first polled, and
    /// dropping it cancels the request.
    fn rerank(
        &self,
        query: &str,
        texts: &[String],
        most: usize,
    ) -> BoxFuture<'static, Result<Reranked, ProviderError>>;
}

/// What came of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reranked {
    /// Which of them, each once, and how well it fits, best first: at least one.
    pub order: Vec<(usize, f64)>,
    /// What it cost; nothing where it was not told.
    pub usage: Usage,
    /// The name that the provider gives the model, where it is not the one it was asked for by.
    pub model: Option<String>,
}

/// See the module. Clones are handles of the same thing.
#[derive(Clone)]
pub struct RerankModel {
    provider: Arc<dyn super::Provider>,
    reranks: Arc<dyn Reranks>,
    patience: Duration,
}

impl RerankModel {
    /// The provider of this name.
    ///
    /// # Errors
    /// When there is none, or it is not asked for this.
    pub fn new(providers: &Providers, name: &str) -> Result<Self, ProviderError> {
        let name = || name.to_owned();
        let provider = providers
            .get(&name())
            .ok_or_else(|| ProviderError::Unknown { provider: name() })?;
        let reranks = provider
            .reranks()
            .ok_or_else(|| ProviderError::NoReranking { provider: name() })?;
        Ok(Self {
            provider,
            reranks,
            patience: PATIENCE,
        })
    }

    /// The same with less patience.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Which of these texts answer the query, best first, at most so many; and the call. It is made once: who waits has
    /// an order already.
    pub async fn order(
        &self,
        query: &str,
        texts: &[String],
        most: usize,
    ) -> (Result<Vec<(usize, f64)>, ProviderError>, Attempt) {
        let (began, route) = (Instant::now(), self.provider.route().clone());
        let asked = timeout(self.patience, self.reranks.rerank(query, texts, most)).await;
        let asked = asked.unwrap_or_else(|_| {
            Err(ProviderError::FirstByteTimeout {
                provider: route.provider.clone(),
                limit: self.patience,
            })
        });
        let error = asked.as_ref().err();
        if let Some(error) = error {
            attempts::count_failure(&route, error);
        }
        let estimated = || Usage {
            prompt_tokens: texts.iter().map(|text| tokens(text) + tokens(query)).sum(),
            completion_tokens: 0,
            estimated: true,
        };
        let attempt = Attempt {
            route,
            duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            error: error.map(ToString::to_string),
            status: error.and_then(ProviderError::status),
            model: asked.as_ref().ok().and_then(|told| told.model.clone()),
            usage: match &asked {
                Ok(told) if told.usage.prompt_tokens > 0 => told.usage,
                Err(error) if !error.may_have_cost() => Usage::default(),
                _ => estimated(),
            },
            shown_from: None,
            images: vec![],
        };
        (asked.map(|told| told.order), attempt)
    }
}
