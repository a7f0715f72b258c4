//! Asks again, and asks others: as long as nothing of an answer was shown, a failure is not final.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use aggregates::{
    AiProviderId,
    thread::{Attempt, Route, Usage},
};
use futures_util::{Stream, StreamExt, stream::BoxStream};
use tokio::time::Sleep;
use tracing::Span;

use super::{
    Delta, Provider, ProviderError, Request, Retries, Step,
    tokens::{self, Estimate},
};

/// What a provider is asked; an error is its failure, and nothing is sent.
pub(super) type Ask = Box<dyn FnMut(&Route) -> Result<Request, ProviderError> + Send>;

/// A request on its way through the providers that may answer it. Lazy; dropping it cancels whatever runs.
pub struct Run {
    /// Who is left to ask; the first is being asked.
    chain: VecDeque<Arc<dyn Provider>>,
    ask: Ask,
    retries: Retries,
    /// Calls to the first of the chain so far.
    tried: u32,
    pause: Option<Pin<Box<Sleep>>>,
    running: Option<Call>,
    /// Why the one that is meant does not answer, while others are asked.
    failed: Option<ProviderError>,
    /// Steps that are known already and have not been handed out.
    ahead: VecDeque<Step>,
}

impl Run {
    /// Asks the first of `chain`, and those after it as long as there is no answer.
    pub(super) fn of(chain: Vec<Arc<dyn Provider>>, ask: Ask, retries: Retries) -> Self {
        Self {
            chain: chain.into(),
            ask,
            retries,
            tried: 0,
            pause: None,
            running: None,
            failed: None,
            ahead: VecDeque::new(),
        }
    }

    /// A run that has failed already.
    #[must_use]
    pub fn failed(error: ProviderError) -> Self {
        let mut run = Self::of(
            vec![],
            Box::new(|_| Ok(Request::default())),
            Retries::default(),
        );
        run.ahead.push_back(Step::Failed(error));
        run
    }

    /// Ends the run before its end: the call that was under way, with what it has cost so far.
    pub fn abandon(&mut self) -> Option<Attempt> {
        self.chain.clear();
        self.pause = None;
        let call = self.running.take()?;
        Some(call.end(None, &mut self.ask))
    }

    /// Records the failed call and decides what comes next: a pause, the next provider, or the end. Where nobody answers,
    /// that is the failure of the first, whom people have chosen.
    fn fails(&mut self, attempt: Attempt, shown: bool, error: ProviderError) {
        self.ahead.push_back(Step::Attempt(attempt));
        if shown {
            self.chain.clear();
            self.failed = Some(error);
        } else {
            // Without a source of chance the pauses are merely not spread.
            let chance = getrandom::u32().unwrap_or_default();
            match self.retries.pause(self.tried, &error, chance) {
                Some(pause) => self.pause = Some(Box::pin(tokio::time::sleep(pause))),
                None => {
                    self.chain.pop_front();
                    self.tried = 0;
                    self.failed.get_or_insert(error);
                }
            }
        }
        if self.chain.is_empty() {
            self.ahead.extend(self.failed.take().map(Step::Failed));
        }
    }
}

impl Stream for Run {
    type Item = Step;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Step>> {
        let run = self.get_mut();
        loop {
            if let Some(step) = run.ahead.pop_front() {
                return Poll::Ready(Some(step));
            }
            if let Some(pause) = &mut run.pause {
                ready!(pause.as_mut().poll(context));
                run.pause = None;
            }
            let Some(call) = &mut run.running else {
                let Some(provider) = run.chain.front() else {
                    return Poll::Ready(None);
                };
                run.tried += 1;
                match (run.ask)(provider.route()) {
                    Ok(request) => run.running = Some(Call::start(provider, request)),
                    Err(error) => {
                        let attempt = unsent(provider.route(), &error);
                        run.fails(attempt, false, error);
                    }
                }
                continue;
            };
            let next = call.span.in_scope(|| call.deltas.poll_next_unpin(context));
            match ready!(next) {
                Some(Ok(Delta::Usage(usage))) => call.usage = usage,
                Some(Ok(Delta::Model(model))) => call.model = Some(model),
                Some(Ok(delta)) => {
                    call.note(&delta);
                    return Poll::Ready(Some(Step::Delta {
                        route: call.provider.route().clone(),
                        delta,
                    }));
                }
                Some(Err(error)) => {
                    if let Some(call) = run.running.take() {
                        let shown = call.shown();
                        let attempt = call.end(Some(&error), &mut run.ask);
                        run.fails(attempt, shown, error);
                    }
                }
                None => {
                    if let Some(call) = run.running.take() {
                        let attempt = call.end(None, &mut run.ask);
                        run.ahead.push_back(Step::Attempt(attempt));
                    }
                    run.chain.clear();
                }
            }
        }
    }
}

