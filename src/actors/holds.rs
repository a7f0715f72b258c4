//! Legal holds. They are committed beside the actors of threads, which meet them in the log; what keeps the contents is
//! the name that each takes there, see [`Store::hold`].

use aggregates::{
    Decide, HoldId, ThreadId, UserId,
    hold::{Hold, HoldRefusal, Release},
    thread::{Refusal, Thread, ThreadCommand},
    user::{User, UserCommand, UserRefusal},
};
use cqrs_es::Aggregate;

use super::{
    changes::{Change, Changes, Unchanged},
    messages::Origin,
};
use crate::store::{Committer, Reservation, Store, StoreError};

/// Where holds are laid and released. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Holds(Changes);

/// What a hold is laid on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// A conversation.
    Thread(ThreadId),
    /// A user, with everything of theirs, and what they will write.
    User(UserId),
}

/// Why a hold was not laid, or not released.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] HoldRefusal),
    /// The request's name was used for something else.
    #[error("a request of this name has asked for something else")]
    OtherRequest,
    /// The log cannot be reached; try again.
    #[error("the record cannot be written at the moment; try again")]
    Unavailable,
    /// A fault of ours.
    #[error("the record refused this: {0}")]
    Fault(String),
}

impl From<StoreError> for HoldError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "holds could not be read");
        Self::Unavailable
    }
}

impl Holds {
    /// Over this log.
    #[must_use]
    pub fn new(store: Store, committer: Committer) -> Self {
        Self(Changes { store, committer })
    }

    /// Lays one; from this answer on nothing that it keeps is destroyed. The answer is the position from which on reads
    /// show it.
    ///
    /// # Errors
    /// When there is nothing that it could keep, or the log cannot be reached.
    pub async fn lay(&self, on: Held, hold: Hold, origin: Origin) -> Result<u64, HoldError> {
        let id = hold.hold;
        match on {
            Held::Thread(thread) => {
                let change = Change {
                    reserve: vec![name::<Thread>(id)],
                    ..Change::<Thread>::of(ThreadCommand::Hold(hold)).from(origin)
                };
                self.make(&thread.to_string(), change).await
            }
            Held::User(user) => {
                let change = Change {
                    reserve: vec![name::<User>(id)],
                    ..Change::<User>::of(UserCommand::Hold(hold)).from(origin)
                };
                self.make(&user.to_string(), change).await
            }
        }
    }

    /// Releases one. The answer is the position from which on reads show it.
    ///
    /// # Errors
    /// When there is no such hold, or no more, or the log cannot be reached.
    pub async fn release(&self, release: Release, origin: Origin) -> Result<u64, HoldError> {
        let id = release.hold;
        if let Some(thread) = self.held::<Thread>(id).await? {
            let change = Change {
                release: vec![name::<Thread>(id)],
                ..Change::<Thread>::of(ThreadCommand::ReleaseHold(release)).from(origin)
            };
            return self.make(&thread, change).await;
        }
        if let Some(user) = self.held::<User>(id).await? {
            let change = Change {
                release: vec![name::<User>(id)],
                ..Change::<User>::of(UserCommand::ReleaseHold(release)).from(origin)
            };
            return self.make(&user, change).await;
        }
        Err(HoldRefusal::Unknown.into())
    }

    /// What this hold is laid on, if that is an `A`.
    async fn held<A: Aggregate>(&self, hold: HoldId) -> Result<Option<String>, StoreError> {
        let Reservation { kind, key } = name::<A>(hold);
        self.0.store.reservation(kind, &key).await
    }

    async fn make<A>(&self, id: &str, change: Change<A>) -> Result<u64, HoldError>
    where
        A: Decide,
        A::Command: Clone,
        A::Error: Into<HoldError>,
    {
        let made = self.0.make(id, change).await;
        made.map_err(|unchanged| match unchanged {
            Unchanged::Refused(refusal) => refusal.into(),
            Unchanged::OtherRequest => HoldError::OtherRequest,
            Unchanged::Fault(reason) => HoldError::Fault(reason),
            unchanged => {
                tracing::warn!(?unchanged, "a hold could not be recorded");
                HoldError::Unavailable
            }
        })
    }
}

fn name<A: Aggregate>(hold: HoldId) -> Reservation {
    Store::hold(A::TYPE, hold.0)
}

impl From<Refusal> for HoldError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Hold(refusal) => Self::Refused(refusal),
            other => Self::Fault(other.to_string()),
        }
    }
}

impl From<UserRefusal> for HoldError {
    fn from(refusal: UserRefusal) -> Self {
        match refusal {
            UserRefusal::Hold(refusal) => Self::Refused(refusal),
            other => Self::Fault(other.to_string()),
        }
    }
}
