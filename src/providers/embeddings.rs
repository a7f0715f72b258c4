//! Texts as vectors: asked for in calls of bounded size, each made again where that may help.
//!
//! Nobody stands in for a model that fails: the vectors of two models have nothing to do with each other.

use std::{sync::Arc, time::Instant};

use aggregates::thread::{Attempt, Route, Usage};
use futures_util::future::BoxFuture;
use tracing::Instrument;

use super::{ProviderError, Retries, Tokenizer, attempts, tokens::tokens};

/// Something that turns texts into vectors.
pub trait Embeds: Send + Sync {
    /// Its configured name and the model it asks for.
    fn route(&self) -> &Route;

    /// The most texts of one call.
    fn most_texts(&self) -> usize;

    /// Whether it can be asked for vectors of another length than its model's own.
    fn takes_dimensions(&self) -> bool;

    /// How its model reads a text, where that is known exactly.
    fn reading(&self) -> Option<Reading>;

    /// The vectors of these texts, in their order. Nothing is sent before it is first polled, and dropping it cancels
    /// the request.
    fn embed(
        &self,
        texts: &[String],
        dimensions: Option<u32>,
    ) -> BoxFuture<'static, Result<Embedded, ProviderError>>;
}

/// How a model reads a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Its tokens.
    pub tokenizer: Tokenizer,
    /// The most of them.
    pub most_tokens: u64,
}

/// What came of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embedded {
    /// A vector for each, in their order: all of one length, and every number finite.
    pub vectors: Vec<Vec<f32>>,
    /// What it cost.
    pub usage: Usage,
    /// The name that the provider gives the model, where it is not the one it was asked for by.
    pub model: Option<String>,
}

/// Texts on their way to their vectors. Dropping it cancels whatever runs.
pub struct Embedding {
    provider: Arc<dyn Embeds>,
    retries: Retries,
    texts: Vec<String>,
    dimensions: Option<u32>,
    vectors: Vec<Vec<f32>>,
    attempts: Vec<Attempt>,
    running: Option<Call>,
}

/// A call that is under way.
#[derive(Clone, Copy)]
struct Call {
    started: Instant,
    /// How many texts it has sent.
    texts: usize,
}

impl Embedding {
    pub(super) fn of(
        provider: Arc<dyn Embeds>,
        texts: Vec<String>,
        dimensions: Option<u32>,
        retries: Retries,
    ) -> Self {
        Self {
            provider,
            retries,
            texts,
            dimensions,
            vectors: vec![],
            attempts: vec![],
            running: None,
        }
    }

    /// Asks until there is a vector for each text. It may be dropped in the middle.
    ///
    /// # Errors
    /// When a call failed for good. What others have brought is of no use then.
    pub async fn run(&mut self) -> Result<(), ProviderError> {
        while self.vectors.len() < self.texts.len() {
            self.go_on().await?;
        }
        Ok(())
    }

    /// The vectors that there are, and all calls: one that was still under way is its own end, with what it may have
    /// cost.
    #[must_use]
    pub fn end(mut self) -> (Vec<Vec<f32>>, Vec<Attempt>) {
        if self.running.is_some() {
            let usage = self.estimated();
            self.note(usage, None, None);
        }
        (self.vectors, self.attempts)
    }

    /// What came of all texts, with what all calls have cost.
    #[must_use]
    pub fn whole(self) -> Embedded {
        let (vectors, attempts) = self.end();
        Embedded {
            vectors,
            usage: cost(&attempts),
            model: attempts.into_iter().find_map(|attempt| attempt.model),
        }
    }

    /// One call's texts.
    async fn go_on(&mut self) -> Result<(), ProviderError> {
        let mut tried = 0;
        loop {
            tried += 1;
            match self.call().await {
                Ok(vectors) => {
                    self.vectors.extend(vectors);
                    return Ok(());
                }
                Err(error) => {
                    // Without a source of chance the pauses are merely not spread.
                    let chance = getrandom::u32().unwrap_or_default();
                    let pause = self.retries.pause(tried, &error, chance);
                    tokio::time::sleep(pause.ok_or(error)?).await;
                }
            }
        }
    }

    async fn call(&mut self) -> Result<Vec<Vec<f32>>, ProviderError> {
        let rest = self.texts.get(self.vectors.len()..).unwrap_or_default();
        let texts = rest.len().min(self.provider.most_texts());
        let route = self.provider.route();
        let (name, model) = (&*route.provider, &*route.model);
        let kind = "client";
        let span = tracing::debug_span!("provider", name, model, otel.kind = kind);
        self.running = Some(Call {
            started: Instant::now(),
            texts,
        });
        let sent = rest.get(..texts).unwrap_or_default();
        let answer = self.provider.embed(sent, self.dimensions);
        match answer.instrument(span).await {
            Ok(embedded) => {
                let usage = match embedded.usage.prompt_tokens {
                    0 => self.estimated(),
                    _ => embedded.usage,
                };
                self.note(usage, embedded.model, None);
                self.fits(&embedded.vectors)?;
                Ok(embedded.vectors)
            }
            Err(error) => {
                let usage = match error.may_have_cost() {
                    true => self.estimated(),
                    false => Usage::default(),
                };
                self.note(usage, None, Some(&error));
                Err(error)
            }
        }
    }

    /// The model may have become another one between two calls.
    fn fits(&self, vectors: &[Vec<f32>]) -> Result<(), ProviderError> {
        let length = |vectors: &[Vec<f32>]| vectors.first().map(Vec::len);
        match (length(&self.vectors), length(vectors)) {
            (Some(before), Some(now)) if before != now => Err(ProviderError::Malformed {
                provider: self.provider.route().provider.clone(),
                what: format!("vectors of {before} numbers, then of {now}"),
            }),
            _ => Ok(()),
        }
    }

    /// What the call under way has sent.
    fn estimated(&self) -> Usage {
        let sent = self.running.map_or(0, |call| call.texts);
        let texts = self.texts.iter().skip(self.vectors.len()).take(sent);
        Usage {
            prompt_tokens: texts.map(|text| tokens(text)).sum(),
            completion_tokens: 0,
            estimated: true,
        }
    }

    fn note(&mut self, usage: Usage, model: Option<String>, error: Option<&ProviderError>) {
        let Some(call) = self.running.take() else {
            return;
        };
        let route = self.provider.route().clone();
        if let Some(error) = error {
            attempts::count_failure(&route, error);
        }
        self.attempts.push(Attempt {
            duration_ms: u64::try_from(call.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            error: error.map(ToString::to_string),
            status: error.and_then(ProviderError::status),
            model,
            usage,
            shown_from: None,
            images: vec![],
            route,
        });
    }
}

/// What calls have cost together.
pub(crate) fn cost(attempts: &[Attempt]) -> Usage {
    let add = |sum: Usage, attempt: &Attempt| Usage {
        prompt_tokens: sum
            .prompt_tokens
            .saturating_add(attempt.usage.prompt_tokens),
        completion_tokens: 0,
        estimated: sum.estimated || attempt.usage.estimated,
    };
    attempts.iter().fold(Usage::default(), add)
}
