//! Sessions of questions about documents: made at their first use, one for each name of a user.

use aggregates::{
    RagSessionId, UserId,
    rag_session::{
        RagSession, RagSessionCommand, RagSessionEvent, RagSessionOpened, RagSessionRefusal,
    },
};
use cqrs_es::Aggregate;
use uuid::Uuid;

use super::{
    changes::{Change, Changes, Unchanged},
    messages::{CommandError, Origin},
};
use crate::store::{Committer, Reservation, Store};

/// The sort of name that a session is reserved under.
const KIND: &str = "rag_session";
/// Tries to find who has a name that is taken: it may be freed meanwhile.
const LOOKS: u32 = 5;

/// Where they are changed. Clones are handles of the same thing.
#[derive(Clone)]
pub struct RagSessions(Changes);

impl RagSessions {
    /// Over this log.
    #[must_use]
    pub fn new(store: Store, committer: Committer) -> Self {
        Self(Changes { store, committer })
    }

    /// The user's session of this name, made if there is none; with the position from which on reads show it, 0 when it
    /// was there.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn open(
        &self,
        owner: UserId,
        name: &str,
        label: Option<String>,
    ) -> Result<(RagSessionId, u64), CommandError> {
        self.open_as(owner, name, label, Origin::user(owner)).await
    }

    /// The same, as a part of a request that has a name.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn open_as(
        &self,
        owner: UserId,
        name: &str,
        label: Option<String>,
        origin: Origin,
    ) -> Result<(RagSessionId, u64), CommandError> {
        for _ in 0..LOOKS {
            if let Some(session) = self.find(owner, name).await? {
                return Ok((session, 0));
            }
            let session = RagSessionId(Uuid::now_v7());
            let command = RagSessionCommand::Open(RagSessionOpened {
                session,
                owner,
                name: name.to_owned(),
                label: label.clone(),
            });
            let change = Change {
                reserve: vec![reservation(owner, name)],
                ..Change::<RagSession>::of(command).from(origin.clone())
            };
            match self.0.make(&session.to_string(), change).await {
                Ok(position) => return Ok((session, position)),
                Err(Unchanged::NameTaken) => {}
                Err(unchanged) => return Err(unmade(unchanged)),
            }
        }
        Err(CommandError::Unavailable)
    }

    /// The user's session of this name.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn find(
        &self,
        owner: UserId,
        name: &str,
    ) -> Result<Option<RagSessionId>, CommandError> {
        // None has it, and PostgreSQL takes no such text.
        if name.contains('\0') {
            return Ok(None);
        }
        let reserved = reservation(owner, name);
        let taken = self.0.store.reservation(KIND, &reserved.key).await?;
        Ok(taken.and_then(|id| id.parse().ok()))
    }

    /// Labels a session; `None`: there is none of this id.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn rename(
        &self,
        session: RagSessionId,
        label: String,
        origin: Origin,
    ) -> Result<Option<u64>, CommandError> {
        let change = Change::<RagSession>::of(RagSessionCommand::Rename { label });
        let made = self.0.make(&session.to_string(), change.from(origin)).await;
        match made {
            Ok(position) => Ok(Some(position)),
            Err(Unchanged::Refused(RagSessionRefusal::Unknown)) => Ok(None),
            Err(unchanged) => Err(unmade(unchanged)),
        }
    }

    /// Ends a session for ever; its name is free again. What is in it goes behind the log. The answer is the position
    /// from which on reads show it, 0 when there was none.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn delete(&self, session: RagSessionId, origin: Origin) -> Result<u64, CommandError> {
        let id = session.to_string();
        let (state, sequence) = self.0.store.load::<RagSession>(&id).await?;
        if state != RagSession::Open {
            return Ok(0);
        }
        let change = Change {
            release: self.reserved(&id).await?.into_iter().collect(),
            ..Change::<RagSession>::of(RagSessionCommand::Delete).from(origin)
        };
        let made = self.0.make_from(&id, Some((state, sequence)), change).await;
        Ok(made.map_err(unmade)?.position)
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn is_open(&self, session: RagSessionId) -> Result<bool, CommandError> {
        let id = session.to_string();
        let (state, _) = self.0.store.load::<RagSession>(&id).await?;
        Ok(state == RagSession::Open)
    }

    /// The name that a session has. It is sealed in the log, so that the aggregate does not know it.
    async fn reserved(&self, id: &str) -> Result<Option<Reservation>, CommandError> {
        let opened = self.0.store.read_stream(RagSession::TYPE, id, 0, 1).await?;
        let opened = opened
            .first()
            .map(|opened| serde_json::from_str(&opened.payload))
            .transpose()
            .map_err(|_| CommandError::Fault(format!("the session {id} cannot be read")))?;
        Ok(match opened {
            Some(RagSessionEvent::Opened(opened)) => Some(reservation(opened.owner, &opened.name)),
            _ => None,
        })
    }
}

fn reservation(owner: UserId, name: &str) -> Reservation {
    Reservation {
        kind: KIND,
        key: format!("{owner}/{name}"),
    }
}

fn unmade(unchanged: Unchanged<RagSessionRefusal>) -> CommandError {
    match unchanged {
        Unchanged::Fault(reason) => CommandError::Fault(reason),
        Unchanged::Refused(refusal) => CommandError::Fault(refusal.to_string()),
        unchanged => {
            tracing::warn!(?unchanged, "a session could not be changed");
            CommandError::Unavailable
        }
    }
}
