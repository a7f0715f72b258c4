//! Events as read from the log, each payload parsed once.

use std::sync::Arc;

use projections::{Event, Recorded};

use crate::store::{self, Store, StoreError};

/// Consecutive events.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// All of them, in order; one that cannot be parsed is [`Event::Other`].
    pub(super) events: Vec<Arc<Recorded>>,
    /// Their stored names, in the same order.
    names: Vec<String>,
    /// Those that cannot be parsed, and why.
    pub(super) unreadable: Vec<(u64, String)>,
}

impl Read {
    /// What comes after `position`, at most `limit` events; see [`Store::read_news`].
    pub(super) async fn news(store: &Store, position: u64, limit: u32) -> Result<Self, StoreError> {
        Ok(Self::parse(store.read_news(position, limit).await?))
    }

    /// The first `limit` events after `position`.
    pub(super) async fn after(
        store: &Store,
        position: u64,
        limit: u32,
    ) -> Result<Self, StoreError> {
        Ok(Self::parse(store.read_after(position, limit).await?))
    }

    /// They are what comes after `position`.
    pub(super) fn begins_after(&self, position: u64) -> bool {
        self.events
            .first()
            .is_some_and(|event| event.position == position.saturating_add(1))
    }

    /// Nothing of what comes after `position`.
    pub(super) fn end_at(&mut self, position: u64) {
        let events = self
            .events
            .partition_point(|event| event.position <= position);
        self.events.truncate(events);
        self.names.truncate(events);
        self.unreadable.retain(|(at, _)| *at <= position);
    }

    fn parse(stored: Vec<store::Recorded>) -> Self {
        let mut read = Self {
            events: Vec::with_capacity(stored.len()),
            names: Vec::with_capacity(stored.len()),
            unreadable: Vec::new(),
        };
        for stored in stored {
            let event = Event::parse(&stored.aggregate_type, &stored.payload);
            read.events.push(Arc::new(Recorded {
                position: stored.position,
                recorded_at: stored.recorded_at,
                aggregate_id: stored.aggregate_id,
                sequence: stored.sequence,
                event: event.unwrap_or_else(|error| {
                    // The parser's own words may quote what people wrote.
                    let reason = format!(
                        "not an event that this version knows ({:?} error at column {})",
                        error.classify(),
                        error.column()
                    );
                    read.unreadable.push((stored.position, reason));
                    Event::Other
                }),
            }));
            read.names.push(stored.event_type);
        }
        read
    }

    /// Those after `position`.
    pub(super) fn after_position(events: &[Arc<Recorded>], position: u64) -> &[Arc<Recorded>] {
        let first = events.partition_point(|event| event.position <= position);
        events.get(first..).unwrap_or(&[])
    }

    /// The stored name of the event at this position.
    pub(super) fn name(&self, position: u64) -> &str {
        let at = self
            .events
            .binary_search_by_key(&position, |event| event.position);
        at.ok()
            .and_then(|at| self.names.get(at))
            .map_or("", String::as_str)
    }

    /// Accounts, keys or what is configured are among what they are about.
    pub(super) fn changes_directory(&self) -> bool {
        self.events
            .iter()
            .any(|event| event.event.is_of_the_directory())
    }
}
