//! Which events are exported.

use std::collections::HashSet;

use aggregates::{
    case::{CaseEvent, SaidIn},
    completion::{Completion, CompletionEvent},
    thread::{Thread, ThreadEvent},
    verdict::Verdict,
};
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
    /// The threads and completions in which detectors or people have flagged something, and what was done about it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flagged: bool,
    /// Not before this time, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
}

impl Selection {
    /// Whether nothing is left out.
    pub(super) fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it takes everything between its first event and its last.
    pub(super) fn is_whole(&self) -> bool {
        self.thread.is_none() && self.user.is_none() && !self.flagged
    }
}

/// The selected events, page after page.
pub(super) struct Selected {
    filter: EventFilter,
    only: Option<Only>,
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
        Ok(Self {
            only: Only::of(store, selection, last).await?,
            filter,
            position: 0,
            last,
        })
    }

    /// Whether this thread is asked for, and not only something that somebody did in it.
    pub(super) fn is_about(&self, thread: &str) -> bool {
        let asked = self.filter.thread.as_deref();
        asked.is_none_or(|asked| asked == thread)
            && self
                .only
                .as_ref()
                .is_none_or(|only| only.streams.contains(thread))
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
        if let Some(only) = &self.only {
            events.retain(|event| only.concerns(event));
        }
        Ok(Some(events))
    }
}

/// What events have to be about.
struct Only {
    user: Option<String>,
    /// Threads, and completions.
    streams: HashSet<String>,
}

impl Only {
    async fn of(
        store: &Store,
        selection: &Selection,
        last: u64,
    ) -> Result<Option<Self>, StoreError> {
        let user = selection.user.clone();
        let streams = match &user {
            None if !selection.flagged => return Ok(None),
            None => flagged(store, last).await?,
            Some(user) => {
                let mut threads = threads_of(store, user, last).await?;
                if selection.flagged {
                    let flagged = flagged(store, last).await?;
                    threads.retain(|thread| flagged.contains(thread));
                }
                threads
            }
        };
        // What a user did elsewhere is about no flag.
        let user = user.filter(|_| !selection.flagged);
        Ok(Some(Self { user, streams }))
    }

    fn concerns(&self, event: &Recorded) -> bool {
        let by = || {
            let metadata: serde_json::Value =
                serde_json::from_str(&event.metadata).unwrap_or_default();
            self.user.is_some() && metadata["by"].as_str() == self.user.as_deref()
        };
        match event.aggregate_type.as_str() {
            Thread::TYPE | Completion::TYPE => self.streams.contains(&event.aggregate_id) || by(),
            "user" => Some(&event.aggregate_id) == self.user.as_ref() || by(),
            // Ids are texts of their own in JSON.
            _ => {
                let mut texts = event.payload.split('"');
                texts.any(|text| self.streams.contains(text)) || by()
            }
        }
    }
}

async fn threads_of(store: &Store, user: &str, last: u64) -> Result<HashSet<String>, StoreError> {
    found(
        store,
        &["thread.opened"],
        last,
        |event| match serde_json::from_str(&event.payload) {
            Ok(ThreadEvent::Opened(opened)) if opened.owner.to_string() == user => {
                Some(event.aggregate_id.clone())
            }
            _ => None,
        },
    )
    .await
}

/// Threads and completions with something in them that is, or was, flagged.
async fn flagged(store: &Store, last: u64) -> Result<HashSet<String>, StoreError> {
    let names = ["verdict.recorded", "case.opened"];
    found(store, &names, last, |event| {
        if event.aggregate_type == Completion::TYPE {
            return match serde_json::from_str(&event.payload) {
                Ok(CompletionEvent::VerdictRecorded(judged)) => {
                    let flagged = judged.verdicts.iter().any(Verdict::is_flagged);
                    flagged.then(|| event.aggregate_id.clone())
                }
                _ => None,
            };
        }
        if event.aggregate_type == Thread::TYPE {
            return match serde_json::from_str(&event.payload) {
                Ok(ThreadEvent::VerdictRecorded(judged)) if judged.verdict.is_flagged() => {
                    Some(event.aggregate_id.clone())
                }
                _ => None,
            };
        }
        match serde_json::from_str(&event.payload) {
            Ok(CaseEvent::Opened(flagged)) => Some(match flagged.said_in {
                SaidIn::Thread(thread) => thread.to_string(),
                SaidIn::Completion(completion) => completion.to_string(),
            }),
            _ => None,
        }
    })
    .await
}

/// What `find` finds in the events with these names, up to a position.
async fn found(
    store: &Store,
    names: &[&str],
    last: u64,
    find: impl Fn(&Recorded) -> Option<String>,
) -> Result<HashSet<String>, StoreError> {
    let mut found = HashSet::new();
    let mut position = 0;
    loop {
        let page = store.read_named_after(names, position, PAGE).await?;
        let Some(end) = page.last() else {
            return Ok(found);
        };
        position = end.position;
        if position > last {
            found.extend(
                page.iter()
                    .filter(|event| event.position <= last)
                    .filter_map(&find),
            );
            return Ok(found);
        }
        found.extend(page.iter().filter_map(&find));
    }
}
