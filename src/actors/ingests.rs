//! Documents on their way into sessions. Each is looked through by a task of its own, a few at a time, and every step is
//! an event; one that was broken off is gone on with by whoever finds it.

mod work;

use std::{collections::HashSet, sync::Arc};

use aggregates::{
    IngestId, RagSessionId,
    ingest::{
        Ingest, IngestAnnounced, IngestCommand, IngestEvent, IngestReceived, IngestRefusal,
        IngestRequested,
    },
    thread::Attachment,
};
use cqrs_es::Aggregate;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

use super::{
    changes::{Change, Changes, Unchanged},
    messages::Origin,
};
use crate::{
    ingestion::Ingestion,
    providers::VectorModel,
    shutdown::Shutdown,
    store::{Committer, Reservation, Store, StoreError, TurnChange},
};

/// The sort of name that a session's document is reserved under: the same bytes go into it once.
const KIND: &str = "ingest";
/// Events of a document that are read at a time: those before its passages.
const BEGINNING: u32 = 3;

/// Where documents are taken in. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Ingests(Arc<Inner>);

struct Inner {
    changes: Changes,
    ingestion: Ingestion,
    /// Who makes vectors of passages, if anybody does.
    vectors: Option<VectorModel>,
    shutdown: Shutdown,
    /// This run of this node, which looks through what it took in.
    boot: Uuid,
    /// What is being looked through here.
    running: Mutex<HashSet<IngestId>>,
}

/// Why a document was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] IngestRefusal),
    /// Its bytes were swept out before anybody asked for it.
    #[error("this upload is too old: upload the file again")]
    Swept,
    /// The log cannot be reached; try again.
    #[error("the record cannot be written at the moment; try again")]
    Unavailable,
    /// A fault of ours.
    #[error("the record refused this: {0}")]
    Fault(String),
}

impl From<StoreError> for IngestError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "a document could not be read");
        Self::Unavailable
    }
}

impl From<Unchanged<IngestRefusal>> for IngestError {
    fn from(unchanged: Unchanged<IngestRefusal>) -> Self {
        match unchanged {
            Unchanged::Refused(refusal) => Self::Refused(refusal),
            Unchanged::Fault(reason) => Self::Fault(reason),
            unchanged => {
                tracing::warn!(?unchanged, "a document could not be recorded");
                Self::Unavailable
            }
        }
    }
}

/// A document that is durable.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Which: an earlier one of the same bytes, where the session has it.
    pub ingest: IngestId,
    /// From which on reads show it; 0 when it was there.
    pub position: u64,
}

impl Ingests {
    /// Over this log.
    #[must_use]
    pub fn new(
        store: Store,
        committer: Committer,
        ingestion: Ingestion,
        vectors: Option<VectorModel>,
        boot: Uuid,
        shutdown: Shutdown,
    ) -> Self {
        Self(Arc::new(Inner {
            changes: Changes { store, committer },
            ingestion,
            vectors,
            shutdown,
            boot,
            running: Mutex::default(),
        }))
    }

