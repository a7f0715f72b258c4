//! Who writes the answers, and turns texts into vectors: models behind HTTP, and an echo that needs nothing.
//!
//! Everything that answers is a [`Provider`]: a request in, a lazy stream of deltas out. [`Providers`]
//! knows all that are configured by name and runs a request through retries and the fallback chain.

use std::sync::Arc;

use aggregates::{
    completion::Sampling,
    thread::{Attempt, FinishReason, Route, Usage},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::stream::BoxStream;

mod attempts;
mod calls;
mod client;
mod echo;
mod embeddings;
mod error;
mod families;
mod http;
mod models;
mod ollama;
mod quote;
mod registry;
mod reranking;
mod retries;
mod settings;
mod tokens;
mod vectors;
mod vision;

pub use attempts::Run;
pub use calls::{Round, Tool, ToolCall};
#[cfg(test)]
pub(crate) use client::guarded_by;
pub use client::{client, guarded as guarded_client};
pub use echo::Echo;
pub(crate) use embeddings::cost;
pub use embeddings::{Embedded, Embedding, Embeds, Reading};
pub use error::ProviderError;
pub use http::HttpProvider;
pub use models::Window;
pub use ollama::{OLLAMA_BASE_URL, detect_ollama};
pub use quote::Quote;
pub use registry::Providers;
pub use reranking::{RerankModel, Reranked, Reranks};
pub use retries::Retries;
pub use settings::{ProviderConfig, Settings, SettingsError, Timeouts};
pub use tokens::{Tokenizer, prompt_tokens, tokens};
pub use vectors::{VectorModel, decoded, encoded};
pub use vision::VisionModel;

pub use crate::config::{ProviderKind as Kind, Secret};

/// Something that answers.
///
/// The stream is lazy: nothing is sent before it is first polled, and dropping it cancels the request.
/// It gives text and reasoning in order, [`Delta::Usage`] whenever the provider tells it, then
/// [`Delta::Finish`], then ends. It ends with an error, or with a finish before it, never silently.
pub trait Provider: Send + Sync {
    /// Its configured name and the model it asks for.
    fn route(&self) -> &Route;

    /// Whether earlier messages change its answer, so that it is worth loading them.
    fn reads_history(&self) -> bool;

    /// How much its model reads and writes; `None`: as much as one likes.
    fn window(&self) -> Option<Window>;

    /// Whether its model sees images. One that does not fails with [`ProviderError::NoImages`] when a request
    /// [asks to see](Request::asks_to_see), without asking anybody.
    fn reads_images(&self) -> bool;

    /// Whether all it says is what it was told: then there is nothing of a model's in it to be judged.
    fn is_echo(&self) -> bool {
        false
    }

    /// Whether its model can have tools called.
    fn calls_tools(&self) -> bool {
        false
    }

    /// Which of these parameters it cannot be asked for; with one, nothing is sent.
    fn lacks(&self, _sampling: &Sampling) -> Option<&'static str> {
        None
    }

    /// The same one as somebody who turns texts into vectors; `None`: it does not.
    fn embeds(&self) -> Option<Arc<dyn Embeds>> {
        None
    }

    /// The same one as somebody who puts texts in an order; `None`: it does not.
    fn reranks(&self) -> Option<Arc<dyn Reranks>> {
        None
    }

    /// Answers the request's last message.
    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ProviderError>>;
}

/// What a model is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// How to behave.
    pub system: Option<String>,
    /// The conversation, oldest first; the last is the one to answer.
    pub messages: Vec<Message>,
    /// Nobody wants to see the model's thoughts: it is told so where it can be.
    pub without_reasoning: bool,
    /// How to choose words.
    pub sampling: Sampling,
    /// What the model may have called before it answers.
    pub tools: Vec<Tool>,
    /// What it has had called, oldest first: it goes on from there.
    pub rounds: Vec<Round>,
    /// It may call nothing more.
    pub without_calls: bool,
}

impl Request {
    /// A request of one message without history.
    #[must_use]
    pub fn of(text: impl Into<String>) -> Self {
        Self {
            messages: vec![Message::user(text)],
            ..Self::default()
        }
    }

    /// Whether what is to be answered has an image to look at: whoever does not see it answers nothing true.
    #[must_use]
    pub fn asks_to_see(&self) -> bool {
        let mut said = self.messages.iter().rev();
        said.find(|said| said.role == Role::User)
            .is_some_and(|asked| !asked.images.is_empty())
    }
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it.
    pub role: Role,
    /// What was written.
    pub text: String,
    /// What was shown with it.
    pub images: Vec<Image>,
}

/// An image: the bytes of a JPEG. Clones share them.
#[derive(Clone, PartialEq, Eq)]
pub struct Image(pub Bytes);

impl Image {
    /// As requests carry it.
    #[must_use]
    pub fn base64(&self) -> String {
        BASE64_STANDARD.encode(&self.0)
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Image({} bytes)", self.0.len())
    }
}

impl Message {
    /// A person's message.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self {
            role: Role::User,
            text: text.into(),
            images: vec![],
        }
    }

    /// A model's answer.
    #[must_use]
    pub fn assistant(text: impl Into<String>) -> Self {
        Self {
            role: Role::Assistant,
            text: text.into(),
            images: vec![],
        }
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A person.
    User,
    /// A model.
    Assistant,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// The next piece of the answer's text. Never empty, never with U+0000.
    Text(String),
    /// The next piece of what a thinking model shows of its thoughts.
    Reasoning(String),
    /// What the answer has cost up to now; a later one replaces it.
    Usage(Usage),
    /// The name that the provider gives the model that answers, where it is not the one it was asked for by.
    Model(String),
    /// Something that the model wants called before it goes on; comes whole, before [`Delta::Finish`].
    Call(ToolCall),
    /// The answer is whole.
    Finish(FinishReason),
}

/// What happens while a request runs through retries and the fallback chain.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A piece of the answer. Never [`Delta::Usage`] or [`Delta::Model`]: these are in the attempts, once each.
    Delta {
        /// Who wrote it.
        route: Route,
        /// The piece.
        delta: Delta,
    },
    /// A call to a provider has ended, well or not. The sum of their usages is what the answer cost.
    Attempt(Attempt),
    /// The last item when there is no whole answer: all failed, or one did after its first delta.
    Failed(ProviderError),
}
