//! One answer: asked for when it is first waited for, then read to its end.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream::BoxStream};
use reqwest::{Response, header};
use serde_json::Value;

use super::{
    HttpProvider,
    bounds::{self, Broken, Patience},
    frames::{self, Frame},
    sending,
};
use crate::providers::{
    Delta, ProviderError, Request,
    families::{Facts, Framing},
};

/// The most bytes of text and reasoning an answer may have.
const ANSWER_LIMIT: usize = 4 << 20;
/// How long to wait for the usage once the provider has said why its answer ended.
const LINGER: Duration = Duration::from_secs(5);
/// How long to wait for the end of the body, when there is nothing more to be told: a connection that
/// was read to its end is used again.
const GOODBYE: Duration = Duration::from_millis(250);

pub(super) struct Answer {
    provider: HttpProvider,
    /// Until it is sent.
    request: Option<Request>,
    frames: Option<BoxStream<'static, Result<Frame, Broken>>>,
    facts: Facts,
    /// Whether any frame had data: a web page has none.
    has_data: bool,
    /// Bytes of text and reasoning so far.
    received: usize,
    over: bool,
}

impl Answer {
    pub(super) fn to(provider: HttpProvider, request: Request) -> Self {
        Self {
            provider,
            request: Some(request),
            frames: None,
            facts: Facts::default(),
            has_data: false,
            received: 0,
            over: false,
        }
    }

    pub(super) async fn next(&mut self) -> Option<Result<Delta, ProviderError>> {
        loop {
            match self.facts.next() {
                Some(Delta::Model(name)) if name == self.provider.0.asked.model => {}
                Some(delta) => match self.measured(delta) {
                    Ok(delta) => return Some(Ok(delta)),
                    Err(error) => return self.fails(error),
                },
                None if self.over => return None,
                None => {
                    if let Err(error) = self.more().await {
                        return self.fails(error);
                    }
                }
            }
        }
    }

    /// Finds out more, or that there is no more.
    async fn more(&mut self) -> Result<(), ProviderError> {
        if let Some(error) = self.facts.error() {
            return Err(self.provider.0.failures.frame(&error));
        }
        if !self.read().await? {
            self.close();
            self.facts.conclude();
        }
        Ok(())
    }

    /// A failed stream that is polled again has ended.
    fn fails(&mut self, error: ProviderError) -> Option<Result<Delta, ProviderError>> {
        self.close();
        self.facts = Facts::default();
        Some(Err(error))
    }

    /// Lets go of the connection.
    fn close(&mut self) {
        self.over = true;
        self.frames = None;
    }

    fn measured(&mut self, delta: Delta) -> Result<Delta, ProviderError> {
        if let Delta::Text(text) | Delta::Reasoning(text) = &delta {
            self.received += text.len();
            if self.received > ANSWER_LIMIT {
                return Err(self.provider.0.failures.too_large(ANSWER_LIMIT));
            }
        }
        Ok(delta)
    }

    /// Reads a frame; `false` when the answer is whole.
    async fn read(&mut self) -> Result<bool, ProviderError> {
        if let Some(request) = self.request.take() {
            self.frames = Some(send(&self.provider, request).await?);
        }
        let failures = &self.provider.0.failures;
        let Some(frames) = &mut self.frames else {
            return Err(failures.cut());
        };
        let whole = self.facts.is_whole();
        let next = match (whole, self.facts.is_done()) {
            (_, true) => tokio::time::timeout(GOODBYE, frames.next()).await,
            (true, _) => tokio::time::timeout(LINGER, frames.next()).await,
            _ => Ok(frames.next().await),
        };
        match next {
            Ok(Some(Ok(frame))) => self.take(&frame).map(|()| true),
            // Whatever happens to the connection now, nothing of the answer is missing.
            _ if whole => Ok(false),
            Ok(Some(Err(broken))) => Err(failures.broken(&broken)),
            _ if self.has_data => Err(failures.cut()),
            _ => Err(failures.no_answer("")),
        }
    }

    fn take(&mut self, frame: &Frame) -> Result<(), ProviderError> {
        let data = frame.data.trim();
        if data.is_empty() {
            return Ok(());
        }
        self.has_data = true;
        if data == "[DONE]" {
            self.facts.done();
            return Ok(());
        }
        match serde_json::from_str::<Value>(data) {
            Ok(value) => {
                let family = self.provider.0.family;
                family.read(&frame.event, &value, &mut self.facts);
                Ok(())
            }
            Err(error) => {
                let next = self.frames.as_mut().map(|frames| frames.next());
                // A frame without its end, and nothing after it, was not sent like that.
                let last = matches!(next.and_then(FutureExt::now_or_never), Some(None));
                let failures = &self.provider.0.failures;
                Err(if error.is_eof() && last {
                    failures.cut()
                } else {
                    failures.malformed("a frame that is not JSON")
                })
            }
        }
    }
}

async fn send(
    provider: &HttpProvider,
    mut request: Request,
) -> Result<BoxStream<'static, Result<Frame, Broken>>, ProviderError> {
    let inner = &provider.0;
    if !inner.vision {
        // What was shown to a model that sees is no business of one that does not.
        for message in &mut request.messages {
            message.images.clear();
        }
    }
    let body = inner.family.body(&inner.asked, &request);
    drop(request);
    let patience = Patience::of(inner.timeouts);
    let response = sending::post(provider, &inner.address, &body, patience).await?;
    let framing = inner.family.framing();
    if is_foreign(&response, framing) {
        let body = bounds::beginning(response, patience).await;
        return Err(inner.failures.no_answer(&body));
    }
    Ok(frames::of(response, framing, patience))
}

/// A web page, or an error that came with a status of success. Servers call their streams many things,
/// so that only what cannot be one is turned away.
fn is_foreign(response: &Response, framing: Framing) -> bool {
    let of = |value: &header::HeaderValue| value.to_str().ok().map(str::to_lowercase);
    let header = response.headers().get(header::CONTENT_TYPE);
    let content_type = header.and_then(of).unwrap_or_default();
    content_type.starts_with("text/html")
        || (framing != Framing::Lines && content_type.starts_with("application/json"))
}
