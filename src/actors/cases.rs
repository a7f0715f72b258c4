//! Where moderators' cases are changed: the head of a case's stream decides who gets it.

use std::{sync::Arc, time::Duration};

use aggregates::{
    MessageId, UserId,
    case::{Case, CaseAction, CaseCommand, CaseRefusal, Flagged},
};
use dashmap::DashSet;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::{
    changes::{Change, Changes, Unchanged},
    messages::Origin,
};
use crate::{
    clock,
    moderation::Moderation,
    store::{Committer, Store},
};

/// Clones are handles of the same thing.
#[derive(Clone)]
pub struct Cases {
    changes: Changes,
    moderation: Moderation,
    effects: Effects,
    /// Those that somebody on this node is about to take from the queue.
    taking: Arc<DashSet<MessageId>>,
    taken: Arc<Notify>,
}

/// While it lives, nobody else on this node tries to take this case from the queue.
pub struct Alone {
    case: MessageId,
    taking: Arc<DashSet<MessageId>>,
    taken: Arc<Notify>,
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.taking.remove(&self.case);
        self.taken.notify_waiters();
    }
}

/// What follows from decisions is done elsewhere: how to hurry it, and how far it is. Clones are handles of the same
/// thing.
#[derive(Clone)]
pub struct Effects {
    wanted: Arc<Notify>,
    reached: watch::Sender<u64>,
}

impl Default for Effects {
    fn default() -> Self {
        Self {
            wanted: Arc::default(),
            reached: watch::Sender::new(0),
        }
    }
}

impl Effects {
    /// Ends when somebody waits for the effect of a decision.
    pub(crate) async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// Decisions up to there have taken effect.
    pub(crate) fn reached(&self, position: u64) {
        self.reached.send_replace(position);
    }
}

/// Why a case was not changed.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] CaseRefusal),
    /// Another request of the same name was faster.
    #[error("a request of this name has asked for something else")]
    OtherRequest,
    /// The log cannot be reached, or others kept changing it; try again.
    #[error("the case cannot be changed at the moment; try again")]
    Unavailable,
    /// A fault of ours.
    #[error("{0}")]
    Fault(String),
}

impl Cases {
    /// Over this log.
    #[must_use]
    pub fn new(
        store: Store,
        committer: Committer,
        moderation: Moderation,
        effects: Effects,
    ) -> Self {
        Self {
            changes: Changes { store, committer },
            moderation,
            effects,
            taking: Arc::default(),
            taken: Arc::default(),
        }
    }

    /// Steps aside for whoever is about to take this case from the queue; `None`: somebody is. It spares tries that
    /// one alone can win; who gets the case is decided in the log.
    #[must_use]
    pub fn alone(&self, case: MessageId) -> Option<Alone> {
        let (taking, taken) = (Arc::clone(&self.taking), Arc::clone(&self.taken));
        let is_alone = taking.insert(case);
        // Made only by who is: when it goes, others may.
        is_alone.then(|| Alone {
            case,
            taking,
            taken,
        })
    }

    /// Waits until nobody on this node is about to take this case, but no longer than this.
    pub async fn is_left(&self, case: MessageId, patience: Duration) {
        let left = async {
            loop {
                let mut taken = std::pin::pin!(self.taken.notified());
                taken.as_mut().enable();
                if !self.taking.contains(&case) {
                    return;
                }
                taken.await;
            }
        };
        // Whoever waits in vain looks again.
        let _ = tokio::time::timeout(patience, left).await;
    }

    /// Waits until what was decided up to a position has taken effect, but no longer than this; whether it has.
    pub async fn have_taken_effect(&self, position: u64, patience: Duration) -> bool {
        let mut reached = self.effects.reached.subscribe();
        self.effects.wanted.notify_one();
        let there = reached.wait_for(|reached| *reached >= position);
        tokio::time::timeout(patience, there)
            .await
            .is_ok_and(|there| there.is_ok())
    }

    /// Carries out a command to the case of a message; the answer is the position from which on reads show it, 0
    /// when nothing had to change.
    ///
    /// # Errors
    /// When the rules refuse it, or the log cannot be reached.
    pub async fn change(
        &self,
        message: MessageId,
        command: CaseCommand,
        origin: Origin,
    ) -> Result<u64, CaseError> {
        let command = CaseCommand {
            action: self.redacted(command.action).await,
            ..command
        };
        let change = Change::of(command).from(origin);
        let made = self
            .changes
            .make::<Case>(&message.to_string(), change)
            .await;
        made.map_err(|unchanged| match unchanged {
            Unchanged::Refused(refusal) => refusal.into(),
            Unchanged::OtherRequest => CaseError::OtherRequest,
            Unchanged::Fault(reason) => CaseError::Fault(reason),
            unchanged => {
                tracing::warn!(?unchanged, "a case could not be changed");
                CaseError::Unavailable
            }
        })
    }

    /// Has nothing more said about a message of an erased conversation. Idempotent.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn erase(&self, case: &str, flagged: Flagged) -> Result<(), CaseError> {
        let command = CaseCommand {
            by: UserId(Uuid::nil()),
            now: 0,
            flagged,
            action: CaseAction::Erase,
        };
        self.change_by_us(case, command).await
    }

    /// Has somebody work on a case no more whose account has ended. Idempotent.
    ///
    /// # Errors
    /// When somebody else has it, or the log cannot be reached.
    pub async fn leave(
        &self,
        case: &str,
        holder: UserId,
        flagged: Flagged,
    ) -> Result<(), CaseError> {
        let command = CaseCommand {
            by: holder,
            now: clock::now_micros(),
            flagged,
            action: CaseAction::Release { steal: false },
        };
        self.change_by_us(case, command).await
    }

    /// What nobody has asked for with a request.
    async fn change_by_us(&self, case: &str, command: CaseCommand) -> Result<(), CaseError> {
        let message = case
            .parse()
            .map_err(|_| CaseError::Fault("a case has no id".into()))?;
        self.change(message, command, Origin::server())
            .await
            .map(drop)
    }

    /// What people write about a case passes moderation as what they write in conversations.
    async fn redacted(&self, action: CaseAction) -> CaseAction {
        match action {
            CaseAction::Report { category, comment } => CaseAction::Report {
                category: self.moderation.redacted(category).await,
                comment: match comment {
                    Some(comment) => Some(self.moderation.redacted(comment).await),
                    None => None,
                },
            },
            CaseAction::Decide {
                decision,
                reason,
                policy,
                restricts,
            } => CaseAction::Decide {
                decision,
                reason: self.moderation.redacted(reason).await,
                policy: match policy {
                    Some(policy) => Some(self.moderation.redacted(policy).await),
                    None => None,
                },
                restricts,
            },
            CaseAction::Overturn { reason, own_too } => CaseAction::Overturn {
                reason: self.moderation.redacted(reason).await,
                own_too,
            },
            CaseAction::Comment { text } => CaseAction::Comment {
                text: self.moderation.redacted(text).await,
            },
            CaseAction::Appeal { text } => CaseAction::Appeal {
                text: self.moderation.redacted(text).await,
            },
            action
            @ (CaseAction::Claim { .. } | CaseAction::Release { .. } | CaseAction::Erase) => action,
        }
    }
}
