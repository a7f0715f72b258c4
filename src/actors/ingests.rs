//! Documents on their way into sessions. Each is looked through by a task of its own, a few at a time, and every step is
//! an event; one that was broken off is gone on with by whoever finds it.

mod uploads;
mod work;

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

use aggregates::{
    IngestId, RagSessionId, UserId,
    ingest::{
        Ingest, IngestAnnounced, IngestCommand, IngestEvent, IngestReceived, IngestRefusal,
        IngestRequested, Stage,
    },
};
use cqrs_es::Aggregate;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    changes::{Change, Changes, Made, Unchanged},
    messages::Origin,
};
use crate::{
    ingestion::Ingestion,
    providers::{VectorModel, VisionModel},
    shutdown::Shutdown,
    store::{Committer, Reservation, Store, StoreError, TurnChange},
};

/// The sort of name that a session's document is reserved under: the same bytes go into it once.
const KIND: &str = "ingest";
/// Tries to find who has the bytes that a session is said to have: that one may fail meanwhile, and give them up.
const LOOKS: u32 = 3;
/// Events of a document that are read at a time: those before its passages.
const BEGINNING: u32 = 3;

/// Where documents are taken in. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Ingests(Arc<Inner>);

struct Inner {
    changes: Changes,
    ingestion: Ingestion,
    models: DocumentModels,
    shutdown: Shutdown,
    /// This run of this node, which looks through what it took in.
    boot: Uuid,
    /// What is being looked through or made vectors of here, and what ends that.
    running: Mutex<HashMap<IngestId, CancellationToken>>,
    /// Whose documents wait here: each has one looked through at a time, so that nobody keeps all others waiting.
    owners: Mutex<HashMap<UserId, Arc<Semaphore>>>,
}

/// Who is asked about documents, where there is somebody.
#[derive(Clone, Default)]
pub struct DocumentModels {
    /// Makes vectors of passages.
    pub vectors: Option<VectorModel>,
    /// Says what is seen in pictures.
    pub vision: Option<VisionModel>,
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
    /// Another request of the same name was faster.
    #[error("a request of this name has asked for something else")]
    OtherRequest,
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
            Unchanged::OtherRequest => Self::OtherRequest,
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
    /// Which: an earlier one of the same bytes, where the session has it, or of the same request.
    pub ingest: IngestId,
    /// From which on reads show it; 0 when it was there.
    pub position: u64,
}

impl Taken {
    /// What has come of a document's first events: the same request may have been faster, with a document of its own.
    fn of(ingest: IngestId, made: &Made) -> Result<Self, IngestError> {
        let known = made.id(ingest);
        Ok(Self {
            ingest: known.map_err(|error| IngestError::Fault(error.to_string()))?,
            position: match made.replayed {
                Some(_) => 0,
                None => made.position,
            },
        })
    }
}

impl Ingests {
    /// Over this log.
    #[must_use]
    pub fn new(
        store: Store,
        committer: Committer,
        ingestion: Ingestion,
        models: DocumentModels,
        boot: Uuid,
        shutdown: Shutdown,
    ) -> Self {
        Self(Arc::new(Inner {
            changes: Changes { store, committer },
            ingestion,
            models,
            shutdown,
            boot,
            running: Mutex::default(),
            owners: Mutex::default(),
        }))
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
        let known = self.load(ingest).await?;
        let session = requested.session;
        if let Some(same_as) = known.0.same_as() {
            let same = self.state(same_as).await?;
            let wanted = (Some(session), requested.institution.as_deref());
            if (known.0.session(), same.institution()) != wanted {
                return Err(IngestRefusal::Elsewhere.into());
            }
            self.make_up(same_as, &same);
            return Ok(Taken {
                ingest: same_as,
                position: 0,
            });
        }
        let received = self.received(ingest).await?;
        let received = received.ok_or(match known.0.stage() {
            Stage::Announced => IngestRefusal::Empty,
            _ => IngestRefusal::Unknown,
        })?;
        let content = content(&requested, &received);
        let command = IngestCommand::Request(requested);
        let taken = self.take(ingest, known, command, (received, content), origin);
        let mut taken = self.made_up(taken.await?).await?;
        if taken.ingest != ingest {
            let same_as = taken.ingest;
            let command = IngestCommand::Recognise { session, same_as };
            let change = Change::<Ingest>::of(command);
            taken.position = self.0.changes.make(&ingest.to_string(), change).await?;
        }
        Ok(taken)
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
        let (ingest, content) = (announced.ingest, content(&requested, &received));
        let command = IngestCommand::Submit(announced, received.clone(), requested);
        let known = (Ingest::default(), 0);
        let taken = self.take(ingest, known, command, (received, content), origin);
        self.made_up(taken.await?).await
    }

    /// What was there before came again, which is when it gets the vectors that nobody made of it at first.
    async fn made_up(&self, taken: Taken) -> Result<Taken, IngestError> {
        if taken.position == 0 && self.0.models.vectors.is_some() {
            let state = self.state(taken.ingest).await?;
            self.make_up(taken.ingest, &state);
        }
        Ok(taken)
    }

