//! What is configured: projects, secrets, providers, policies, chats, documents and webhooks, all in the same way.

mod closing;

pub use closing::BeingClosed;

use aggregates::{
    Configured, Erasable, ai_provider::AiProvider, chat::Chat, configured::ConfiguredRefusal,
    document::Document, ingest::Ingest, policy::Policy, project::Project, rag_session::RagSession,
    secret::Secret, thread::Destroyed, webhook::Webhook,
};
use cqrs_es::Aggregate;
use uuid::Uuid;

use super::{
    changes::{Change, Changes, Unchanged},
    messages::Origin,
};
use crate::store::{CommandRecord, Committer, Store, StoreError};

/// Where it is changed. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Configuration(Changes);

/// Why it was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// There is one of this id already.
    #[error("there is one of this id already")]
    Exists,
    /// There is none of this id, or no more.
    #[error("there is none of this id")]
    Unknown,
    /// It is about something else than whoever asks was judged by.
    #[error("it was changed meanwhile")]
    Moved,
    /// Another request of the same name was faster.
    #[error("a request of this name has asked for something else")]
    OtherRequest,
    /// The log cannot be reached; try again.
    #[error("the record cannot be written at the moment: {0}")]
    Unavailable(String),
    /// A fault of ours.
    #[error("the record refused this: {0}")]
    Fault(String),
}

impl From<StoreError> for ConfigurationError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl Configuration {
    /// Over this log.
    #[must_use]
    pub fn new(store: Store, committer: Committer) -> Self {
        Self(Changes { store, committer })
    }

    /// Makes a thing; the answer is the position from which on reads show it.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn create<A: Configured>(
        &self,
        id: &str,
        made: A::Made,
        origin: Origin,
    ) -> Result<u64, ConfigurationError> {
        self.execute::<A>(id, A::create(made), origin).await
    }

    /// Carries a command out; the answer is the position from which on reads show it, 0 when nothing had to change.
    ///
    /// # Errors
    /// When there is no such thing, or the log cannot be reached.
    pub async fn execute<A: Configured>(
        &self,
        id: &str,
        command: A::Command,
        origin: Origin,
    ) -> Result<u64, ConfigurationError> {
        let change = Change::<A>::of(command).from(origin);
        let made = self.0.make(id, change).await;
        made.map_err(|unchanged| {
            unmade(unchanged, |refusal| match refusal {
                ConfiguredRefusal::Unknown => ConfigurationError::Unknown,
                ConfiguredRefusal::Exists => ConfigurationError::Exists,
                ConfiguredRefusal::Moved => ConfigurationError::Moved,
                refusal => ConfigurationError::Fault(refusal.to_string()),
            })
        })
    }

    /// Ends a thing for ever. What was in it is destroyed by what follows the log.
    ///
    /// # Errors
    /// When there never was such a thing, or the log cannot be reached.
    pub async fn delete<A: Configured>(
        &self,
        id: &str,
        origin: Origin,
    ) -> Result<u64, ConfigurationError> {
        self.execute::<A>(id, A::delete(), origin).await
    }

    /// What is remembered of a command that its client named.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn recall(&self, command: Uuid) -> Result<Option<CommandRecord>, ConfigurationError> {
        Ok(self.0.store.command(command).await?)
    }

    /// The name that a request's thing has its id of: the request's own, and another one after each thing of it that was
    /// erased.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn name_of_new<A: Configured>(
        &self,
        request: Uuid,
        id: impl Fn(Uuid) -> String,
    ) -> Result<Uuid, ConfigurationError> {
        let mut name = request;
        loop {
            let (thing, _) = self.0.store.load::<A>(&id(name)).await?;
            if !thing.is_erased() {
                return Ok(name);
            }
            name = Uuid::new_v5(&name, b"again");
        }
    }

    /// Whether the content of a thing of this type is to be destroyed, and that is not confirmed. `None`: nothing of
    /// this type is configured.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn is_being_erased(
        &self,
        aggregate_type: &str,
        id: &str,
    ) -> Result<Option<bool>, StoreError> {
        Ok(Some(match aggregate_type {
            Project::TYPE => self.is_erased::<Project>(id).await?,
            Secret::TYPE => self.is_erased::<Secret>(id).await?,
            AiProvider::TYPE => self.is_erased::<AiProvider>(id).await?,
            Policy::TYPE => self.is_erased::<Policy>(id).await?,
            Chat::TYPE => self.is_erased::<Chat>(id).await?,
            Document::TYPE => self.is_erased::<Document>(id).await?,
            RagSession::TYPE => self.is_erased::<RagSession>(id).await?,
            Ingest::TYPE => self.is_erased::<Ingest>(id).await?,
            Webhook::TYPE => self.is_erased::<Webhook>(id).await?,
            _ => return Ok(None),
        }))
    }

    async fn is_erased<A: Erasable>(&self, id: &str) -> Result<bool, StoreError> {
        let (thing, _) = self.0.store.load::<A>(id).await?;
        Ok(thing.is_being_erased())
    }

    /// Notes what was destroyed of a deleted thing.
    ///
    /// # Errors
    /// When it is not deleted, or the log cannot be reached.
    pub async fn confirm_erasure(
        &self,
        aggregate_type: &str,
        id: &str,
        receipt: Vec<Destroyed>,
    ) -> Result<u64, ConfigurationError> {
        match aggregate_type {
            Project::TYPE => self.confirm::<Project>(id, receipt).await,
            Secret::TYPE => self.confirm::<Secret>(id, receipt).await,
            AiProvider::TYPE => self.confirm::<AiProvider>(id, receipt).await,
            Policy::TYPE => self.confirm::<Policy>(id, receipt).await,
            Chat::TYPE => self.confirm::<Chat>(id, receipt).await,
            Document::TYPE => self.confirm::<Document>(id, receipt).await,
            RagSession::TYPE => self.confirm::<RagSession>(id, receipt).await,
            Ingest::TYPE => self.confirm::<Ingest>(id, receipt).await,
            Webhook::TYPE => self.confirm::<Webhook>(id, receipt).await,
            _ => Err(ConfigurationError::Unknown),
        }
    }

    async fn confirm<A: Erasable>(
        &self,
        id: &str,
        receipt: Vec<Destroyed>,
    ) -> Result<u64, ConfigurationError> {
        let change = Change::<A>::of(A::confirm_erasure(receipt));
        let made = self.0.make(id, change).await;
        made.map_err(|unchanged| {
            unmade(unchanged, |refusal| {
                ConfigurationError::Fault(refusal.to_string())
            })
        })
    }
}

fn unmade<R>(
    unchanged: Unchanged<R>,
    refused: impl FnOnce(R) -> ConfigurationError,
) -> ConfigurationError {
    match unchanged {
        Unchanged::Refused(refusal) => refused(refusal),
        Unchanged::NameTaken => ConfigurationError::Fault("a name is taken".to_owned()),
        Unchanged::OtherRequest => ConfigurationError::OtherRequest,
        Unchanged::Unavailable(reason) => ConfigurationError::Unavailable(reason),
        Unchanged::Fault(reason) => ConfigurationError::Fault(reason),
    }
}
