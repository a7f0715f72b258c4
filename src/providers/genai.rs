//! Language models behind HTTP, through the `genai` crate.
//!
//! `genai` shapes the request and reads text and reasoning out of the answer. What it hides is read
//! beside it from the same frames (see [`wire`]): whether the answer really ended, why, what it cost,
//! and errors in mid-stream. Address, key and model are given to it with each call.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use ::genai::{
    Client, ModelIden, ServiceTarget,
    adapter::AdapterKind,
    chat::{ChatMessage, ChatOptions, ChatRequest, ChatStream, ChatStreamEvent, ReasoningEffort},
    resolver::{AuthData, Endpoint},
};
use aggregates::thread::Route;
use futures_util::{FutureExt, StreamExt, stream, stream::BoxStream};

use self::{failure::Failures, wire::Wire};
use super::{
    Delta, Kind, Provider, ProviderConfig, ProviderError, Request, Role, Secret, Timeouts,
};

mod address;
mod failure;
mod wire;

/// The most bytes of text and reasoning an answer may have.
const ANSWER_LIMIT: usize = 4 << 20;
/// The most bytes of frames an answer may have; a frame is some sixty times as large as its text.
const WIRE_LIMIT: usize = 64 * ANSWER_LIMIT;
/// How long to wait for the usage once the provider has said that its answer is whole.
const LINGER: Duration = Duration::from_secs(5);

/// An OpenAI-compatible server, or an Ollama.
#[derive(Clone)]
pub struct GenaiProvider {
    route: Route,
    client: Client,
    adapter: AdapterKind,
    /// The whole address of its chat endpoint.
    address: String,
    api_key: Option<Secret>,
    timeouts: Timeouts,
}

impl std::fmt::Debug for GenaiProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GenaiProvider")
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

impl GenaiProvider {
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
        if let Some(key) = &config.api_key {
            reqwest::header::HeaderValue::from_str(key.expose())
                .map_err(|_| ".api_key: it holds characters that no header can carry".to_owned())?;
        }
        let address = address::chat(config.kind, config.base_url.as_deref())
            .map_err(|fault| format!(".base_url: {fault}"))?;
        Ok(Self {
            route: Route {
                provider: name.to_owned(),
                model: config.model.clone(),
            },
            client: Client::builder()
                .with_reqwest(client.clone())
                .build()
                .map_err(|error| format!(": {error}"))?,
            adapter: match config.kind {
                Kind::Ollama => AdapterKind::Ollama,
                _ => AdapterKind::OpenAI,
            },
            address,
            api_key: config.api_key.clone(),
            timeouts: config.timeouts,
        })
    }

    fn target(&self) -> ServiceTarget {
        let mut headers = Vec::new();
        if let Some(key) = &self.api_key {
            headers.push((
                "Authorization".to_owned(),
                format!("Bearer {}", key.expose()),
            ));
        }
        // The adapter cuts off what stands before the first `::`, so that something has to stand there.
        let model = format!("colloquy::{}", self.route.model);
        ServiceTarget {
            endpoint: Endpoint::from_owned(self.address.as_str()),
            // Overriding the whole request leaves no joining of paths to the crate, and no header
            // `Authorization: Bearer ` to servers without a key.
            auth: AuthData::RequestOverride {
                url: self.address.clone(),
                headers: headers.into(),
            },
            model: ModelIden::new(self.adapter, model),
        }
    }

    fn options(&self, wire: &Arc<Wire>, without_reasoning: bool) -> ChatOptions {
        let options = ChatOptions::default()
            .with_capture_usage(true)
            .with_raw_frame_sink_arc(Arc::clone(wire) as _);
        match self.adapter {
            // Without an explicit effort the adapter takes `-high`, `-low` and the like off the
            // model's name; a budget is one that it does not send.
            AdapterKind::OpenAI => options.with_reasoning_effort(ReasoningEffort::Budget(0)),
            _ if without_reasoning => options.with_reasoning_effort(ReasoningEffort::Zero),
            _ => options,
        }
    }
}

impl Provider for GenaiProvider {
    fn route(&self) -> &Route {
        &self.route
    }

    fn reads_history(&self) -> bool {
        true
    }

    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ProviderError>> {
        let reading = Reading {
            provider: self.clone(),
            request: Some(request),
            answer: None,
            wire: Arc::default(),
            failures: Failures::of(&self.route.provider, self.api_key.clone()),
            received: 0,
            ahead: VecDeque::new(),
            over: false,
        };
        stream::unfold(reading, |mut reading| async move {
            let item = reading.next().await?;
            Some((item, reading))
        })
        .boxed()
    }
}

