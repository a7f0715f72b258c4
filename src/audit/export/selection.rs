//! Which events are exported.

use std::collections::HashSet;

use aggregates::thread::{Thread, ThreadEvent};
use cqrs_es::Aggregate;
use serde::{Deserialize, Serialize};

use crate::store::{EventFilter, Recorded, Store, StoreError};

/// Events of one read.
const PAGE: u32 = 500;

/// What is wanted; everything, when nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Selection {
    /// One thread, and who was shown it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// The threads of a user, what the user did, and the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Not before this time, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
}

impl Selection {
    /// Whether it takes everything between its first event and its last.
    pub(super) fn is_whole(&self) -> bool {
        self.thread.is_none() && self.user.is_none()
    }
}

/// The selected events, page after page.
pub(super) struct Selected {
    filter: EventFilter,
    user: Option<(String, HashSet<String>)>,
    position: u64,
    last: u64,
}

impl Selected {
    /// Those up to position `last`.
    pub(super) async fn of(
        store: &Store,
        selection: &Selection,
        last: u64,
    ) -> Result<Self, StoreError> {
        let filter = EventFilter {
            thread: selection.thread.clone(),
            from: selection.from,
            to: selection.to,
            ..EventFilter::default()
        };
        let user = match &selection.user {
            None => None,
            Some(user) => Some((user.clone(), threads_of(store, user, last).await?)),
        };
        Ok(Self {
            filter,
            user,
            position: 0,
            last,
        })
    }

    /// How far it is.
    pub(super) fn reached(&self) -> u64 {
        self.position
    }

    /// The next ones; maybe none of a page. `None` at the end.
    pub(super) async fn next(
        &mut self,
        store: &Store,
    ) -> Result<Option<Vec<Recorded>>, StoreError> {
        if self.position >= self.last {
            return Ok(None);
        }
        let page = store
            .trail(&self.filter, self.position, self.last, PAGE)
            .await?;
        self.position = page.reached;
        let mut events = page.events;
        if let Some((user, threads)) = &self.user {
            events.retain(|event| concerns(event, user, threads));
        }
        Ok(Some(events))
    }
}

async fn threads_of(store: &Store, user: &str, last: u64) -> Result<HashSet<String>, StoreError> {
    let mut threads = HashSet::new();
    let mut position = 0;
    loop {
        let page = store
            .read_named_after(&["thread.opened"], position, PAGE)
            .await?;
        let Some(end) = page.last() else {
            return Ok(threads);
        };
        position = end.position;
        for event in page.iter().filter(|event| event.position <= last) {
            if let Ok(ThreadEvent::Opened(opened)) = serde_json::from_str(&event.payload)
                && opened.owner.to_string() == user
            {
                threads.insert(event.aggregate_id.clone());
            }
        }
    }
}

fn concerns(event: &Recorded, user: &str, threads: &HashSet<String>) -> bool {
    let by = || {
        let metadata: serde_json::Value = serde_json::from_str(&event.metadata).unwrap_or_default();
        metadata["by"] == user
    };
    match event.aggregate_type.as_str() {
        Thread::TYPE => threads.contains(&event.aggregate_id) || by(),
        "user" => event.aggregate_id == user || by(),
        _ => {
            by() || threads
                .iter()
                .any(|thread| event.payload.contains(thread.as_str()))
        }
    }
}
