//! The log's newest events, as they were before their content was sealed: the projector, who wants every one of them a
//! moment after it was written, need neither read nor open them. It takes each out once. Who needs more, or has come
//! too late, reads the log.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Committed, Recorded, Store, StoreError, append::Submission, on_either};

/// Events that wait for the projector, at most: of a few appends.
const MOST: usize = 4_096;
/// The same in bytes of payloads and metadata.
const ROOM: usize = 8 << 20;

/// Events of this process that follow one another.
#[derive(Debug, Default)]
pub(super) struct Tail(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<Recorded>,
    bytes: usize,
}

impl Store {
    /// As [`Self::read_after`], for who follows the log: perhaps fewer of them, but at least one if there is one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read_news(&self, position: u64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        let news = self.tail().take(position, limit);
        match news.is_empty() {
            true => self.read_after(position, limit).await,
            false => Ok(news),
        }
    }

    pub(super) fn tail(&self) -> &Tail {
        on_either!(self, database => database.tail())
    }
}

impl Tail {
    /// Keeps what was committed, in the order of the log. What does not follow what is here takes its place.
    pub(super) fn keep(&self, events: impl Iterator<Item = Recorded>) {
        let mut kept = self.lock();
        for event in events {
            let last = kept.events.back().map(|last| last.position);
            if last.is_some_and(|last| last + 1 != event.position) {
                kept.clear();
            }
            kept.bytes += size(&event);
            kept.events.push_back(event);
            while kept.events.len() > MOST || kept.bytes > ROOM {
                kept.pop();
            }
        }
    }

    /// Forgets everything, before what is erased could be told.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    /// Takes out what comes right after `position`, if it is here, and forgets what comes before.
    fn take(&self, position: u64, limit: u32) -> Vec<Recorded> {
        let mut kept = self.lock();
        while kept
            .events
            .front()
            .is_some_and(|event| event.position <= position)
        {
            kept.pop();
        }
        let follows = kept
            .events
            .front()
            .is_some_and(|event| event.position == position + 1);
        let count = if follows { limit as usize } else { 0 };
        (0..count).map_while(|_| kept.pop()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn pop(&mut self) -> Option<Recorded> {
        let first = self.events.pop_front()?;
        self.bytes -= size(&first);
        Some(first)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Submission {
    /// Its events as they can be read now, with their content.
    pub(super) fn recorded(self, done: Committed) -> impl Iterator<Item = Recorded> {
        let Self { commit, clear, .. } = self;
        let mut clear = clear.into_iter();
        let events = commit.events.into_iter().zip(0..);
        events.map(move |(event, nth)| Recorded {
            position: done.first_position + nth,
            recorded_at: done.recorded_at,
            aggregate_type: commit.aggregate_type.to_owned(),
            aggregate_id: commit.aggregate_id.clone(),
            sequence: commit.expected + 1 + nth,
            event_type: event.event_type,
            event_version: event.event_version,
            payload: clear.next().flatten().unwrap_or(event.payload),
            metadata: commit.metadata.clone(),
        })
    }
}

fn size(event: &Recorded) -> usize {
    event.payload.len() + event.metadata.len()
}
