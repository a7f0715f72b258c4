//! What is kept beside the conversations: sessions, readings and quotas.

use std::convert::Infallible;

use aggregates::{
    CompletionId, Decide, SessionId, ThreadId, TurnId, UserId,
    bulk_decision::{BulkDecision, BulkDecisionCommand, BulkOrder},
    export::{Export, ExportCommand, Exported},
    quota::{Quota, QuotaCommand, QuotaLimits},
    reading::{Looked, Reading, ReadingCommand},
    session::{Session, SessionCommand},
    thread::{Sources, Thread, ThreadEvent},
};
use cqrs_es::Aggregate;
use uuid::Uuid;

use super::{
    changes::{Change, Changes, Unchanged},
    context::manifest::{ContextManifest, manifest},
    messages::{CommandError, Origin},
};
use crate::store::{Committer, Store};

/// Threads that one event names at most.
const MOST_THREADS: usize = 1_000;
/// Events that are read at a time, from the last one back.
const PAGE: u32 = 16;
/// A sequence that no thread reaches.
const LAST: u64 = 1 << 60;

/// Where these are changed. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Records(Changes);

impl Records {
    /// Over this log.
    #[must_use]
    pub fn new(store: Store, committer: Committer) -> Self {
        Self(Changes { store, committer })
    }

    /// Makes the user's session, if there is none; the answer is the position from which on reads show it.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn open_session(&self, user: UserId) -> Result<u64, CommandError> {
        let id = SessionId::of(user).to_string();
        self.change::<Session>(id, SessionCommand::Open { user }, user)
            .await
    }

    /// Notes that somebody is about to be shown what others wrote in these threads, and why, where that must be said.
    ///
    /// # Errors
    /// When the log cannot be reached: then nothing may be shown.
    pub async fn note_reading(
        &self,
        reader: UserId,
        what: Looked,
        threads: &[ThreadId],
        reason: Option<&str>,
    ) -> Result<(), CommandError> {
        for threads in threads.chunks(MOST_THREADS) {
            let command = ReadingCommand::Note {
                reader,
                what,
                threads: threads.to_vec(),
                completions: vec![],
                reason: reason.map(str::to_owned),
            };
            self.keep::<Reading>(command, reader).await?;
        }
        Ok(())
    }

    /// The same of questions with their answers that belong to no conversation.
    ///
    /// # Errors
    /// When the log cannot be reached: then nothing may be shown.
    pub async fn note_reading_of(
        &self,
        reader: UserId,
        completions: &[CompletionId],
        reason: Option<&str>,
    ) -> Result<(), CommandError> {
        for completions in completions.chunks(MOST_THREADS) {
            let command = ReadingCommand::Note {
                reader,
                what: Looked::Messages,
                threads: vec![],
                completions: completions.to_vec(),
                reason: reason.map(str::to_owned),
            };
            self.keep::<Reading>(command, reader).await?;
        }
        Ok(())
    }

    /// Keeps which cases one decision is wanted for, under the origin's command; the answer is the position from which on
    /// that is known.
    ///
    /// # Errors
    /// When the log cannot be reached: then none of them may be decided.
    pub async fn note_bulk(
        &self,
        bulk: Uuid,
        order: BulkOrder,
        origin: Origin,
    ) -> Result<u64, CommandError> {
        let change = Change::<BulkDecision>::of(BulkDecisionCommand::Order(order)).from(origin);
        self.make(bulk.to_string(), change).await
    }

    /// What a bulk decision was to decide; `None`: there was never one of this id.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn bulk(&self, bulk: &str) -> Result<Option<BulkOrder>, CommandError> {
        let (bulk, _) = self.0.store.load::<BulkDecision>(bulk).await?;
        Ok(bulk.order)
    }

    /// Notes that a part of the record is about to be exported; an export of this name is noted once.
    ///
    /// # Errors
    /// When the log cannot be reached: then nothing may be exported.
    pub async fn note_export(&self, export: Uuid, exported: Exported) -> Result<u64, CommandError> {
        let by = exported.reader;
        self.change::<Export>(export.to_string(), ExportCommand::Note(exported), by)
            .await
    }

    /// What a model was shown for a reply; `None`: the thread has none of this id.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn context_of(
        &self,
        thread: ThreadId,
        turn: TurnId,
    ) -> Result<Option<ContextManifest>, CommandError> {
        Ok(manifest(&self.0.store, thread, turn).await?)
    }

    /// The passages that a reply rests on; `None`: it has not ended, or was to rest on none.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn sources_of(
        &self,
        thread: ThreadId,
        turn: TurnId,
    ) -> Result<Option<Sources>, CommandError> {
        let (id, mut before) = (thread.to_string(), LAST);
        loop {
            let page = self
                .0
                .store
                .read_back(Thread::TYPE, &id, before, PAGE)
                .await?;
            let Some(oldest) = page.last() else {
                return Ok(None);
            };
            before = oldest.sequence;
            for recorded in &page {
                match serde_json::from_str(&recorded.payload) {
                    Ok(
                        ThreadEvent::ReplyCompleted(end)
                        | ThreadEvent::ReplyStopped(end)
                        | ThreadEvent::ReplyInterrupted(end)
                        | ThreadEvent::ReplyFailed(end),
                    ) if end.turn == turn => return Ok(end.sources),
                    Ok(ThreadEvent::ReplyStarted(started)) if started.turn == turn => {
                        return Ok(None);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Sets how much a user may use; the answer is the position from which on it counts, 0 when that was so before.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn set_quota(
        &self,
        user: UserId,
        limits: QuotaLimits,
        origin: Origin,
    ) -> Result<u64, CommandError> {
        let command = QuotaCommand::Set { user, limits };
        let change = Change::<Quota>::of(command).from(origin);
        self.make(user.to_string(), change).await
    }

    /// Under an id that nothing has yet, so that there is nothing to be loaded.
    async fn keep<A>(&self, command: A::Command, by: UserId) -> Result<(), CommandError>
    where
        A: Decide<Error = Infallible>,
        A::Command: Clone,
    {
        let (id, nothing) = (Uuid::now_v7().to_string(), Some((A::default(), 0)));
        let change = Change::<A>::of(command).from(Origin::user(by));
        let made = self.0.make_once(&id, nothing, change).await;
        kept(made).map(drop)
    }

    async fn change<A>(
        &self,
        id: String,
        command: A::Command,
        by: UserId,
    ) -> Result<u64, CommandError>
    where
        A: Decide<Error = Infallible>,
        A::Command: Clone,
    {
        self.make(id, Change::<A>::of(command).from(Origin::user(by)))
            .await
    }

    async fn make<A>(&self, id: String, change: Change<A>) -> Result<u64, CommandError>
    where
        A: Decide<Error = Infallible>,
        A::Command: Clone,
    {
        kept(self.0.make::<A>(&id, change).await)
    }
}

fn kept<T>(made: Result<T, Unchanged<Infallible>>) -> Result<T, CommandError> {
    made.map_err(|unchanged| match unchanged {
        Unchanged::Refused(never) => match never {},
        Unchanged::Fault(reason) => CommandError::Fault(reason),
        unchanged => {
            tracing::warn!(?unchanged, "a record could not be kept");
            CommandError::Unavailable
        }
    })
}
