//! The log's newest events, as they were before their content was sealed: the projector, who wants every one of them a
//! moment after it was written, need neither read nor open them. It takes each out once. Who needs more, or has come
//! too late, reads the log. A process in which nobody follows the log keeps nothing.

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
    /// Somebody takes them out.
    followed: bool,
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
        if !kept.followed {
            return;
        }
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

    /// Forgets everything: what is erased must not be told, and a database that was away may have come back without its
    /// end.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    /// Takes out what comes right after `position`, if it is here. If it is not, everything else goes, too: its turn comes
    /// when the log has been read, and by then that has it.
    fn take(&self, position: u64, limit: u32) -> Vec<Recorded> {
        let mut kept = self.lock();
        while kept
            .events
            .front()
            .is_some_and(|event| event.position <= position)
        {
            kept.pop();
        }
        kept.followed = true;
        let first = kept.events.front().map(|event| event.position);
        if first.is_some_and(|first| first != position.saturating_add(1)) {
            kept.clear();
        }
        (0..limit).map_while(|_| kept.pop()).collect()
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
        self.events.clear();
        self.bytes = 0;
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
