//! Asking for erasures from the command line: by what receipts say (the sort of thing, and which one), or of a thread.

use aggregates::{
    Configured, SecretId, ThreadId, UserId,
    ai_provider::{AiProvider, AiProviderCommand},
    chat::Chat,
    document::Document,
    ingest::Ingest,
    policy::Policy,
    project::Project,
    rag_session::{RagSession, RagSessionEvent},
    secret::Secret,
    thread::{Thread, ThreadCommand},
    user::User,
    webhook::Webhook,
};
use cqrs_es::Aggregate;

use super::{
    AccountError, Accounts, Configuration, ConfigurationError, Ingests, Origin, RagSessions,
    changes::{Change, Changes},
};
use crate::store::{Committer, Store, StoreError};

/// What says that there is a provider.
const MADE: &str = "ai_provider.created";
/// Events that are read at a time.
const PAGE: u32 = 256;

/// Where they are asked for. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Erasures {
    changes: Changes,
    accounts: Accounts,
    configuration: Configuration,
    sessions: RagSessions,
    ingests: Ingests,
}

/// What becomes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It is carried out, or has just been.
    UnderWay,
    /// A legal hold comes first.
    Held,
    /// All of it is erased.
    Nothing,
}

/// Nothing of this sort is ever erased.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a sort of thing that is erased")]
pub struct UnknownKind(pub String);

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Erasures {
    /// Over this log.
    #[must_use]
    pub fn new(store: Store, committer: Committer, ingests: Ingests) -> Self {
        Self {
            changes: Changes {
                store: store.clone(),
                committer: committer.clone(),
            },
            accounts: Accounts::new(store.clone(), committer.clone()),
            configuration: Configuration::new(store.clone(), committer.clone()),
            sessions: RagSessions::new(store, committer),
            ingests,
        }
    }

    /// Has a thing erased, as its owner would; `false`: it is not there, or it was asked for before.
    ///
    /// # Errors
    /// When the log cannot be reached, or nothing of this sort is ever erased.
    pub async fn request(&self, of: &str, id: &str) -> Result<bool, Failure> {
        let position = match of {
            Thread::TYPE => {
                let change = Change::<Thread>::of(ThreadCommand::RequestErasure);
                let made = self.changes.make(id, change).await;
                made.map_err(|unchanged| format!("thread {id}: {unchanged:?}"))?
            }
            User::TYPE => match self.accounts.delete(id.parse()?, Origin::server()).await {
                Err(AccountError::Gone) => 0,
                deleted => deleted?,
            },
            Ingest::TYPE => self.ingests.delete(id.parse()?, Origin::server()).await?,
            RagSession::TYPE => self.sessions.delete(id.parse()?, Origin::server()).await?,
            Project::TYPE => self.delete::<Project>(id).await?,
            Secret::TYPE => {
                self.take_from_all(&id.parse()?).await?;
                self.delete::<Secret>(id).await?
            }
            AiProvider::TYPE => self.delete::<AiProvider>(id).await?,
            Policy::TYPE => self.delete::<Policy>(id).await?,
            Chat::TYPE => self.delete::<Chat>(id).await?,
            Document::TYPE => self.delete::<Document>(id).await?,
            Webhook::TYPE => self.delete::<Webhook>(id).await?,
            of => return Err(UnknownKind(of.to_owned()).into()),
        };
        Ok(position > 0)
    }

    /// Has somebody else's thread erased, and says who ordered it and why.
    ///
    /// # Errors
    /// When the log cannot be reached, or there never was such a thread.
    pub async fn order(
        &self,
        thread: ThreadId,
        by: UserId,
        reason: String,
    ) -> Result<Ordered, Failure> {
        let id = thread.to_string();
        let store = &self.changes.store;
        if store.last_sequence(Thread::TYPE, &id).await? == 0 {
            return Err(format!("there is no thread {id}").into());
        }
        let change = Change::<Thread>::of(ThreadCommand::OrderErasure { by, reason });
        let made = self.changes.make(&id, change).await;
        let position = made.map_err(|unchanged| format!("thread {id}: {unchanged:?}"))?;
        let (state, _) = store.load::<Thread>(&id).await?;
        let owners = state.former_owners().iter().map(ToString::to_string);
        let held_by: Vec<String> = owners.chain([id]).collect();
        Ok(if !state.is_being_erased() && position == 0 {
            Ordered::Nothing
        } else if state.is_being_erased() && store.is_held(&held_by).await? {
            Ordered::Held
        } else {
            Ordered::UnderWay
        })
    }

    /// Has every provider let this secret go, as whoever deletes it by force does.
    async fn take_from_all(&self, secret: &SecretId) -> Result<(), Failure> {
        let mut after = 0;
        loop {
            let store = &self.changes.store;
            let page = store.read_named_after(&[MADE], after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.position;
            for provider in page.iter().map(|made| &made.aggregate_id) {
                let command = AiProviderCommand::TakeAway(secret.clone());
                let taken =
                    self.configuration
                        .execute::<AiProvider>(provider, command, Origin::server());
                match taken.await {
                    // A provider that has ended has it no more.
                    Ok(_) | Err(ConfigurationError::Unknown) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }

    async fn delete<A: Configured>(&self, id: &str) -> Result<u64, ConfigurationError> {
        match self.configuration.delete::<A>(id, Origin::server()).await {
            Err(ConfigurationError::Unknown) => Ok(0),
            deleted => deleted,
        }
    }
}

/// Whose a document or a session is, which have no holds of their own: they are held when their owner is.
///
/// # Errors
/// When the database does not answer.
pub async fn owner_of(store: &Store, of: &str, id: &str) -> Result<Option<UserId>, StoreError> {
    if of == Ingest::TYPE {
        return Ok(store.load::<Ingest>(id).await?.0.owner());
    }
    let first = store.read_stream(RagSession::TYPE, id, 0, 1).await?;
    let opened = first
        .first()
        .map(|event| serde_json::from_str(&event.payload));
    Ok(match opened {
        Some(Ok(RagSessionEvent::Opened(opened))) => Some(opened.owner),
        _ => None,
    })
}