/// Who is asked, for those who count: people may set up and delete as many providers as they like.
fn label(route: &Route) -> String {
    match route.provider.parse::<AiProviderId>() {
        Ok(_) => "project".to_owned(),
        Err(_) => route.provider.clone(),
    }
}

pub(super) fn count_failure(route: &Route, error: &ProviderError) {
    metrics::counter!("colloquy_provider_errors_total", "provider" => label(route), "kind" => error.kind())
        .increment(1);
}

/// A call that was not made.
fn unsent(route: &Route, error: &ProviderError) -> Attempt {
    count_failure(route, error);
    Attempt {
        route: route.clone(),
        duration_ms: 0,
        error: Some(error.to_string()),
        status: None,
        model: None,
        usage: Usage::default(),
        shown_from: None,
        images: vec![],
    }
}

/// One call to one provider.
struct Call {
    provider: Arc<dyn Provider>,
    deltas: BoxStream<'static, Result<Delta, ProviderError>>,
    started: Instant,
    /// Text and reasoning received.
    received: Estimate,
    begun: bool,
    finished: bool,
    /// As told.
    usage: Usage,
    /// As told, where it is another name.
    model: Option<String>,
    span: Span,
}

impl Call {
    fn start(provider: &Arc<dyn Provider>, request: Request) -> Self {
        let route = provider.route();
        let (name, model) = (&*route.provider, &*route.model);
        let kind = "client";
        let span = tracing::debug_span!("provider", name, model, otel.kind = kind);
        Self {
            provider: Arc::clone(provider),
            deltas: span.in_scope(|| provider.stream(request)),
            started: Instant::now(),
            received: Estimate::default(),
            begun: false,
            finished: false,
            usage: Usage::default(),
            model: None,
            span,
        }
    }

    fn note(&mut self, delta: &Delta) {
        match delta {
            Delta::Text(text) | Delta::Reasoning(text) => {
                if !self.begun {
                    self.begun = true;
                    let provider = label(self.provider.route());
                    metrics::histogram!("colloquy_provider_first_delta_seconds", "provider" => provider)
                        .record(self.started.elapsed());
                }
                self.received.add(text);
            }
            Delta::Call(call) => {
                self.begun = true;
                self.received.add(&call.arguments);
            }
            Delta::Finish(_) => self.finished = true,
            Delta::Usage(_) | Delta::Model(_) => {}
        }
    }

    /// Whether anybody may have seen something of this answer.
    fn shown(&self) -> bool {
        self.begun || self.finished
    }

    fn end(self, error: Option<&ProviderError>, ask: &mut Ask) -> Attempt {
        let route = self.provider.route().clone();
        if let Some(error) = error {
            count_failure(&route, error);
        }
        Attempt {
            duration_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            error: error.map(ToString::to_string),
            status: error.and_then(ProviderError::status),
            usage: self.cost(error, || {
                ask(&route).map_or(0, |request| tokens::prompt_tokens(&request))
            }),
            shown_from: None,
            images: vec![],
            model: self.model,
            route,
        }
    }

    /// What the provider told; where it told nothing, what was sent and received. A call that was turned
    /// away cost nothing.
    fn cost(&self, error: Option<&ProviderError>, sent: impl FnOnce() -> u64) -> Usage {
        let told = self.usage;
        let free = error.is_some_and(|error| !error.may_have_cost());
        if free && !self.shown() && told == Usage::default() {
            return told;
        }
        let prompt_tokens = match told.prompt_tokens {
            0 => sent(),
            told => told,
        };
        let completion_tokens = match told.completion_tokens {
            0 => self.received.tokens(),
            told => told,
        };
        let usage = Usage {
            prompt_tokens,
            completion_tokens,
            estimated: told.estimated,
        };
        Usage {
            estimated: told.estimated || usage != told,
            ..usage
        }
    }
}
