//! Embeddings: texts are made durable, then turned into vectors, which go to whoever asked and nowhere else. No actor
//! holds them, as with completions.

mod made;
mod record;

use std::sync::Arc;

use aggregates::{
    EmbeddingId,
    embedding::{Embedding, EmbeddingCommand, TextsSent},
    thread::{Route, Usage},
};
use cqrs_es::Aggregate;
use tokio::sync::oneshot;

use super::{
    Directory, Foreign, Services,
    changes::{Change, Changes},
    messages::{CommandError, Origin},
};
use crate::{
    providers::{Embeds, ProviderError},
    store::{CommandRecord, Erasure},
};

pub(super) use made::close;
pub use record::EmbeddingRecord;

/// A model that turns texts into vectors, ready to be asked. It shows nothing of its key.
#[derive(Clone)]
pub struct Embedder {
    route: Route,
    /// Why it cannot be asked, where that is so.
    provider: Result<Arc<dyn Embeds>, ProviderError>,
}

/// Texts as vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    /// One for each text, in their order.
    pub vectors: Vec<Vec<f32>>,
    /// What they cost.
    pub usage: Usage,
    /// What their author is told of what moderation took out of the texts.
    pub warning: Option<String>,
    /// From which on reads show it.
    pub position: u64,
}

/// Why there are no vectors.
#[derive(Debug)]
pub enum NoVectors {
    /// The log.
    Command(CommandError),
    /// Moderation keeps this text from models, and says so in these words.
    Refused(usize, String),
    /// The provider failed for good.
    Failed(String),
    /// It was stopped before its end, in these words.
    Stopped(&'static str),
    /// This was asked for before.
    Known(CommandRecord),
}

impl From<CommandError> for NoVectors {
    fn from(error: CommandError) -> Self {
        Self::Command(error)
    }
}

impl Embedder {
    fn of(route: &Route, provider: Result<Arc<dyn Embeds>, ProviderError>) -> Self {
        let route = route.clone();
        Self { route, provider }
    }

    /// Its name and the model that is asked.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// Whether it can be asked for vectors of another length than its model's own.
    #[must_use]
    pub fn takes_dimensions(&self) -> bool {
        let provider = self.provider.as_ref();
        provider.map_or(true, |provider| provider.takes_dimensions())
    }

    /// What these tokens of its model say; `None`: nobody can tell.
    #[must_use]
    pub fn text(&self, tokens: &[u32]) -> Option<String> {
        let reading = self.provider.as_ref().ok()?.reading()?;
        reading.tokenizer.text(tokens)
    }

    /// The first of these texts that is longer than its model reads, its tokens, and the most of them. Only what is
    /// certain: what nobody can count, the provider judges.
    pub async fn too_long(&self, texts: &[String]) -> Option<(usize, u64, u64)> {
        let reading = self.provider.as_ref().ok()?.reading()?;
        // A token has a byte at least.
        let long = |text: &str| text.len() as u64 > reading.most_tokens;
        let texts = texts.iter().enumerate().filter(|(_, text)| long(text));
        let texts: Vec<_> = texts.map(|(nth, text)| (nth, text.clone())).collect();
        let counting = tokio::task::spawn_blocking(move || {
            let counted = texts.into_iter();
            let mut counted = counted.map(|(nth, text)| (nth, reading.tokenizer.count(&text)));
            counted.find(|(_, tokens)| *tokens > reading.most_tokens)
        });
        let (nth, tokens) = counting.await.ok()??;
        Some((nth, tokens, reading.most_tokens))
    }
}

impl std::fmt::Debug for Embedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedder")
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

impl Foreign {
    /// The same one, asked for vectors; `None`: it makes none. One that cannot be asked fails when it is.
    #[must_use]
    pub fn embedder(&self) -> Option<Embedder> {
        let provider = match self.provider() {
            Ok(provider) => Ok(provider.embeds()?),
            Err(error) => Err(error.clone()),
        };
        Some(Embedder::of(self.route(), provider))
    }
}

impl Directory {
    /// The provider of this route, asked for vectors; `None`: it makes none.
    #[must_use]
    pub fn embedder(&self, route: &Route) -> Option<Embedder> {
        let provider = self.services().providers.get(&route.provider)?;
        Some(Embedder::of(route, Ok(provider.embeds()?)))
    }

    /// Has texts turned into vectors. `leaves`: who asks waits for it, and when they go away it ends.
    ///
    /// # Errors
    /// When there are no vectors; where the log could not be written, nobody was asked.
    pub async fn embed(
        &self,
        sent: TextsSent,
        by: Embedder,
        origin: Origin,
        leaves: bool,
    ) -> Result<Vectors, NoVectors> {
        let (mut told, hears) = oneshot::channel();
        let directory = self.clone();
        // Once it may be durable it has to end, whether or not somebody still waits.
        self.services().shutdown.clone().spawn(async move {
            let left = async {
                match leaves {
                    true => told.closed().await,
                    false => std::future::pending().await,
                }
            };
            let made = made::make(directory.services(), sent, by, origin, left).await;
            let _ = told.send(made);
        });
        let made = hears.await;
        made.unwrap_or(Err(CommandError::Unavailable.into()))
    }

    /// Destroys what can be read of an embedding, as a completion is destroyed; `Some(false)`: that was done
    /// before. `None`: it is not, because one of `held_by`, which are threads and users, is held.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn erase_embedding(
        &self,
        erasure: &Erasure,
        id: EmbeddingId,
        held_by: &[String],
        origin: Origin,
    ) -> Result<Option<bool>, CommandError> {
        self.end_alone(id.turn()).await?;
        let store = &self.services().store;
        let destroyed = store
            .destroy_keys_of(erasure, Embedding::TYPE, &id.to_string(), held_by)
            .await?;
        if !destroyed {
            return Ok(None);
        }
        // Last: what has no row is not found again.
        let change = Change::<Embedding>::of(EmbeddingCommand::Erase).from(origin);
        let made = changes(self.services()).make(&id.to_string(), change).await;
        Ok(Some(made.map_err(made::unmade)? > 0))
    }
}

fn changes(services: &Services) -> Changes {
    Changes {
        store: services.store.clone(),
        committer: services.committer.clone(),
    }
}