    /// Notes that somebody wants to send a document.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn announce(
        &self,
        announced: IngestAnnounced,
        origin: Origin,
    ) -> Result<u64, IngestError> {
        let id = announced.ingest.to_string();
        let change = Change::<Ingest>::of(IngestCommand::Announce(announced)).from(origin);
        Ok(self.0.changes.make(&id, change).await?)
    }

    /// Keeps a piece of a document; durable when this returns. What no document comes to name is swept out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keep(&self, mime: &str, piece: &[u8]) -> Result<Attachment, IngestError> {
        Ok(self.store().keep_blob(mime, piece).await?)
    }

    /// Throws pieces away that no document names.
    pub async fn discard(&self, pieces: &[Attachment]) {
        for piece in pieces {
            if let Err(error) = self.store().discard_blob(piece.blob).await {
                tracing::warn!(%error, "a piece that nobody needs is left to be swept out");
            }
        }
    }

    /// Notes that a document's bytes are here.
    ///
    /// # Errors
    /// When they came before, or the log cannot be reached.
    pub async fn receive(
        &self,
        ingest: IngestId,
        received: IngestReceived,
    ) -> Result<u64, IngestError> {
        let change = Change::<Ingest>::of(IngestCommand::Receive(received));
        Ok(self.0.changes.make(&ingest.to_string(), change).await?)
    }

    /// Has a document looked through that was uploaded.
    ///
    /// # Errors
    /// When there is none, or the log cannot be reached.
    pub async fn request(
        &self,
        ingest: IngestId,
        requested: IngestRequested,
        origin: Origin,
    ) -> Result<Taken, IngestError> {
        let (state, sequence) = self.load(ingest).await?;
        let received = self.received(ingest).await?;
        let session = requested.session;
        let command = IngestCommand::Request(requested);
        self.take(
            ingest,
            (state, sequence),
            (command, received),
            session,
            origin,
        )
        .await
    }

    /// Has a document looked through that came with the wish for it.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn submit(
        &self,
        announced: IngestAnnounced,
        received: IngestReceived,
        requested: IngestRequested,
        origin: Origin,
    ) -> Result<Taken, IngestError> {
        let (ingest, session) = (announced.ingest, requested.session);
        let command = IngestCommand::Submit(announced, received.clone(), requested);
        let known = (Ingest::default(), 0);
        self.take(ingest, known, (command, Some(received)), session, origin)
            .await
    }

    /// Commits what begins it, and begins.
    async fn take(
        &self,
        ingest: IngestId,
        known: (Ingest, u64),
        (command, received): (IngestCommand, Option<IngestReceived>),
        session: RagSessionId,
        origin: Origin,
    ) -> Result<Taken, IngestError> {
        let received = received.unwrap_or_else(|| IngestReceived {
            pieces: vec![],
            fingerprint: String::new(),
        });
        let content = reservation(session, &received.fingerprint);
        let blobs = received.pieces.iter().map(|piece| Store::claim(piece.blob));
        let change = Change {
            reserve: blobs.chain([content.clone()]).collect(),
            turns: vec![TurnChange::Opened {
                turn: ingest.0,
                thread: ingest.to_string(),
                owner: self.0.boot,
            }],
            ..Change::<Ingest>::of(command).from(origin)
        };
        let id = ingest.to_string();
        match self.0.changes.make_from(&id, Some(known), change).await {
            Ok(made) => {
                if made.position > 0 {
                    self.begin(ingest);
                }
                Ok(Taken {
                    ingest,
                    position: made.position,
                })
            }
            Err(Unchanged::NameTaken) => {
                let earlier = self.store().reservation(KIND, &content.key).await?;
                let earlier = earlier.and_then(|id| id.parse().ok());
                // The bytes are the session's already; or they are gone.
                let ingest = earlier.ok_or(IngestError::Swept)?;
                Ok(Taken {
                    ingest,
                    position: 0,
                })
            }
            Err(unchanged) => Err(unchanged.into()),
        }
    }

    /// Ends a document for ever: what was found in it is destroyed behind the log. The answer is the position from which
    /// on reads show it, 0 when there was none.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn delete(&self, ingest: IngestId, origin: Origin) -> Result<u64, IngestError> {
        let (state, sequence) = self.load(ingest).await?;
        let received = self.received(ingest).await?;
        let content = state.session().zip(received);
        let content = content.map(|(session, it)| reservation(session, &it.fingerprint));
        let change = Change {
            release: content.into_iter().collect(),
            turns: vec![TurnChange::Closed { turn: ingest.0 }],
            ..Change::<Ingest>::of(IngestCommand::Delete).from(origin)
        };
        let (id, known) = (ingest.to_string(), Some((state, sequence)));
        match self.0.changes.make_from(&id, known, change).await {
            Ok(made) => Ok(made.position),
            Err(Unchanged::Refused(IngestRefusal::Unknown)) => Ok(0),
            Err(unchanged) => Err(unchanged.into()),
        }
    }

    /// How far a document is.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn state(&self, ingest: IngestId) -> Result<Ingest, StoreError> {
        Ok(self.load(ingest).await?.0)
    }

    async fn load(&self, ingest: IngestId) -> Result<(Ingest, u64), StoreError> {
        self.store().load::<Ingest>(&ingest.to_string()).await
    }

    /// A document's bytes, where they are.
    async fn received(&self, ingest: IngestId) -> Result<Option<IngestReceived>, StoreError> {
        let id = ingest.to_string();
        let beginning = self
            .store()
            .read_stream(Ingest::TYPE, &id, 0, BEGINNING)
            .await?;
        Ok(beginning
            .iter()
            .find_map(|recorded| match serde_json::from_str(&recorded.payload) {
                Ok(IngestEvent::Received(received)) => Some(received),
                _ => None,
            }))
    }

    fn store(&self) -> &Store {
        &self.0.changes.store
    }

    /// Looks through it here, unless that is being done.
    pub(super) fn begin(&self, ingest: IngestId) {
        if !self.running().insert(ingest) {
            return;
        }
        let ingests = self.clone();
        self.0.shutdown.clone().spawn(async move {
            let token = ingests.0.shutdown.token().clone();
            tokio::select! {
                // The next start goes on with it.
                () = token.cancelled() => {}
                () = work::look_through(&ingests, ingest) => {}
            }
            ingests.running().remove(&ingest);
        });
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashSet<IngestId>> {
        self.0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn reservation(session: RagSessionId, fingerprint: &str) -> Reservation {
    Reservation {
        kind: KIND,
        key: format!("{session}/{fingerprint}"),
    }
}
