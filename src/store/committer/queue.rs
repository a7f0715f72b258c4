//! Waiting to be written: slots, requests and their pending outcomes.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use tokio::sync::{mpsc, oneshot};
use tracing::Span;

use super::{
    super::append::{Outcome, Submission},
    Commit, CommitError, Committed, try_id,
};

/// Commits that are decided one on top of the other. When one of them fails, those after it fail too,
/// in whichever batch: their expected sequence could be met by somebody else's events.
#[derive(Clone, Debug, Default)]
pub struct Chain(Arc<AtomicBool>);

/// One commit in the queue.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) submission: Submission,
    chain: Chain,
    reply: oneshot::Sender<Outcome>,
    /// From here to the outcome.
    _span: Span,
}

impl Request {
    /// Whether an earlier commit of its chain has failed.
    pub(super) fn is_orphaned(&self) -> bool {
        self.chain.0.load(Ordering::Relaxed)
    }

    /// Gives back what was committed.
    pub(super) fn answer(self, outcome: Outcome) -> Option<(Submission, Committed)> {
        let committed = outcome.as_ref().ok().copied();
        if committed.is_none() {
            self.chain.0.store(true, Ordering::Relaxed);
        }
        let name = match &outcome {
            Ok(_) => "committed",
            Err(CommitError::Duplicate(_)) => "duplicate",
            Err(CommitError::Conflict { .. }) => "conflict",
            Err(CommitError::PredecessorFailed) => "predecessor_failed",
            Err(CommitError::Reserved { .. }) => "reserved",
            Err(CommitError::Unavailable(_)) => "unavailable",
            Err(CommitError::Unknown(_)) => "unknown",
            Err(CommitError::Rejected(_)) => "rejected",
        };
        metrics::counter!("colloquy_commits_total", "outcome" => name).increment(1);
        // Nobody waits any more: the outcome stands all the same.
        let _ = self.reply.send(outcome);
        Some((self.submission, committed?))
    }
}

/// A place in the queue.
#[derive(Debug)]
pub struct Slot(mpsc::OwnedPermit<Request>);

impl Slot {
    pub(super) fn new(permit: mpsc::OwnedPermit<Request>) -> Self {
        Self(permit)
    }

    /// Hands the commit over. Requests are taken in the order of this call, whatever becomes of the
    /// returned future.
    pub fn submit(self, commit: Commit) -> Pending {
        self.submit_in(&Chain::default(), commit)
    }

    /// As [`Self::submit`], for a commit that was decided on top of those of `chain` before it.
    pub fn submit_in(self, chain: &Chain, commit: Commit) -> Pending {
        let (reply, outcome) = oneshot::channel();
        match commit.check() {
            Ok(()) => {
                let submission = Submission {
                    id: try_id(),
                    commit,
                    sealed: false,
                    clear: vec![],
                    keys: vec![],
                };
                self.0.send(Request {
                    submission,
                    chain: chain.clone(),
                    reply,
                    _span: tracing::debug_span!("commit"),
                });
            }
            Err(fault) => {
                chain.0.store(true, Ordering::Relaxed);
                metrics::counter!("colloquy_commits_total", "outcome" => "rejected").increment(1);
                let _ = reply.send(Err(CommitError::Rejected(fault)));
            }
        }
        Pending(outcome)
    }
}

/// The outcome to come.
#[derive(Debug)]
#[must_use = "the outcome says whether it happened"]
pub struct Pending(oneshot::Receiver<Outcome>);

impl Future for Pending {
    type Output = Result<Committed, CommitError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|received| {
            received.unwrap_or_else(|_| Err(CommitError::Unknown("the committer ended".to_owned())))
        })
    }
}
