//! The policy of moderation that is in force for all servers of this record: putting one in force, and going by it.

use std::time::Duration;

use aggregates::{
    UserId,
    moderation_policy::{
        ModerationPolicy, ModerationPolicyCommand, ModerationPolicyEvent, ModerationPolicyRefusal,
    },
};
use cqrs_es::Aggregate;
use tokio::time::{MissedTickBehavior, interval};

use super::{
    changes::{Change, Changes, Unchanged},
    messages::Origin,
};
use crate::{
    moderation::Moderation,
    shutdown::Shutdown,
    store::{Committer, Store, StoreError},
};

/// How often a server looks whether another policy is in force. Views take longer than that to be believed stale, so
/// whoever waits for accounts to be seen has waited for this, too.
const LOOK: Duration = Duration::from_millis(400);
/// A sequence that its stream does not reach.
const LAST: u64 = 1 << 60;

/// Where it is changed. Clones are handles of the same thing.
#[derive(Clone)]
pub struct HousePolicy(Changes);

/// The one that is in force, or that none is any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Where the log says so.
    pub position: u64,
    /// When that was, in microseconds since 1970.
    pub recorded_at: i64,
    /// What has happened.
    pub event: ModerationPolicyEvent,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum HousePolicyError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] ModerationPolicyRefusal),
    /// The log cannot be reached, or says what this program cannot read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The same, when it was to be written.
    #[error("the record cannot be written at the moment: {0}")]
    Unavailable(String),
}

impl HousePolicy {
    /// Over this log.
    #[must_use]
    pub fn new(store: Store, committer: Committer) -> Self {
        Self(Changes { store, committer })
    }

    /// Puts a policy in force; the answer is the position from which on it counts, 0 when it did before.
    ///
    /// # Errors
    /// When the rules refuse it, or the log cannot be reached.
    pub async fn apply(
        &self,
        version: &str,
        text: &str,
        by: UserId,
    ) -> Result<u64, HousePolicyError> {
        let command = ModerationPolicyCommand::Apply {
            by,
            version: version.to_owned(),
            text: text.to_owned(),
        };
        self.change(command, by).await
    }

    /// Lets every server's own count again; the answer is the position from which on they do, 0 when they did before.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn withdraw(&self, by: UserId) -> Result<u64, HousePolicyError> {
        self.change(ModerationPolicyCommand::Withdraw { by }, by)
            .await
    }

    async fn change(
        &self,
        command: ModerationPolicyCommand,
        by: UserId,
    ) -> Result<u64, HousePolicyError> {
        let change = Change::<ModerationPolicy>::of(command).from(Origin::user(by));
        let made = self.0.make(ModerationPolicy::ID, change).await;
        made.map_err(|unchanged| match unchanged {
            Unchanged::Refused(refusal) => refusal.into(),
            Unchanged::Unavailable(reason) | Unchanged::Fault(reason) => {
                HousePolicyError::Unavailable(reason)
            }
            Unchanged::NameTaken | Unchanged::OtherRequest => {
                HousePolicyError::Unavailable("another request was faster".to_owned())
            }
        })
    }

    /// What was said last; `None`: nothing was ever.
    ///
    /// # Errors
    /// When the log cannot be reached, or says what this program cannot read.
    pub async fn last(&self) -> Result<Option<InForce>, StoreError> {
        let (of, id) = (ModerationPolicy::TYPE, ModerationPolicy::ID);
        let last = self.0.store.read_back(of, id, LAST, 1).await?;
        let Some(recorded) = last.first() else {
            return Ok(None);
        };
        let event = serde_json::from_str(&recorded.payload).map_err(|error| {
            StoreError::Unreadable(format!("{of} at {}: {error}", recorded.position))
        })?;
        Ok(Some(InForce {
            position: recorded.position,
            recorded_at: recorded.recorded_at,
            event,
        }))
    }

    /// Has `moderation` go by what is said after this position, until the process ends.
    pub async fn follow(self, moderation: Moderation, mut known: u64, shutdown: Shutdown) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_told = false;
        loop {
            tokio::select! {
                () = shutdown.token().cancelled() => return,
                _ = looks.tick() => {}
            }
            let last = match self.last().await {
                Ok(Some(last)) if last.position > known => last,
                Ok(_) => continue,
                Err(error) => {
                    if !is_told {
                        tracing::warn!(%error, "which policy of moderation is in force cannot be read; looking again");
                    }
                    is_told = true;
                    continue;
                }
            };
            match moderation.go_by(last.text()) {
                Ok(()) => {
                    (known, is_told) = (last.position, false);
                    tracing::info!(
                        policy = moderation.version(),
                        position = known,
                        "another policy of moderation is in force"
                    );
                }
                Err(error) => {
                    if !is_told {
                        tracing::error!(
                            %error,
                            position = last.position,
                            "the policy of moderation stays as it was; trying again"
                        );
                    }
                    is_told = true;
                }
            }
        }
    }
}

impl InForce {
    /// What the policy in force says; `None`: none is.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.event {
            ModerationPolicyEvent::Applied { text, .. } => Some(text),
            ModerationPolicyEvent::Withdrawn { .. } => None,
        }
    }
}