    fn make_up(&self, ingest: IngestId, state: &Ingest) {
        if self.lacks_vectors(state) {
            let ingests = self.clone();
            self.run(ingest, async move {
                work::make_vectors(&ingests, ingest).await;
            });
        }
    }

    /// Whether somebody makes vectors, and this document has fewer of theirs than passages.
    fn lacks_vectors(&self, state: &Ingest) -> bool {
        let model = self.0.models.vectors.as_ref();
        model.is_some_and(|model| state.lacks_vectors_of(model.route()))
    }

    /// Commits what begins it, and begins.
    async fn take(
        &self,
        ingest: IngestId,
        known: (Ingest, u64),
        command: IngestCommand,
        (received, content): (IngestReceived, Reservation),
        origin: Origin,
    ) -> Result<Taken, IngestError> {
        let id = ingest.to_string();
        for _ in 0..LOOKS {
            let blobs = received.pieces.iter().map(|piece| Store::claim(piece.blob));
            let change = Change {
                reserve: blobs.chain([content.clone()]).collect(),
                turns: vec![TurnChange::Opened {
                    turn: ingest.0,
                    thread: id.clone(),
                    owner: self.0.boot,
                }],
                ..Change::<Ingest>::of(command.clone()).from(origin.clone())
            };
            let made = self.0.changes.make_once(&id, Some(known.clone()), change);
            match made.await {
                Ok(made) => {
                    let taken = Taken::of(ingest, &made)?;
                    if taken.position > 0 {
                        self.begin(ingest);
                    }
                    return Ok(taken);
                }
                Err(Unchanged::NameTaken) => {
                    let earlier = self.store().reservation(KIND, &content.key).await?;
                    if let Some(earlier) = earlier.and_then(|id| id.parse().ok()) {
                        return Ok(Taken {
                            ingest: earlier,
                            position: 0,
                        });
                    }
                }
                Err(unchanged) => return Err(unchanged.into()),
            }
        }
        // It was not the document's name that was taken: its bytes are gone.
        Err(IngestError::Swept)
    }

    /// Ends a document for ever: what was found in it is destroyed behind the log. The answer is the position from which
    /// on reads show it, 0 when there was none.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn delete(&self, ingest: IngestId, origin: Origin) -> Result<u64, IngestError> {
        let (state, sequence) = self.load(ingest).await?;
        let received = self.received(ingest).await?;
        let content = received.and_then(|received| kept_as(&state, &received));
        let change = Change {
            release: content.into_iter().collect(),
            turns: vec![TurnChange::Closed { turn: ingest.0 }],
            ..Change::<Ingest>::of(IngestCommand::Delete).from(origin)
        };
        let (id, known) = (ingest.to_string(), Some((state, sequence)));
        match self.0.changes.make_from(&id, known, change).await {
            Ok(made) => {
                // Who looks through it elsewhere sees it at the next step.
                if let Some(work) = self.running().get(&ingest) {
                    work.cancel();
                }
                Ok(made.position)
            }
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

    /// Whether it is being looked through here, or waits for that.
    pub(super) fn runs(&self, ingest: IngestId) -> bool {
        self.running().contains_key(&ingest)
    }

    /// The right to have one of this user's documents looked through.
    fn turn_of(&self, owner: UserId) -> Arc<Semaphore> {
        let mut owners = self.0.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.retain(|_, turn| Arc::strong_count(turn) > 1);
        let one = || Arc::new(Semaphore::new(1));
        Arc::clone(owners.entry(owner).or_insert_with(one))
    }

    fn store(&self) -> &Store {
        &self.0.changes.store
    }

    /// Looks through it here, unless that is being done.
    pub(super) fn begin(&self, ingest: IngestId) {
        let ingests = self.clone();
        self.run(ingest, async move {
            work::look_through(&ingests, ingest).await;
        });
    }

    /// Has this done for a document, unless something is.
    fn run(&self, ingest: IngestId, work: impl Future<Output = ()> + Send + 'static) {
        // The next start goes on with what this one ends.
        let token = self.0.shutdown.token().child_token();
        match self.running().entry(ingest) {
            Entry::Occupied(_) => return,
            Entry::Vacant(place) => place.insert(token.clone()),
        };
        let ingests = self.clone();
        self.0.shutdown.clone().spawn(async move {
            tokio::select! {
                () = token.cancelled() => {}
                () = work => {}
            }
            ingests.running().remove(&ingest);
        });
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<IngestId, CancellationToken>> {
        self.0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the bytes of a document are known again by, in this session and for this institution.
fn content(requested: &IngestRequested, received: &IngestReceived) -> Reservation {
    let institution = requested.institution.as_deref();
    reservation(requested.session, institution, &received.fingerprint)
}

/// The same of a document that was asked for.
fn kept_as(state: &Ingest, received: &IngestReceived) -> Option<Reservation> {
    let session = state.session()?;
    Some(reservation(
        session,
        state.institution(),
        &received.fingerprint,
    ))
}

fn reservation(session: RagSessionId, institution: Option<&str>, fingerprint: &str) -> Reservation {
    Reservation {
        kind: KIND,
        key: format!(
            "{session}/{fingerprint}/{}",
            institution.unwrap_or_default()
        ),
    }
}
