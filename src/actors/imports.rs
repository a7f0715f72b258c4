//! Conversations of elsewhere become threads: the same rules decide, moderation judges every text, and the committer makes it
//! durable. No model is asked, and no actor is needed: nobody knows the thread before it is there.
//!
//! All ids are made of what the conversation is called there, so whatever was broken off goes on where it was, and what is
//! whole is not written again. The last event says that it is.

mod past;
mod telling;

use aggregates::{
    ThreadId, UserId,
    thread::{Thread, ThreadCommand, ThreadEvent},
};
use cqrs_es::Aggregate;
use uuid::Uuid;

pub use self::past::{Past, PastAnswer, PastStep, PastText};
use self::telling::Telling;
use super::messages::Origin;
use crate::{
    moderation::Moderation,
    store::{Commit, CommitError, Committer, NewEvent, Store, StoreError},
};

/// Events of one commit; the log takes 64.
const TOGETHER: usize = 60;
/// Bytes of one commit; the log takes 16 MiB.
const MOST: usize = 8 << 20;
/// Events of one read.
const PAGE: u32 = 50;
/// The namespace of references; random, fixed for ever.
const REFERENCES: Uuid = Uuid::from_u128(0x73b2_ce60_4d58_4f0e_8a1d_3b9c_5e27_d018);

/// What became of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is a thread now, or is again whole.
    Imported(ThreadId),
    /// It was imported before; it may have been deleted since.
    Known {
        /// As this.
        thread: ThreadId,
        /// Messages that it has there and had not when it was imported, as far as their times tell.
        newer: usize,
    },
}

/// Why a conversation was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Somebody was faster.
    #[error(
        "an import of it was broken off, and somebody has gone on with it since: it stays as it is"
    )]
    Changed,
    /// An event does not take it.
    #[error("one of its messages has more than 3 MiB")]
    TooLong,
    /// The rules say no, which is a fault of ours.
    #[error("it cannot be told as a conversation: {0}")]
    Refused(String),
    /// The log cannot be reached.
    #[error("the record cannot be written at the moment: {0}")]
    Unavailable(String),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// Where conversations are imported.
#[derive(Clone)]
pub struct Imports {
    store: Store,
    committer: Committer,
    moderation: Moderation,
}

impl Imports {
    /// Over this log.
    #[must_use]
    pub fn new(store: Store, committer: Committer, moderation: Moderation) -> Self {
        Self {
            store,
            committer,
            moderation,
        }
    }

    /// Makes it a thread of this user, unless it is one.
    ///
    /// # Errors
    /// When the log cannot be reached, or takes no part of it. What was written of it is gone on with the next time.
    pub async fn take(&self, owner: UserId, past: Past) -> Result<Arrival, ImportError> {
        let hash = Uuid::new_v5(&REFERENCES, past.id.as_bytes()).simple();
        let name = format!("{owner}:{}:{hash}", past.source);
        let thread = ThreadId::named(&name);
        let (there, sequence) = self.store.load::<Thread>(&thread.to_string()).await?;
        if there.is_imported() {
            let newer = self.newer(thread, &past).await?;
            return Ok(Arrival::Known { thread, newer });
        }
        let mut telling = Telling::new(&self.moderation, thread, &past);
        telling.open(owner, name, past.name.clone()).await?;
        // What is there of it is recognised by the state it leads to.
        let mut done = (sequence == 0).then_some(0);
        let mut batches = Batches::default();
        for step in past.steps.iter().map(Some).chain([None]) {
            match step {
                Some(step) => telling.tell(step).await?,
                None => {
                    if past.archived {
                        telling.carry_out(ThreadCommand::Archive)?;
                    }
                    telling.carry_out(ThreadCommand::NoteImport(telling.imported(&past)))?;
                }
            }
            let events = std::mem::take(&mut telling.events);
            if done.is_some() {
                batches.add(&events)?;
            } else if telling.state == there {
                done = Some(sequence);
            }
        }
        let mut expected = done.ok_or(ImportError::Changed)?;
        for events in batches.0 {
            expected = self.commit(thread, owner, expected, events.0).await?;
        }
        Ok(Arrival::Imported(thread))
    }

    /// Messages that were written at other times than those that were imported.
    async fn newer(&self, thread: ThreadId, past: &Past) -> Result<usize, StoreError> {
        let (id, mut before) = (thread.to_string(), u64::MAX);
        loop {
            let store = &self.store;
            let page = store.read_back(Thread::TYPE, &id, before, PAGE).await?;
            let Some(first) = page.last() else {
                return Ok(0);
            };
            before = first.sequence;
            for recorded in &page {
                if let Ok(ThreadEvent::Imported(imported)) = serde_json::from_str(&recorded.payload)
                {
                    let mut times = past.times();
                    for written in &imported.written {
                        times.remove(&written.at);
                    }
                    return Ok(times.len());
                }
            }
        }
    }

    async fn commit(
        &self,
        thread: ThreadId,
        owner: UserId,
        expected: u64,
        events: Vec<NewEvent>,
    ) -> Result<u64, ImportError> {
        let next = expected + events.len() as u64;
        let commit = Commit {
            command_id: Uuid::new_v5(&thread.0, format!("import {expected}").as_bytes()),
            fingerprint: None,
            aggregate_type: Thread::TYPE,
            aggregate_id: thread.to_string(),
            expected,
            epoch: 0,
            events,
            metadata: Origin::user(owner).metadata(),
            reserve: vec![],
            release: vec![],
            turns: vec![],
        };
        match self.committer.commit(commit).await {
            Ok(_) => Ok(next),
            Err(
                CommitError::Conflict { .. }
                | CommitError::PredecessorFailed
                | CommitError::Duplicate(_),
            ) => Err(ImportError::Changed),
            Err(CommitError::Rejected(reason)) => Err(ImportError::Refused(reason)),
            Err(error) => Err(ImportError::Unavailable(error.to_string())),
        }
    }
}

/// Events that are written together; no commit ends in the middle of an answer.
#[derive(Default)]
struct Batches(Vec<(Vec<NewEvent>, usize)>);

impl Batches {
    fn add(&mut self, events: &[ThreadEvent]) -> Result<(), ImportError> {
        let events = events.iter().map(NewEvent::of);
        let events: Vec<NewEvent> = events.collect::<Result<_, StoreError>>()?;
        let size = events.iter().map(|event| event.payload.len()).sum();
        match self.0.last_mut() {
            Some((last, bytes))
                if last.len() + events.len() <= TOGETHER && *bytes + size <= MOST =>
            {
                last.extend(events);
                *bytes += size;
            }
            _ => self.0.push((events, size)),
        }
        Ok(())
    }
}