/// One answer being read.
struct Reading {
    provider: GenaiProvider,
    /// Until it is sent.
    request: Option<Request>,
    answer: Option<ChatStream>,
    wire: Arc<Wire>,
    failures: Failures,
    /// Bytes of text and reasoning so far.
    received: usize,
    /// The last deltas, known all at once.
    ahead: VecDeque<Delta>,
    over: bool,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Delta, ProviderError>> {
        if !self.over {
            match self.read().await {
                Ok(Some(delta)) => return Some(Ok(delta)),
                Ok(None) => self.ahead = self.wire.conclusion().into(),
                Err(error) => {
                    self.close();
                    return Some(Err(error));
                }
            }
            self.close();
        }
        self.ahead.pop_front().map(Ok)
    }

    /// Lets go of the connection; a stream that failed may be polled again, and this ends it.
    fn close(&mut self) {
        self.over = true;
        self.answer = None;
    }

    /// The next piece; `None` when the answer is whole.
    async fn read(&mut self) -> Result<Option<Delta>, ProviderError> {
        self.send().await?;
        let Some(answer) = &mut self.answer else {
            return Err(self.failures.cut());
        };
        loop {
            let frames = self.wire.frames();
            let patience = match frames {
                _ if self.wire.is_whole() => LINGER.min(self.provider.timeouts.idle),
                0 => self.provider.timeouts.first_byte,
                _ => self.provider.timeouts.idle,
            };
            let event = tokio::time::timeout(patience, answer.next()).await;
            if let Some(error) = self.wire.error() {
                return Err(self.failures.frame(&error));
            }
            if self.wire.bytes() > WIRE_LIMIT {
                return Err(self.failures.too_large(WIRE_LIMIT));
            }
            let delta = match event {
                Ok(Some(Ok(ChatStreamEvent::Chunk(chunk)))) => Delta::Text(clean(chunk.content)),
                Ok(Some(Ok(ChatStreamEvent::ReasoningChunk(chunk)))) => {
                    Delta::Reasoning(clean(chunk.content))
                }
                Ok(Some(Ok(ChatStreamEvent::End(_))) | None) => {
                    return if self.wire.is_whole() {
                        Ok(None)
                    } else {
                        Err(self.failures.end(&self.wire))
                    };
                }
                Ok(Some(Ok(_))) => continue,
                Ok(Some(Err(error))) => match self.wire.take_overlooked() {
                    // A frame with `"error": null` is an error to the crate.
                    Some(Delta::Text(text)) => Delta::Text(clean(text)),
                    Some(Delta::Reasoning(text)) => Delta::Reasoning(clean(text)),
                    // Whatever happens to the connection now, nothing of the answer is missing.
                    _ if self.wire.is_whole() => return Ok(None),
                    _ => {
                        let ended = matches!(answer.next().now_or_never(), Some(None));
                        return Err(self.failures.of_genai(&error, ended));
                    }
                },
                Err(_) if self.wire.is_whole() => return Ok(None),
                // Comments keep a connection alive; they are frames, but no events.
                Err(_) if self.wire.frames() > frames => continue,
                Err(_) => return Err(self.failures.silence(frames > 0, patience)),
            };
            if let Delta::Text(text) | Delta::Reasoning(text) = &delta {
                if text.is_empty() {
                    continue;
                }
                self.received += text.len();
            }
            if self.received > ANSWER_LIMIT {
                return Err(self.failures.too_large(ANSWER_LIMIT));
            }
            return Ok(Some(delta));
        }
    }

    async fn send(&mut self) -> Result<(), ProviderError> {
        let Some(request) = self.request.take() else {
            return Ok(());
        };
        let messages = request
            .messages
            .into_iter()
            .map(|message| match message.role {
                Role::User => ChatMessage::user(message.text),
                Role::Assistant => ChatMessage::assistant(message.text),
            });
        let mut chat = ChatRequest::new(messages.collect());
        chat.system = request.system;
        let options = self.provider.options(&self.wire, request.without_reasoning);
        let answer = self
            .provider
            .client
            .exec_chat_stream(self.provider.target(), chat, Some(&options))
            .await
            .map_err(|error| self.failures.of_genai(&error, true))?;
        self.answer = Some(answer.stream);
        Ok(())
    }
}

/// U+0000 cannot be stored.
fn clean(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{FFFD}")
    } else {
        text
    }
}
