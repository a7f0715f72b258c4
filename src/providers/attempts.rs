//! Asks again, and asks others: as long as nothing of an answer was shown, a failure is not final.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use aggregates::thread::{Attempt, Usage};
use futures_util::{StreamExt, stream, stream::BoxStream};

use super::{Delta, Provider, ProviderError, Request, Step, estimate};

/// How often and how soon a provider is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Calls to one provider, the first included.
    pub tries: u32,
    /// The first pause; each later one is twice as long. A random half of it is taken off.
    pub base: Duration,
    /// A provider that asks for a longer pause than this is not asked again.
    pub longest: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            tries: 3,
            base: Duration::from_millis(200),
            longest: Duration::from_secs(30),
        }
    }
}

impl Retries {
    /// How long to wait after the `tried`-th call failed with `error`; `None`: do not ask this
    /// provider again. `chance` spreads the pauses, so that many clients do not come back at once.
    #[must_use]
    pub fn pause(&self, tried: u32, error: &ProviderError, chance: u32) -> Option<Duration> {
        if tried >= self.tries || !error.is_transient() {
            return None;
        }
        if let Some(wanted) = error.retry_after() {
            return (wanted <= self.longest).then_some(wanted);
        }
        let doubled = self.base * 2_u32.saturating_pow(tried.saturating_sub(1));
        let spread = f64::from(chance) / f64::from(u32::MAX);
        Some(doubled.min(self.longest).mul_f64(1.0 - spread / 2.0))
    }
}

/// Runs `request` at the first of `chain` that answers it. Lazy; dropping it cancels whatever runs.
#[must_use]
pub fn run(
    chain: Vec<Arc<dyn Provider>>,
    request: Request,
    retries: Retries,
) -> BoxStream<'static, Step> {
    let attempts = Attempts {
        chain: chain.into(),
        request,
        retries,
        tried: 0,
        pause: None,
        running: None,
        ahead: VecDeque::new(),
    };
    stream::unfold(attempts, |mut attempts| async move {
        let step = attempts.next().await?;
        Some((step, attempts))
    })
    .boxed()
}

struct Attempts {
    /// Who is left to ask; the first is being asked.
    chain: VecDeque<Arc<dyn Provider>>,
    request: Request,
    retries: Retries,
    /// Calls to the first of the chain so far.
    tried: u32,
    pause: Option<Duration>,
    running: Option<Call>,
    /// Steps that are known already and have not been handed out.
    ahead: VecDeque<Step>,
}

impl Attempts {
    async fn next(&mut self) -> Option<Step> {
        loop {
            if let Some(step) = self.ahead.pop_front() {
                return Some(step);
            }
            if let Some(pause) = self.pause.take() {
                tokio::time::sleep(pause).await;
            }
            let Some(call) = &mut self.running else {
                let provider = self.chain.front()?;
                self.tried += 1;
                self.running = Some(Call::start(provider, &self.request));
                continue;
            };
            match call.deltas.next().await {
                Some(Ok(Delta::Usage(usage))) => call.usage = Some(usage),
                Some(Ok(delta)) => {
                    call.note(&delta);
                    return Some(Step::Delta {
                        route: call.provider.route().clone(),
                        delta,
                    });
                }
                Some(Err(error)) => self.failed(&error),
                None => {
                    let attempt = self.running.take()?.end(&self.request, None);
                    self.ahead.push_back(Step::Attempt(attempt));
                    self.chain.clear();
                }
            }
        }
    }

    /// Records the failed call and decides what comes next: a pause, the next provider, or the end.
    fn failed(&mut self, error: &ProviderError) {
        let Some(call) = self.running.take() else {
            return;
        };
        let shown = call.shown();
        let attempt = call.end(&self.request, Some(error));
        self.ahead.push_back(Step::Attempt(attempt));
        if shown {
            self.chain.clear();
        } else {
            // Without a source of chance the pauses are merely not spread.
            let chance = getrandom::u32().unwrap_or_default();
            self.pause = self.retries.pause(self.tried, error, chance);
            if self.pause.is_none() {
                self.chain.pop_front();
                self.tried = 0;
            }
        }
        if self.chain.is_empty() {
            self.ahead.push_back(Step::Failed(error.clone()));
        }
    }
}

/// One call to one provider.
struct Call {
    provider: Arc<dyn Provider>,
    deltas: BoxStream<'static, Result<Delta, ProviderError>>,
    started: Instant,
    /// Characters of text and reasoning received.
    chars: usize,
    finished: bool,
    usage: Option<Usage>,
}

impl Call {
    fn start(provider: &Arc<dyn Provider>, request: &Request) -> Self {
        Self {
            provider: Arc::clone(provider),
            deltas: provider.stream(request.clone()),
            started: Instant::now(),
            chars: 0,
            finished: false,
            usage: None,
        }
    }

    fn note(&mut self, delta: &Delta) {
        match delta {
            Delta::Text(text) | Delta::Reasoning(text) => {
                if self.chars == 0 {
                    let provider = self.provider.route().provider.clone();
                    metrics::histogram!("colloquy_provider_first_delta_seconds", "provider" => provider)
                        .record(self.started.elapsed());
                }
                self.chars += text.chars().count();
            }
            Delta::Finish(_) => self.finished = true,
            Delta::Usage(_) => {}
        }
    }

    /// Whether anybody may have seen something of this answer.
    fn shown(&self) -> bool {
        self.chars > 0 || self.finished
    }

    fn end(self, request: &Request, error: Option<&ProviderError>) -> Attempt {
        let route = self.provider.route().clone();
        if let Some(error) = error {
            metrics::counter!("colloquy_provider_errors_total", "provider" => route.provider.clone(), "kind" => error.kind())
                .increment(1);
        }
        Attempt {
            route,
            duration_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            error: error.map(ToString::to_string),
            usage: self.cost(request),
        }
    }

    /// What the provider told; where it told nothing, what was received. A call that brought nothing cost nothing.
    fn cost(&self, request: &Request) -> Usage {
        let told = self.usage.unwrap_or_default();
        if !self.shown() && told == Usage::default() {
            return told;
        }
        let missing = |told: u64, counted: u64| if told == 0 { counted } else { told };
        let usage = Usage {
            prompt_tokens: missing(told.prompt_tokens, estimate::prompt_tokens(request)),
            completion_tokens: missing(told.completion_tokens, estimate::of_chars(self.chars)),
            estimated: told.estimated,
        };
        Usage {
            estimated: told.estimated || usage != told,
            ..usage
        }
    }
}
